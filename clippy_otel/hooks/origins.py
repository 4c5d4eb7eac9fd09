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
        self._last_clean: tuple[Any, Any, Redactor | None] = None, None, None  # most spans in a row have the same

    def are_clean(self, resource: Any, scope: Any, redactor: Redactor) -> bool:
        """Return whether neither a resource nor a scope has personal data."""
        last = self._last_clean
        if last[1] is scope and last[0] is resource and last[2] is redactor:
            return True
        if self.resource(resource, redactor) is not resource or self.scope(scope, redactor) is not scope:
            return False
        self._last_clean = resource, scope, redactor
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
    """Return an instrumentation scope without personal data in name and attributes; itself where it has none.

    Its name can be that of a logger, which some applications make of what they handle.
    """
    if scope is None:
        return None
    before = dict(scope.attributes or {})
    name, attributes = redactor.redact_text(scope.name), redactor.redact_attributes(before)
    if name is scope.name and attributes is before:
        return scope
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope  # noqa: PLC0415 - likewise

    return InstrumentationScope(name, scope.version, scope.schema_url, dict(attributes))
