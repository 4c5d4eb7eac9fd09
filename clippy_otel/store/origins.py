"""Where records come from, as rows that all of them share: resources and instrumentation scopes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from clippy_otel.store.values import from_json, to_canonical_json

_INSERT_RESOURCE: Final = "INSERT INTO resources (attributes) VALUES (?) ON CONFLICT DO NOTHING"
_FIND_RESOURCE: Final = "SELECT id FROM resources WHERE attributes = ?"
_INSERT_SCOPE: Final = "INSERT INTO scopes (name, version, attributes) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
_FIND_SCOPE: Final = "SELECT id FROM scopes WHERE name = ? AND version = ? AND attributes = ?"


class Origin(NamedTuple):
    """Resource and scope of a record, as the texts of their rows."""

    resource: str
    scope: tuple[str, str, str]  # name, version, attributes


class Texts:
    """The texts of mappings that many records share: each mapping is made into text once.

    By their identity, so only for mappings that live as long as this does.
    """

    def __init__(self) -> None:
        self._texts: dict[int, str] = {}

    def origin(self, record: Any) -> Origin:
        """Return the origin of a decoded record."""
        scope = (record.scope_name, record.scope_version, self._text(record.scope_attributes))
        return Origin(self._text(record.resource), scope)

    def _text(self, mapping: Mapping[str, Any]) -> str:
        key = id(mapping)
        if key not in self._texts:
            self._texts[key] = to_canonical_json(mapping)
        return self._texts[key]


class Mappings:
    """The other way: records that are read share a mapping for each text."""

    def __init__(self) -> None:
        self._mappings: dict[str, Mapping[str, Any]] = {}

    def __getitem__(self, text: str) -> Mapping[str, Any]:
        if text not in self._mappings:
            self._mappings[text] = from_json(text)
        return self._mappings[text]


def origin_ids(connection: sqlite3.Connection, origins: Iterable[Origin]) -> dict[Origin, tuple[int, int]]:
    """Return the ids of resource and scope of each origin, whose rows are added where they are missing."""
    return {
        origin: (
            row_id(connection, _INSERT_RESOURCE, _FIND_RESOURCE, (origin.resource,)),
            row_id(connection, _INSERT_SCOPE, _FIND_SCOPE, origin.scope),
        )
        for origin in set(origins)
    }


def row_id(connection: sqlite3.Connection, insert: str, find: str, values: tuple[Any, ...]) -> int:
    """Return the id of the row with these values, which is added where it is missing."""
    # Looked up in each transaction rather than remembered: another process may have deleted the row.
    connection.execute(insert, values)
    return int(connection.execute(find, values).fetchone()[0])
