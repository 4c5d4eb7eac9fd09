"""What the application gave, as it can be recorded and counted, whatever it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from numbers import Real
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from clippy_otel import semconv
from clippy_otel.analytics.tables import MAX_NAME_CHARS, OTHER
from clippy_otel.analytics.users import HASH_BITS
from clippy_otel.otlp import plain

if TYPE_CHECKING:
    from clippy_otel.ports import Recorder

_NUMBERS: Final = (int, float)
_LARGEST: Final = 1 << 53  # 285 years in microseconds; beyond it a float does not count by one
_ANY_USER_KEY: Final = frozenset(semconv.USER_KEYS)
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
_HASH: Final = (1 << HASH_BITS) - 1


def name(value: object) -> str:
    """Return a name or an id as text; where there is none, "unnamed"."""
    return value if type(value) is str and value else plain.text(value) or semconv.EVENT_UNNAMED


def shown(recorder: Recorder, called: str) -> str:
    """Return a name as statistics may keep and show it: redacted; what is too long for a name is one of the others."""
    return recorder.redact(called) if len(called) <= MAX_NAME_CHARS else OTHER


def mapping(attributes: object) -> Mapping[str, Any]:
    """Return attributes as a mapping, which may raise when it is read; what is none becomes the value of one."""
    if type(attributes) is dict:
        return attributes
    if attributes is None:
        return _NOTHING
    return attributes if isinstance(attributes, Mapping) else {"value": attributes}


def number(value: object) -> float | None:
    """Return a finite number from 0 to 2**53 as an int or float; None for anything else. Never raises."""
    kind = type(value)
    if kind not in _NUMBERS and (kind is bool or not isinstance(value, Real)):
        return None
    try:
        found: float = value if kind in _NUMBERS else float(value)  # type: ignore[arg-type,assignment] # a Real
    except Exception:  # noqa: BLE001 - a number of the application's own: it is none then
        return None
    return found if 0 <= found <= _LARGEST else None


def flag(value: object) -> bool:
    """Return whether a value counts as true; one that does not say so counts as false. Never raises."""
    try:
        return bool(value)
    except Exception:  # noqa: BLE001 - an array of the application's
        return False


def user_hash(recorder: Recorder, given: Mapping[str, Any]) -> int | None:
    """Return a hash of the pseudonym of the user whom an event is about; None for nobody known.

    Args:
        recorder: Knows pseudonyms, and the scope, whose user it is where the data names none.
        given: The event's data: `userId`, `user_id`, `user.id` and `enduser.id` in it are a user's id.
    """
    user = None
    if not _ANY_USER_KEY.isdisjoint(given):
        user = next((given[key] for key in semconv.USER_KEYS if given.get(key) is not None), None)
    if user is None:
        user = recorder.scopes.fields()[1].get(semconv.USER_ID)
        if user is None:
            return None
    pseudonym = recorder.pseudonym(user if type(user) is str else plain.text(user))
    return hash(pseudonym) & _HASH if pseudonym else None


def in_utc(time_ns: int) -> datetime:
    """Return nanoseconds since the epoch as a time in UTC."""
    return datetime.fromtimestamp(time_ns / 1e9, tz=timezone.utc)
