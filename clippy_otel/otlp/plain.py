"""Any Python value, one level nearer to what OTLP can carry: the one table of how foreign types become plain ones.

Guarantee: `plain` returns exactly a str, bool, int, float, bytes, None, dict, list or tuple (no subclass of one), for
any value; no Exception leaves it, no iterator is consumed, and the value is left as it is. Children are not converted:
whoever walks a result asks again for each of them. What cannot be converted becomes "<unprintable TypeName>".

Cost: about 0.3 us for a type seen before, on top of what the type's own conversion takes.
"""

from __future__ import annotations

import dataclasses
import enum
from collections import UserString
from collections.abc import Callable, Iterable, Mapping, Sequence, ValuesView
from collections.abc import Set as AbstractSet
from datetime import date, time, timedelta
from functools import partial
from itertools import islice
from typing import Any, Final, TypeAlias

Plain: TypeAlias = str | bool | int | float | bytes | dict[Any, Any] | list[Any] | tuple[Any, ...] | None
_Converter = Callable[[Any], object]

# As many as a record has nodes, so that a cut shows where the nodes run out; a Sequence need not ever end.
_MAX_ITEMS: Final = 10_000
# Four times what the encoder keeps of one value: a copy is made of no more.
_MAX_BYTES: Final = 65_536
# An array holds measurements, not attributes: more than this is told by its shape.
_MAX_ARRAY_ITEMS: Final = 1_000
# Types are made at run time too (a Mock has one each), and the cache keeps them alive.
_MAX_TYPES: Final = 512
# An Enum's value may be a datetime, a model's dump a list subclass: each is one step more.
_MAX_STEPS: Final = 8
_MAX_NAME_CHARS: Final = 64
# 4,300 decimal digits, Python's own limit for int -> str, which takes quadratic time.
_MAX_INT_BITS: Final = 14_284

_PLAIN_TYPES: Final = frozenset({str, bool, int, float, bytes, type(None), dict, list, tuple})
_name_of_type: Final[Callable[[type], str]] = type.__dict__["__name__"].__get__  # no metaclass can put itself between


def plain(value: object) -> Plain:
    """Convert one level of any value into a plain one.

    Args:
        value: Anything. A plain value comes back as it is.

    Returns:
        A value whose type is exactly one of the plain ones; the children of a dict, list or tuple may be anything.
        datetime, date and time become ISO 8601 text; timedelta seconds; an Enum its value; a dataclass, a class of
        attrs, a msgspec Struct and a pydantic model a dict; a namedtuple, set, deque or other finite sequence a list of
        at most 10,000; bytearray and memoryview bytes, at most 65,536; an exception "Type: message"; a numpy scalar its
        item, a small array a list; an iterator or generator the name of its type; anything else its str().
    """
    kind = type(value)
    try:
        for _ in range(_MAX_STEPS):
            step = type(value)
            if step in _PLAIN_TYPES:
                return value  # type: ignore[return-value]  # its type is one of the union's
            value = _converter(step)(value)
    except Exception:  # noqa: BLE001 - code of the application's own types; the marker in the record tells of it
        return unprintable(kind)
    return unprintable(kind)


def text(value: object) -> str:
    """Return any value as exactly a str: `plain` rules, bytes decoded as UTF-8, the rest by its str(). Never raises."""
    result = plain(value)
    if type(result) is str:
        return result
    if type(result) is int:
        return int_text(result)
    if type(result) is bytes:
        return result.decode("utf-8", "replace")
    try:
        return str(result)
    except Exception:  # noqa: BLE001 - the repr of a child, as above
        return unprintable(type(value))


def int_text(number: int) -> str:
    """Return an exact int in decimal digits, or "<int of N bits>" where it has more digits than Python would print."""
    bits = number.bit_length()
    try:
        return str(number) if bits <= _MAX_INT_BITS else f"<int of {bits} bits>"
    except ValueError:  # the process has set a lower limit of digits
        return f"<int of {bits} bits>"


def unprintable(kind: type) -> str:
    """Return what stands for a value of this type that cannot be converted."""
    return f"<unprintable {_type_name(kind)}>"


def _type_name(kind: type) -> str:
    return _name_of_type(kind)[:_MAX_NAME_CHARS]


def _name_of(value: object) -> str:
    return _type_name(type(value))


