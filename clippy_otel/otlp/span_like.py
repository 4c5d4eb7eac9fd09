"""What the span encoder needs of a span: what the SDK's ReadableSpan offers publicly, by shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class EnumLike(Protocol):
    """A member of an enumeration."""

    @property
    def value(self) -> int:
        """The enumeration's number."""


class TraceStateLike(Protocol):
    """W3C's tracestate; falsy where it is empty."""

    def to_header(self) -> str:
        """Return it as it stands in the header."""


class ContextLike(Protocol):
    """A span context."""

    @property
    def trace_id(self) -> int:
        """128 bits; 0 for none."""

    @property
    def span_id(self) -> int:
        """64 bits; 0 for none."""

    @property
    def is_remote(self) -> bool:
        """Whether it came from another process."""

    @property
    def trace_state(self) -> TraceStateLike | None:
        """None or an empty one for none."""


class EventLike(Protocol):
    """An event of a span."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def timestamp(self) -> int:
        """Nanoseconds since the epoch."""

    @property
    def attributes(self) -> Mapping[str, Any] | None:
        """None for none."""

    @property
    def dropped_attributes(self) -> int:
        """How many attributes are missing."""


class LinkLike(Protocol):
    """A link of a span."""

    @property
    def context(self) -> ContextLike:
        """The other span's."""

    @property
    def attributes(self) -> Mapping[str, Any] | None:
        """None for none."""

    @property
    def dropped_attributes(self) -> int:
        """How many attributes are missing."""


class StatusLike(Protocol):
    """How a span went."""

    @property
    def status_code(self) -> EnumLike:
        """0 unset, 1 ok, 2 error."""

    @property
    def description(self) -> str | None:
        """None for none."""


class SpanLike(Protocol):
    """An ended span."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def context(self) -> ContextLike:
        """Its own."""

    @property
    def parent(self) -> ContextLike | None:
        """None for a root span."""

    @property
    def kind(self) -> EnumLike:
        """The API's number: 0 internal, 1 server, 2 client, 3 producer, 4 consumer."""

    @property
    def start_time(self) -> int | None:
        """Nanoseconds since the epoch; None for unknown."""

    @property
    def end_time(self) -> int | None:
        """Likewise."""

    @property
    def status(self) -> StatusLike | None:
        """None for none."""

    @property
    def attributes(self) -> Mapping[str, Any] | None:
        """None for none."""

    @property
    def events(self) -> Sequence[EventLike]:
        """In their order."""

    @property
    def links(self) -> Sequence[LinkLike]:
        """In their order."""

    @property
    def dropped_attributes(self) -> int:
        """How many attributes are missing."""

    @property
    def dropped_events(self) -> int:
        """How many events are missing."""

    @property
    def dropped_links(self) -> int:
        """How many links are missing."""
