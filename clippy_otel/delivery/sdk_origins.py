"""Resources and instrumentation scopes as the SDK's own objects, one for all records that share them.

Exporters group by these objects, and making one costs more than making a record. The last resource is kept (a process
has one), and the scopes up to a bound (each instrumentation has one).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

_MAX_SCOPES: Final = 256
_ResourceKey = tuple[str, Mapping[str, Any]]
_ScopeKey = tuple[str, str, str, str]


class SdkOrigins:
    """Make the SDK's objects for where records come from."""

    def __init__(self) -> None:
        self._resource: tuple[_ResourceKey, Resource] | None = None
        self._scopes: dict[_ScopeKey, InstrumentationScope] = {}

    def resource(self, attributes: Mapping[str, Any], schema_url: str = "") -> Resource:
        """Return the resource of these attributes."""
        key = (schema_url, attributes)
        if self._resource is None or self._resource[0] != key:
            self._resource = (key, Resource(dict(attributes), schema_url))
        return self._resource[1]

    def scope(
        self, name: str, version: str, attributes: Mapping[str, Any], schema_url: str = ""
    ) -> InstrumentationScope:
        """Return the scope of this name, version and attributes."""
        key = (name, version, schema_url, repr(attributes))
        found = self._scopes.get(key)
        if found is None:
            if len(self._scopes) >= _MAX_SCOPES:
                self._scopes.clear()
            found = self._scopes[key] = InstrumentationScope(name, version, schema_url, dict(attributes))
        return found
