"""How the providers of AI answer: requests, failures, durations and tokens of each.

Bounded: some 65 bytes for each of the first `max_names` names, and 32 KB of durations (see samples). Not safe under
threads: there is one writer (see books).
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Final, NamedTuple

from clippy_otel.analytics.samples import MAX_SAMPLES, SAMPLE_BYTES, Samples
from clippy_otel.analytics.tables import OTHER, Names

MAX_SERIES: Final = 32  # providers that the metric's histogram tells apart

_PERCENT: Final = 95
_ROW_BYTES: Final = 96  # beside the name itself, with what arrays have to spare
_MAX_TOKENS: Final = (1 << 64) - 1


class ProviderStats(NamedTuple):
    """How one provider answered, since the start of the process unless it says otherwise.

    Attributes:
        provider: Its name, redacted; "other" for all that came after the first `max_names`.
        requests: How many there were: those tracked, and AI operations that named it.
        successes: How many of them succeeded.
        failures: How many did not.
        success_rate: The successes as a fraction of the requests, 0 to 1.
        mean_duration_ms: In milliseconds; None where no duration was a number of 0 or more.
        p95_duration_ms: 95 of a hundred were no longer than that, in milliseconds, by nearest rank, within the last
            `window_ms`: of as many as there is room for, 1,024 where there are two providers, 64 where there are 32.
            None where there was none within the window.
        total_tokens: What is known of them.
    """

    provider: str
    requests: int
    successes: int
    failures: int
    success_rate: float
    mean_duration_ms: float | None
    p95_duration_ms: float | None
    total_tokens: int


class Request(NamedTuple):
    """A request as it is counted."""

    provider: str  # redacted
    has_failed: bool
    duration_ms: float | None  # finite and 0 or more; None where it is not known
    tokens: float | None  # likewise


class Providers:
    """All providers.

    Args:
        max_names: How many have rows of their own, 1 to 10,000.
        window_ns: Of percentiles, in nanoseconds.
        make_room: Told how many bytes are needed, before they are.
    """

    def __init__(self, max_names: int, window_ns: int, make_room: Callable[[int], None]) -> None:
        self._make_room = make_room
        self._names = Names(max_names)
        self._requests = array("Q")  # by provider
        self._failures = array("Q")
        self._tokens = array("Q")
        self._durations = Samples(window_ns)

    def count(self, request: Request, now_ns: int) -> str:
        """Count a request, `now_ns` on the monotonic clock; return the provider's name as the metric has it."""
        provider, has_failed, duration_ms, tokens = request
        number, shown = self._names.row(provider)
        if number == len(self._requests):
            self._make_room(_ROW_BYTES + len(shown) + (0 if number else SAMPLE_BYTES * MAX_SAMPLES))
            for column in (self._requests, self._failures, self._tokens):
                column.append(0)
        self._requests[number] += 1
        self._failures[number] += has_failed
        if tokens:
            self._tokens[number] = min(self._tokens[number] + int(tokens), _MAX_TOKENS)
        if duration_ms is not None:
            self._durations.add(number, duration_ms, now_ns)
        return shown if number < MAX_SERIES else OTHER

    def stats(self, now_ns: int) -> dict[str, ProviderStats]:
        """Return all providers by name, in the order in which they came."""
        rows = zip(self._names.all(), self._requests, self._failures, self._tokens, strict=False)
        return {
            name: ProviderStats(
                provider=name,
                requests=requests,
                successes=requests - failures,
                failures=failures,
                success_rate=(requests - failures) / requests if requests else 0.0,
                mean_duration_ms=self._durations.mean(number),
                p95_duration_ms=self._durations.percentile(number, _PERCENT, now_ns),
                total_tokens=tokens,
            )
            for number, (name, requests, failures, tokens) in enumerate(rows)
        }
