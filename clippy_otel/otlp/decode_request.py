"""The walk from an export request to its records, which is the same for all signals.

Guarantee: for any bytes, the records that they hold or a ValueError and nothing else, provided that a record's reader
raises no more than those of `decode_values`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeVar

from clippy_otel.otlp.decode_values import attributes
from clippy_otel.otlp.wire import LENGTH, fields, tag

# The request, ResourceLogs, Resource, ScopeLogs, InstrumentationScope; those of spans have the same numbers.
_OF_RESOURCE: Final = tag(1, LENGTH)
_RESOURCE, _OF_SCOPE = tag(1, LENGTH), tag(2, LENGTH)
_RESOURCE_ATTRIBUTE: Final = tag(1, LENGTH)
_SCOPE, _RECORD, _SCHEMA_URL = tag(1, LENGTH), tag(2, LENGTH), tag(3, LENGTH)
_SCOPE_NAME, _SCOPE_VERSION, _SCOPE_ATTRIBUTE = tag(1, LENGTH), tag(2, LENGTH), tag(3, LENGTH)

_Record = TypeVar("_Record")


class Origin(NamedTuple):
    """Where records come from; one object for all records of a scope."""

    resource: Mapping[str, Any]
    resource_schema_url: str
    scope_name: str
    scope_version: str
    scope_attributes: Mapping[str, Any]
    scope_schema_url: str


def decode_request(request: bytes, read: Callable[[bytes, int, int, Origin], _Record]) -> list[_Record]:
    """Return the records of an export request, in their order.

    Args:
        request: The bytes, uncompressed; the records of requests put one after the other come as of one.
        read: Makes a record of the message that data[start:stop] holds.

    Raises:
        ValueError: The bytes are no such request, or a value is nested more than 64 levels deep.
    """
    records: list[_Record] = []
    try:
        for key, first, second in fields(request, 0, len(request)):
            if key == _OF_RESOURCE:
                for origin, start, stop in _of_resource(request, first, second):
                    records.append(read(request, start, stop, origin))
    except UnicodeDecodeError:
        raise ValueError("malformed OTLP: a text that is not UTF-8") from None
    except RecursionError:
        raise ValueError("OTLP nested deeper than the stack that is left") from None
    return records


# Fields may stand in any order, so resource and scope are read before the records that belong to them.


def _of_resource(data: bytes, start: int, stop: int) -> Iterator[tuple[Origin, int, int]]:
    resource: dict[str, Any] = {}
    schema_url = ""
    scopes: list[tuple[int, int]] = []
    for key, first, second in fields(data, start, stop):
        if key == _RESOURCE:
            resource = attributes(data, first, second, _RESOURCE_ATTRIBUTE)
        elif key == _OF_SCOPE:
            scopes.append((first, second))
        elif key == _SCHEMA_URL:
            schema_url = data[first:second].decode()
    for first, second in scopes:
        yield from _of_scope(data, first, second, Origin(resource, schema_url, "", "", {}, ""))


def _of_scope(data: bytes, start: int, stop: int, origin: Origin) -> Iterator[tuple[Origin, int, int]]:
    records: list[tuple[int, int]] = []
    for key, first, second in fields(data, start, stop):
        if key == _SCOPE:
            origin = _scope(data, first, second, origin)
        elif key == _RECORD:
            records.append((first, second))
        elif key == _SCHEMA_URL:
            origin = origin._replace(scope_schema_url=data[first:second].decode())
    for first, second in records:
        yield origin, first, second


def _scope(data: bytes, start: int, stop: int, origin: Origin) -> Origin:
    texts = {_SCOPE_NAME: "", _SCOPE_VERSION: ""}
    for key, first, second in fields(data, start, stop):
        if key in texts:
            texts[key] = data[first:second].decode()
    return origin._replace(
        scope_name=texts[_SCOPE_NAME],
        scope_version=texts[_SCOPE_VERSION],
        scope_attributes=attributes(data, start, stop, _SCOPE_ATTRIBUTE),
    )
