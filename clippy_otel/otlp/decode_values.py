"""AnyValue and KeyValue as Python values again, and what else the messages of all signals share.

Guarantee: for any bytes the value that they hold, or a ValueError, a UnicodeDecodeError among them; a RecursionError
where the stack ends before the depth that is allowed. `decode_request` makes one plain ValueError of all of these.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Any, Final

from clippy_otel.otlp.wire import FIXED64, LENGTH, VARINT, fields, tag

TRACE_ID_BYTES, SPAN_ID_BYTES = 16, 8

# More than any protobuf receiver takes (100 messages, two to a level of lists), less than Python's stack holds.
_MAX_DEPTH: Final = 64
_INT64_SIGN: Final = 1 << 63
_DOUBLE: Final = struct.Struct("<d")
_UINT64: Final = struct.Struct("<Q")

# KeyValue, and both ArrayValue and KeyValueList
_KEY, _VALUE = tag(1, LENGTH), tag(2, LENGTH)
_VALUES: Final = tag(1, LENGTH)


def other_fields(
    data: bytes, start: int, stop: int, numbers: dict[int, int], slices: dict[int, bytes]
) -> Iterator[tuple[int, int, int]]:
    """Read a message's fields: those whose tags `numbers` and `slices` hold are put there, the others are yielded."""
    for key, first, second in fields(data, start, stop):
        if key in numbers:
            numbers[key] = first
        elif key in slices:
            slices[key] = data[first:second]
        else:
            yield key, first, second


def hex_id(data: bytes, size: int) -> str:
    """Return an id as lower-case hex digits; "" where it has another size, or is all zero."""
    return data.hex() if len(data) == size and any(data) else ""


def signed(number: int) -> int:
    """Return a varint's number as the 64-bit integer with a sign that it stands for."""
    return number - 2 * _INT64_SIGN if number >= _INT64_SIGN else number


def attributes(data: bytes, start: int, stop: int, attribute_tag: int, depth: int = 1) -> dict[str, Any]:
    """Return the KeyValues that stand under one tag in a message; of equal keys the last one counts."""
    found = fields(data, start, stop)
    return dict(key_value(data, first, second, depth) for key, first, second in found if key == attribute_tag)


def key_value(data: bytes, start: int, stop: int, depth: int) -> tuple[str, Any]:
    """Return the key and the value of a KeyValue; "" and None for what is missing."""
    name, value = "", None
    for key, first, second in fields(data, start, stop):
        if key == _KEY:
            name = data[first:second].decode()
        elif key == _VALUE:
            value = any_value(data, first, second, depth)
    return name, value


def any_value(data: bytes, start: int, stop: int, depth: int) -> Any:
    """Return the value of an AnyValue: a str, bool, int, float, bytes, list, dict or None."""
    if depth > _MAX_DEPTH:
        raise ValueError(f"OTLP nested more than {_MAX_DEPTH} levels deep")
    value: Any = None
    for key, first, second in fields(data, start, stop):
        read = _READERS.get(key)
        if read is not None:
            value = read(data, first, second, depth)
    return value


def _text(data: bytes, start: int, stop: int, _depth: int) -> str:
    return data[start:stop].decode()


def _bool(_data: bytes, number: int, _: int, _depth: int) -> bool:
    return number != 0


def _int(_data: bytes, number: int, _: int, _depth: int) -> int:
    return signed(number)


def _float(_data: bytes, bits: int, _: int, _depth: int) -> Any:
    return _DOUBLE.unpack(_UINT64.pack(bits))[0]


def _list(data: bytes, start: int, stop: int, depth: int) -> list[Any]:
    items = fields(data, start, stop)
    return [any_value(data, first, second, depth + 1) for key, first, second in items if key == _VALUES]


def _dict(data: bytes, start: int, stop: int, depth: int) -> dict[str, Any]:
    return attributes(data, start, stop, _VALUES, depth + 1)


def _slice(data: bytes, start: int, stop: int, _depth: int) -> bytes:
    return data[start:stop]


# The fields of AnyValue.
_READERS: Final[dict[int, Callable[[bytes, int, int, int], Any]]] = {
    tag(1, LENGTH): _text,
    tag(2, VARINT): _bool,
    tag(3, VARINT): _int,
    tag(4, FIXED64): _float,
    tag(5, LENGTH): _list,
    tag(6, LENGTH): _dict,
    tag(7, LENGTH): _slice,
}