def _exception_text(error: BaseException) -> str:
    message = str(error)
    return f"{_name_of(error)}: {message}" if message else _name_of(error)


def _isoformat(moment: date | time) -> object:
    return moment.isoformat()


def _enum_value(member: enum.Enum) -> object:
    return member.value


def _exact_bytes(data: bytes) -> bytes:
    return bytes.__getitem__(data, slice(None))


def _bytes_of_bytearray(data: bytearray) -> bytes:
    # Not by way of a memoryview: while one is held, another thread of the application cannot resize its bytearray.
    return bytes(bytearray.__getitem__(data, slice(_MAX_BYTES)))


def _bytes_of_view(view: memoryview) -> bytes:
    first = view.cast("B")[:_MAX_BYTES] if view.c_contiguous else view[:_MAX_BYTES]
    return first.tobytes()[:_MAX_BYTES]


def _list_of(values: Iterable[object]) -> list[object]:
    return list(islice(values, _MAX_ITEMS))


def _dict_of(mapping: Mapping[object, object]) -> dict[object, object]:
    return dict(islice(mapping.items(), _MAX_ITEMS))


def _dataclass_dict(names: tuple[str, ...], instance: object) -> dict[str, object]:
    # A field without a value (init=False, never set) is left out.
    return {name: getattr(instance, name) for name in names if hasattr(instance, name)}


def _model_dict(model: Any) -> object:
    try:
        return model.model_dump(warnings=False)  # pydantic 2: what it thinks of the values is the application's matter
    except TypeError:
        return model.model_dump()


def _numpy_scalar(scalar: Any) -> object:
    item: object = scalar.item()
    return str(scalar) if type(item) is type(scalar) else item  # a longdouble is its own item


def _numpy_array(array: Any) -> object:
    if array.size <= _MAX_ARRAY_ITEMS:
        return array.tolist()
    return f"{_name_of(array)}(shape={array.shape}, dtype={array.dtype})"


# The first that fits counts: an Enum before the str or int that it also is.
_BY_BASE: Final[tuple[tuple[type | tuple[type, ...], _Converter], ...]] = (
    (enum.Enum, _enum_value),
    (str, str.__str__),
    (int, int.__int__),
    (float, float.__float__),
    (bytes, _exact_bytes),
    (BaseException, _exception_text),
    ((date, time), _isoformat),
    (timedelta, timedelta.total_seconds),
    (bytearray, _bytes_of_bytearray),
    (memoryview, _bytes_of_view),
    (UserString, str),
)
# By name, for numpy is not a dependency: the base class of all its scalars, and that of all its arrays.
_NUMPY: Final[dict[str, _Converter]] = {"generic": _numpy_scalar, "ndarray": _numpy_array}

_converters: dict[type, _Converter] = {}


def _converter(kind: type) -> _Converter:
    known = _converters.get(kind)
    if known is None:
        known = _choose(kind)
        if len(_converters) >= _MAX_TYPES:
            _converters.clear()
        _converters[kind] = known
    return known


def _choose(kind: type) -> _Converter:
    for bases, converter in _BY_BASE:
        if issubclass(kind, bases):
            return converter
    return _by_name(kind) or _by_shape(kind) or _by_abstract_base(kind) or str


def _by_name(kind: type) -> _Converter | None:
    names = (ancestor.__name__ for ancestor in kind.__mro__ if ancestor.__module__ == "numpy")
    return next((_NUMPY[name] for name in names if name in _NUMPY), None)


def _by_shape(kind: type) -> _Converter | None:
    if callable(getattr(kind, "model_dump", None)):
        return _model_dict
    names = _field_names(kind)
    if names:
        return partial(_dataclass_dict, names)
    return _name_of if hasattr(kind, "__next__") else None


def _field_names(kind: type) -> tuple[str, ...]:
    """Return the fields of a dataclass, of a class that attrs made, or of a msgspec Struct; () for any other class."""
    if dataclasses.is_dataclass(kind):
        return tuple(field.name for field in dataclasses.fields(kind))
    made = getattr(kind, "__attrs_attrs__", None)
    if made is not None:
        return tuple(attribute.name for attribute in made)
    return tuple(getattr(kind, "__struct_fields__", ()))


def _by_abstract_base(kind: type) -> _Converter | None:
    if issubclass(kind, Mapping):
        return _dict_of
    return _list_of if issubclass(kind, (Sequence, AbstractSet, ValuesView)) else None
