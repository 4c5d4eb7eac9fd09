"""Records as requests: framed, prepared by their transport, and halved where they would be too large as sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from clippy_otel.otlp.framing import frame_request
from clippy_otel.ports import Envelope, QueueItem, Signal, Transport


class Request(NamedTuple):
    """Records of one signal as one request, as it is sent."""

    signal: Signal
    items: Sequence[QueueItem]
    payload: bytes


class Framing(NamedTuple):
    """How the records of one signal become requests.

    Attributes:
        signal: Theirs.
        transport: Where they go.
        max_payload_bytes: The most bytes of a request as sent, where the transport limits it; a single record that is
            larger goes alone.
        on_failure: Told of records that the transport cannot prepare, and why; they are in no request then.
    """

    signal: Signal
    transport: Transport
    max_payload_bytes: int
    on_failure: Callable[[Sequence[QueueItem], Exception], None]

    def requests(self, items: Sequence[QueueItem]) -> list[Request]:
        """Return records as requests, in their order but for those of several scopes, which are put together."""
        try:
            payload = self.transport.prepare(frame_request(_by_envelope(items)))
        except Exception as error:  # noqa: BLE001 - a transport broke its promise; its records must not block the rest
            self.on_failure(items, error)
            return []
        too_large = self.transport.limits_payload and len(payload) > self.max_payload_bytes
        if too_large and len(items) > 1:
            return self.halves(items)
        return [Request(self.signal, items, payload)]

    def halves(self, items: Sequence[QueueItem]) -> list[Request]:
        """Return records as two requests at least."""
        half = len(items) // 2
        return [*self.requests(items[:half]), *self.requests(items[half:])]


def _by_envelope(items: Sequence[QueueItem]) -> list[tuple[Envelope, list[bytes]]]:
    """Group records by where they come from, those of one resource side by side."""
    groups: dict[Envelope, list[bytes]] = {}
    for item in items:
        groups.setdefault(item.envelope, []).append(item.data)
    return sorted(groups.items(), key=_resource) if len(groups) > 1 else list(groups.items())


def _resource(group: tuple[Envelope, list[bytes]]) -> tuple[bytes, str]:
    return group[0].resource, group[0].resource_schema_url
