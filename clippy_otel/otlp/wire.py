"""The protobuf wire format, as far as OTLP needs it: varints, tags, framed fields and UTF-8 of a bounded length.

Guarantee: what the writers return is valid protobuf for every argument in their stated range; the reader raises
ValueError for bytes that are not, and nothing else.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5  # the wire types; groups (3, 4) do not exist in proto3
_WIRE_TYPE_BITS: Final = 3
_WIRE_TYPE_MASK: Final = 7

_MORE: Final = 0x80  # a varint's byte carries 7 bits, and this one when another byte follows
_LOW_BITS: Final = 0x7F
_TWO_BYTES: Final = 1 << 14
MAX_VARINT_BYTES: Final = 10
UINT32_MAX: Final = (1 << 32) - 1
UINT64_MAX: Final = (1 << 64) - 1
_MAX_FIELD_NUMBER: Final = (1 << 29) - 1

_CONTINUATION_MASK, _CONTINUATION = 0xC0, 0x80  # a UTF-8 byte that continues a character: 10xxxxxx

BYTE: Final = tuple(bytes((value,)) for value in range(256))  # interned by CPython: the tuple is all they cost

_FIXED64: Final = struct.Struct("<Q")
_FIXED32: Final = struct.Struct("<I")


def tag(number: int, wire_type: int) -> int:
    """Return the tag of a field: its number (1 to 15 where it shall be one byte) and its wire type."""
    return number << _WIRE_TYPE_BITS | wire_type


def varint(value: int) -> bytes:
    """Encode 0 <= value < 2**64."""
    if value < _MORE:
        return BYTE[value]
    if value < _TWO_BYTES:
        return BYTE[value & _LOW_BITS | _MORE] + BYTE[value >> 7]
    encoded: list[int] = []
    while value >= _MORE:
        encoded.append(value & _LOW_BITS | _MORE)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def framed(prefix: bytes, body: bytes) -> bytes:
    """Return a length-delimited field: an encoded tag, the length of the body, the body."""
    return prefix + varint(len(body)) + body


def utf8(text: str, max_bytes: int) -> bytes:
    """Encode an exact str, cut to max_bytes on a character's boundary; a lone surrogate becomes U+FFFD.

    Two surrogates that belong together (as JSON escapes decoded one by one) become the character that they mean.
    """
    if len(text) > max_bytes:
        text = text[:max_bytes]
    try:
        data = text.encode()
    except UnicodeEncodeError:
        data = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()
    if len(data) <= max_bytes:
        return data
    end = max_bytes
    while data[end] & _CONTINUATION_MASK == _CONTINUATION:
        end -= 1
    return data[:end]


def fields(data: bytes, position: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Read the fields of the message that data[position:end] holds.

    Yields:
        (tag, number, 0) for a varint or fixed-width field, the number unsigned; (tag, start, stop) for a
        length-delimited one, its content being data[start:stop].

    Raises:
        ValueError: The bytes are not a protobuf message, or use groups.
    """
    while position < end:
        key, position = _read_varint(data, position, end)
        if not 1 <= key >> _WIRE_TYPE_BITS <= _MAX_FIELD_NUMBER:
            raise ValueError("malformed OTLP: a field number out of range")
        wire_type = key & _WIRE_TYPE_MASK
        if wire_type == LENGTH:
            length, start = _read_varint(data, position, end)
            position = _within(start + length, end)
            yield key, start, position
        elif wire_type == VARINT:
            number, position = _read_varint(data, position, end)
            yield key, number, 0
        elif wire_type in _FIXED:
            reader, width = _FIXED[wire_type]
            start, position = position, _within(position + width, end)
            yield key, reader.unpack_from(data, start)[0], 0
        else:
            raise ValueError(f"malformed OTLP: wire type {wire_type}")


_FIXED: Final = {FIXED64: (_FIXED64, 8), FIXED32: (_FIXED32, 4)}


def _within(position: int, end: int) -> int:
    if position > end:
        raise ValueError("malformed OTLP: a field reaches past the end of its message")
    return position


def _read_varint(data: bytes, position: int, end: int) -> tuple[int, int]:
    if position < end and data[position] < _MORE:
        return data[position], position + 1
    value = shift = 0
    for at in range(position, min(end, position + MAX_VARINT_BYTES)):
        byte = data[at]
        value |= (byte & _LOW_BITS) << shift
        if byte < _MORE:
            if value > UINT64_MAX:
                raise ValueError("malformed OTLP: a varint of more than 64 bits")
            return value, at + 1
        shift += 7
    raise ValueError("malformed OTLP: a varint without an end")
