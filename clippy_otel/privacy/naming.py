"""Keys whose value is another key: {"name": "password", "value": ...}, as OTLP, HAR, forms and changes have it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

# What names the key ...
NAME_KEYS: Final = frozenset(
    {
        *("key", "name", "field", "attribute", "attr", "column", "param", "parameter", "property", "header", "label"),
        *("variable", "setting", "option"),
    }
)
# ... and what holds its values, without case and separators. One of both stands in each such mapping.
VALUE_KEYS: Final = frozenset(
    {
        *("value", "values", "val", "v", "stringvalue", "bytesvalue", "vstr", "vbinary", "rawvalue", "defaultvalue"),
        *("old", "new", "oldvalue", "newvalue", "before", "after", "from", "to", "previous", "current"),
        *("previousvalue", "currentvalue", "original", "originalvalue"),
    }
)
_ANY_CASE: Final = frozenset({*NAME_KEYS, *map(str.capitalize, NAME_KEYS), *map(str.upper, NAME_KEYS)})
_MAX_NAME_CHARS: Final = 128


def folded(key: str) -> str:
    """Return a key without case and separators, as it stands in VALUE_KEYS."""
    return key.replace("_", "").replace("-", "").lower()


def is_value_key(key: object) -> bool:
    """Say whether a key can hold the value of what stands beside it."""
    return type(key) is str and folded(key) in VALUE_KEYS


def names_another(mapping: Iterable[Any]) -> bool:
    """Say whether one of a mapping's keys can name the key of its values."""
    return not _ANY_CASE.isdisjoint(mapping)


def is_name(value: object) -> bool:
    """Say whether a value can be the name of a key: a short text, or its bytes."""
    return type(value) in (str, bytes) and 0 < len(value) <= _MAX_NAME_CHARS  # type: ignore[arg-type]


def names_in(mapping: Any) -> list[str | bytes]:
    """Return what a mapping says is the key of its values."""
    if not names_another(mapping) or not any(map(is_value_key, mapping)):
        return []
    return [mapping[key] for key in mapping if key in _ANY_CASE and is_name(mapping[key])]
