"""What the user's own code may do to an event before it is redacted: `before_send`.

It sees a copy, so that neither it nor we change what the application holds. Whatever it returns other than an event,
and whatever it raises, drops the event: privacy fails closed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from clippy_otel import _guard
from clippy_otel.ports import Event

BeforeSend = Callable[[Event], Event | None]

_MAX_DEPTH: Final = 32  # what lies deeper is handed over as it is


def apply(before_send: BeforeSend, event: Event) -> Event | None:
    """Return the event as `before_send` leaves it, or None where it is to be dropped.

    Args:
        before_send: The user's function; a raising one drops the event.
        event: The event; its data is copied, container by container, before it is handed over.
    """
    handed_over = cast("Event", {**event, "data": _copied(event["data"])})
    with _guard.host_safe("before_send"):
        returned = before_send(handed_over)
        if isinstance(returned, Mapping) and isinstance(returned.get("data"), Mapping):
            return cast("Event", {**event, **returned})
    return None


def _copied(value: Any, depth: int = 0) -> Any:
    """Copy dicts and lists; other objects are the application's and may not even be copyable."""
    if depth < _MAX_DEPTH:
        if isinstance(value, Mapping):
            return {key: _copied(item, depth + 1) for key, item in value.items()}
        if isinstance(value, list):
            return [_copied(item, depth + 1) for item in value]
    return value
