"""The values of a record as a database holds them: as JSON text, and back unchanged.

The text is strict JSON, so that SQL's JSON functions read it too. What JSON has no word for is an object with one key:
bytes are {"$bytes": base64}, floats that are no number {"$float": "NaN" | "Infinity" | "-Infinity"}; a mapping of the
application's own that looks like one of these, or like this one, is wrapped: {"$map": {...}}.

Cost: a value without any of these, which is nearly every one, is one json.dumps (2 us for five attributes).
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping
from typing import Any, Final

# OTLP's times and counts are unsigned 64-bit integers, SQLite's integers are signed: later than the year 2262 is 2262.
MAX_INTEGER: Final = 2**63 - 1

_BYTES: Final = "$bytes"
_FLOAT: Final = "$float"
_MAP: Final = "$map"
_TAGS: Final = (_BYTES, _FLOAT, _MAP)
_TAGGED: Final = '"$'  # stands in every text that holds a tag, and in few others

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_encode_sorted = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True).encode


def to_json(value: Any) -> str:
    """Return a value as JSON text: str, bool, int, float, bytes, None, lists and mappings with str keys, nested."""
    try:
        text = _encode(value)
    except (TypeError, ValueError):
        return _encode(_tagged(value))
    return _encode(_tagged(value)) if _TAGGED in text else text


def to_canonical_json(value: Mapping[str, Any]) -> str:
    """Return a mapping as JSON text that is the same for equal mappings, whatever the order of their keys."""
    return _encode_sorted(_tagged(value))


def from_json(text: str) -> Any:
    """Return the value that to_json() made the text of."""
    value = json.loads(text)
    return _untagged(value) if _TAGGED in text else value


def pop_text(attributes: dict[str, Any], name: str) -> str | None:
    """Take a text that has a column of its own out of attributes; one that is no text, or empty, stays in them."""
    value = attributes.get(name)
    if not isinstance(value, str) or not value:
        return None
    del attributes[name]
    return value


def _tagged(value: Any) -> Any:
    if isinstance(value, Mapping):
        inner = {key: _tagged(item) for key, item in value.items()}
        return {_MAP: inner} if _looks_tagged(inner) else inner
    if isinstance(value, (list, tuple)):
        return [_tagged(item) for item in value]
    if isinstance(value, bytes):
        return {_BYTES: base64.b64encode(value).decode("ascii")}
    if isinstance(value, float) and not math.isfinite(value):
        return {_FLOAT: "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"}
    return value


def _untagged(value: Any) -> Any:
    if isinstance(value, list):
        return [_untagged(item) for item in value]
    if not isinstance(value, dict):
        return value
    if not _looks_tagged(value):
        return {key: _untagged(item) for key, item in value.items()}
    ((tag, inner),) = value.items()
    if tag == _BYTES:
        return base64.b64decode(inner)
    if tag == _FLOAT:
        return float(inner)
    return {key: _untagged(item) for key, item in inner.items()}


def _looks_tagged(value: Mapping[str, Any]) -> bool:
    return len(value) == 1 and next(iter(value)) in _TAGS
