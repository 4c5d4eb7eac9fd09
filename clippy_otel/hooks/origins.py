"""Resources and instrumentation scopes, redacted once: all records of a tracer or logger share them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from clippy_otel.privacy.redactor import Redactor

_MAX_KNOWN: Final = 256  # a program has few of them


class Origins:
    """The redacted forms of resources and scopes, one for each such object. May be used by several threads."""

    def __init__(self) -> None:
        # By identity, with the object itself beside its redacted form, so that no other one takes over its id. One
        # object with the redactor, so that what one has let through is never taken for another one's.
        self._redacted_by: tuple[Redactor | None, dict[int, tuple[Any, Any]]] = None, {}
        self._clean: dict[int, tuple[Any, Any, Redactor]] = {}  # by the scope's identity: scope, resource, redactor

    def are_clean(self, resource: Any, scope: Any, redactor: Redactor) -> bool:
        """Return whether neither a resource nor a scope has personal data."""
        found = self._clean.get(id(scope))
        if found is not None and found[0] is scope and found[1] is resource and found[2] is redactor:
            return True
        if self.resource(resource, redactor) is not resource or self.scope(scope, redactor) is not scope:
            return False
        if len(self._clean) >= _MAX_KNOWN:
            self._clean.clear()
        self._clean[id(scope)] = (scope, resource, redactor)
        return True

    def resource(self, resource: Any, redactor: Redactor) -> Any:
        """Return a resource without personal data; itself where it has none."""
        return self._redacted(resource, redactor, redact_resource)

    def scope(self, scope: Any, redactor: Redactor) -> Any:
        """Return an instrumentation scope without personal data; itself where it has none, None for None."""
        return self._redacted(scope, redactor, redact_scope)

    def _redacted(self, origin: Any, redactor: Redactor, make: Callable[[Any, Redactor], Any]) -> Any:
        redactor_before, known = self._redacted_by
        if redactor_before is not redactor:
            known = {}
            self._redacted_by = redactor, known
        found = known.get(id(origin))
        if found is None:
            if len(known) >= _MAX_KNOWN:
                known.clear()
            found = known[id(origin)] = (origin, make(origin, redactor))
        return found[1]


def redact_resource(resource: Any, redactor: Redactor | None) -> Any:
    """Return a resource without personal data; itself where it has none, or where nothing is redacted (None)."""
    if redactor is None:
        return resource
    before = dict(resource.attributes)
    attributes = redactor.redact_attributes(before)
    if attributes is before:
        return resource
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - the SDK, which whoever has one has loaded

    return Resource(dict(attributes), resource.schema_url)


def redact_scope(scope: Any, redactor: Redactor) -> Any:
    """Return an instrumentation scope without personal data in its attributes; itself where it has none."""
    before = {} if scope is None else dict(scope.attributes or {})
    attributes = redactor.redact_attributes(before)
    if attributes is before:
        return scope
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope  # noqa: PLC0415 - likewise

    return InstrumentationScope(scope.name, scope.version, scope.schema_url, dict(attributes))
