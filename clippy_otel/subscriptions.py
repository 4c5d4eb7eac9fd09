"""What a lower layer tells a higher one: errors to the groups, AI operations and spans to the statistics.

Whoever publishes knows no subscriber. Subscribers run on the publisher's thread and must be quick; what one raises
reaches nobody. They outlive a pipeline: configure() goes on with them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal, NamedTuple

from clippy_otel import _guard

Topic = Literal["error", "ai_operation", "span", "session"]
Subscriber = Callable[[Any], None]


class ErrorSeen(NamedTuple):
    """An error that was recorded, or seen and not recorded (sampled out, or over a storm's limit).

    Attributes:
        id: The error's id, 32 hex digits.
        type: The exception's qualified class name.
        message: Redacted.
        fingerprint: The same for errors of one group.
        severity: "debug", "info", "warning", "error" or "critical".
        trace_id: 32 hex digits; "" outside of a trace.
        user: The user's pseudonym; "" for nobody known.
        time_ns: When, nanoseconds since the epoch.
    """

    id: str
    type: str
    message: str
    fingerprint: str
    severity: str
    trace_id: str
    user: str
    time_ns: int


class AIOperationSeen(NamedTuple):
    """An AI operation that has ended, as this package or any GenAI instrumentation measured it.

    Attributes:
        provider: `gen_ai.provider.name`; None where it is not known.
        model: `gen_ai.request.model`, else the response's; None likewise.
        operation: `gen_ai.operation.name`, such as "chat".
        total_ms: How long it took, in milliseconds.
        failed: Whether it ended with an error.
        first_chunk_ms: Until the first chunk of a stream, in milliseconds; None for none.
        input_tokens: None where it is not known.
        output_tokens: None likewise.
        total_tokens: None likewise; not the sum of the other two unless somebody said so.
        phases: Milliseconds by the phase's name.
        time_ns: When it ended, nanoseconds since the epoch.
    """

    provider: str | None
    model: str | None
    operation: str
    total_ms: float
    failed: bool
    first_chunk_ms: float | None
    input_tokens: int | None
    output_tokens: int | None
    total_tokens: int | None
    phases: dict[str, float]
    time_ns: int


class SessionSeen(NamedTuple):
    """A session that has begun or ended.

    Attributes:
        id: The session's.
        has_ended: False: it has begun.
        time_ns: When, nanoseconds since the epoch.
    """

    id: str
    has_ended: bool
    time_ns: int


_NONE: Final[tuple[Subscriber, ...]] = ()


class Subscriptions:
    """Who wants to know of what. Any thread may publish and subscribe at any time."""

    def __init__(self) -> None:
        # Replaced as a whole: a publisher goes through the tuple that it found.
        self._subscribers: dict[Topic, tuple[Subscriber, ...]] = {}

    def subscribe(self, topic: Topic, subscriber: Subscriber) -> Callable[[], None]:
        """Call a function with everything that is published on a topic from now on; return how to stop."""
        self._subscribers[topic] = (*self._subscribers.get(topic, _NONE), subscriber)

        def stop() -> None:
            kept = (other for other in self._subscribers.get(topic, _NONE) if other is not subscriber)
            self._subscribers[topic] = tuple(kept)

        return stop

    def has_subscribers(self, topic: Topic) -> bool:
        """Return whether anybody wants to know: what is published costs something to make."""
        return bool(self._subscribers.get(topic))

    def publish(self, topic: Topic, seen: object) -> None:
        """Tell everybody who wants to know. Never raises."""
        for subscriber in self._subscribers.get(topic, _NONE):
            try:  # by hand, for it is done for each span
                subscriber(seen)
            except Exception as error:  # noqa: BLE001, PERF203 - it reaches nobody; counted by the guard
                _guard.swallowed(topic, error)
