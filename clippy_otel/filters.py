"""What the user's own code may do to an event before it is redacted: `before_send`.

It sees a copy, so that neither it nor we change what the application holds. Whatever it returns other than an event,
and whatever it raises, drops the event: privacy fails closed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from clippy_otel import _guard
from clippy_otel.ports import Event

BeforeSend = Callable[[Event], Event | None]

_MAX_DEPTH: Final = 32  # what lies deeper is not encoded either
_TOO_DEEP: Final = "[TRUNCATED]"
_TIME_LIMIT_MS: Final = 1 << 43  # the year 2248, below what 63 bits of nanoseconds hold
_inside = threading.local()


def apply(before_send: BeforeSend, event: Event) -> Event | None:
    """Return the event as `before_send` leaves it, or None where it is to be dropped.

    Args:
        before_send: The user's function; a raising one drops the event.
        event: The event; its data is copied, container by container, before it is handed over.
    """
    if getattr(_inside, "active", False):
        return None  # recorded by the filter itself: it would filter its own events for ever
    _inside.active = True
    try:
        with _guard.host_safe("before_send"):
            returned = before_send(cast("Event", {**event, "data": _copied(event["data"], {})}))
            if isinstance(returned, Mapping) and isinstance(returned.get("data"), Mapping):
                kept = {**event, **returned}
                if not _is_time_ms(kept["timestamp"]):
                    kept["timestamp"] = event["timestamp"]
                if not isinstance(kept["type"], str):
                    kept["type"] = event["type"]
                return cast("Event", kept)
    finally:
        _inside.active = False
    return None


def _is_time_ms(value: object) -> bool:
    return isinstance(value, (int, float)) and 0 <= value < _TIME_LIMIT_MS


def _copied(value: Any, copies: dict[int, Any], depth: int = 0) -> Any:
    """Copy dicts and lists; other objects are the application's and may not even be copyable.

    What stands in several places, or inside itself, is copied once.
    """
    if not isinstance(value, (Mapping, list)):
        return value
    if id(value) in copies:
        return copies[id(value)]
    if depth >= _MAX_DEPTH:
        return _TOO_DEEP
    if isinstance(value, list):
        items: list[Any] = []
        copies[id(value)] = items
        items.extend(_copied(item, copies, depth + 1) for item in value)
        return items
    mapping: dict[Any, Any] = {}
    copies[id(value)] = mapping
    mapping.update((key, _copied(item, copies, depth + 1)) for key, item in value.items())
    return mapping
