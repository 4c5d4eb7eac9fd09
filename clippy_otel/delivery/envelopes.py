"""The envelopes of the SDK's records: resource and instrumentation scope as bytes, encoded once for each pair.

The SDK shares these objects among all records of a tracer or logger; they are told apart by identity, for their own
hashes are computed anew each time.
"""

from __future__ import annotations

from typing import Any, Final

from clippy_otel.otlp.encode import encode_resource, encode_scope
from clippy_otel.ports import Envelope, Signal

# Tracers and loggers with attributes of their own are not shared by the SDK: a program may make any number of them.
_MAX_ENVELOPES: Final = 256


class Envelopes:
    """The envelopes of one signal. May be used by several threads: at worst two of them encode the same one."""

    def __init__(self, signal: Signal) -> None:
        self._signal = signal
        # With the objects themselves beside the envelope, so that no other ones take over their ids.
        self._known: dict[tuple[int, int], tuple[Any, Any, Envelope]] = {}
        self._last: tuple[Any, Any, Envelope] | None = None  # most records in a row have the same

    def of(self, resource: Any, scope: Any) -> Envelope:
        """Return the envelope of records with this resource and this instrumentation scope (None: none)."""
        last = self._last
        if last is not None and last[1] is scope and last[0] is resource:
            return last[2]
        key = id(resource), id(scope)
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _MAX_ENVELOPES:
                self._known.clear()
            known = self._known[key] = (resource, scope, self._encode(resource, scope))
        self._last = known
        return known[2]

    def _encode(self, resource: Any, scope: Any) -> Envelope:
        encoded = encode_resource(dict(resource.attributes))
        if scope is None:
            return Envelope(self._signal, encoded, b"", resource.schema_url or "")
        named = encode_scope(scope.name, scope.version or "", dict(scope.attributes or {}))
        return Envelope(self._signal, encoded, named, resource.schema_url or "", scope.schema_url or "")
