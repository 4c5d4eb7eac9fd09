"""PerformanceMetrics: marks and measures, AI operations, web vitals, and what the process takes.

Specification, component 2. Nothing here raises once it is configured: what is no measurement is booked, with one
warning for each kind of mistake. Nothing takes a lock. A forked child's statistics start at zero.

Statistics look back over a window, of the newest values, so that memory is bounded: 240 KB after 100,000 calls over
10,000 names. Where 50 names have 1,000 durations each, that is 0.8 MB more.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from clippy_otel import _fork, _guard, semconv
from clippy_otel.performance import given
from clippy_otel.performance.ai_operation import AIOperation, current_operation
from clippy_otel.performance.ai_records import AIRecords, Ended, Target
from clippy_otel.performance.ai_summary import AIOperations, AISummary
from clippy_otel.performance.options import PerformanceOptions, checked
from clippy_otel.performance.resources import NOT_READ, ResourceMetrics, Resources
from clippy_otel.performance.timings import Timings
from clippy_otel.performance.web_vitals import NAVIGATION_TYPES, RATINGS, VITALS, CoreWebVitals, Report, WebVitals
from clippy_otel.ports import Purpose

if TYPE_CHECKING:
    from clippy_otel.ports import HasRecorder, Recorder, Signal
    from clippy_otel.rolling import Summary

DURATION_UNITS_NS: Final[Mapping[str, int]] = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000}
_NS_PER_MS: Final = 1_000_000
_DEFAULT_OPERATION: Final = "chat"
_PHASES: Final = ("context_gathering", "context_compression", "api_call")


class PerformanceMetrics:
    """Measure what the application does, and what its AI operations and its pages take.

    Usable alone over a TelemetryCollector; `Telemetry.performance` is the same over the process's own.

    Args:
        collector: What it records through; looked at in each call, so that it may be configured later.
        options: The base; None: the defaults.
        **settings: Fields of PerformanceOptions, over the base.

    Raises:
        ConfigurationError: An option is unknown or impossible.
    """

    def __init__(self, collector: HasRecorder, options: PerformanceOptions | None = None, **settings: Any) -> None:
        self._collector = collector
        self._options = checked(options, settings)
        self._resources = Resources()
        self._warned: set[str] = set()
        self._renew()
        self._records = AIRecords(collector, self._operations)
        self._collector.recorder.scopes.max_marks = self._options.max_marks
        self._listen()
        _fork.renew_in_child(self)

    @property
    def options(self) -> PerformanceOptions:
        """The options in force."""
        return self._options

    def apply(self, options: PerformanceOptions) -> None:
        """Go on with other options, also after shutdown(). Where the statistics' bounds change, they start anew.

        Raises:
            ConfigurationError: An option is impossible.
        """
        before, self._options = self._options, checked(options, {})
        self._collector.recorder.scopes.max_marks = self._options.max_marks
        if (before.max_timings, before.window_ms) != (self._options.max_timings, self._options.window_ms):
            self.reset()
        if not self._records.is_open:
            self._records.is_open = True
            self._listen()

    def mark(self, name: str) -> None:
        """Note this moment under a name, in the current scope.

        Requests that are handled at once keep theirs apart where each is in a scope of its own; the middleware opens
        one. Outside of any, all share the process's.

        Args:
            name: Its name, of which 255 characters count. A name that is marked again is a new moment. Marks persist;
                of more than `max_marks` in a scope, the one that was not used for longest goes.
        """
        recorder, name_text = self._collector.recorder, given.text(name)
        if name_text is None:
            self._warn("mark(): a mark needs a name")
            return
        recorder.scopes.mark(name_text, recorder.clock.monotonic_ns())

    def measure(self, name: str, start: str, end: str | None = None) -> float | None:
        """Return how long it took from one mark to another, and record it as a histogram of that name and in summary().

        Marks are looked up in the current scope, then in those around it and in the process's.

        Args:
            name: The metric's, as in TelemetryCollector.track_performance().
            start: The mark at the beginning.
            end: The mark at the end; None: now.

        Returns:
            Milliseconds. None where there is no such mark, or where the end lies before the start: recorded is nothing
            then, and the first time of each is a warning.
        """
        recorder = self._collector.recorder
        started_ns = _moment(recorder, start)
        ended_ns = recorder.clock.monotonic_ns() if end is None else _moment(recorder, end)
        if started_ns is None or ended_ns is None:
            self._warn("measure(): there is no such mark in this scope, nor in one around it")
            return None
        if ended_ns < started_ns:
            self._warn("measure(): the mark at the end is older than the one at the start")
            return None
        self.record_duration(name, ended_ns - started_ns)
        return (ended_ns - started_ns) / _NS_PER_MS

    def now_ns(self) -> int:
        """Return the time that durations are measured on, in nanoseconds."""
        return self._collector.recorder.clock.monotonic_ns()

    def record_duration(
        self,
        name: str,
        duration_ns: int,
        *,
        unit: str = "ms",
        attributes: Mapping[str, Any] | None = None,
        metric: str | None = None,
    ) -> None:
        """Record a duration as a histogram, and in summary() of that name.

        Args:
            name: The metric's too, as in TelemetryCollector.track_performance().
            duration_ns: In nanoseconds, 0 or more.
            unit: Of the metric: "ns", "us", "ms" or "s".
            attributes: Of the metric; None: none.
            metric: The metric's name, where it is another one; None: it is not.
        """
        recorder = self._collector.recorder
        if not self._records.is_open:
            return
        recorder.record(metric or name, duration_ns / DURATION_UNITS_NS[unit], unit=unit, attributes=attributes)
        known = given.text(name)
        if known is not None and recorder.collects(Purpose.PERFORMANCE):
            self._timings.add(known, duration_ns / _NS_PER_MS, recorder.clock.monotonic_ns())

    def summary(self, name: str) -> Summary | None:
        """Return what the durations of a name look like, in milliseconds whatever the metric's unit.

        It is made of measure() and of `@measured`, the newest `max_timings` within `window_ms`, for the 50 names that
        were used last. What TelemetryCollector.track_performance() records is in the metrics alone.

        Returns:
            Percentiles by nearest rank, each a value that was measured; None where there is none.
        """
        known = given.text(name)
        return None if known is None else self._timings.summary(known, self.now_ns())

    def track_ai_operation(  # noqa: PLR0913 - the parts of one operation, as the specification names them
        self,
        *,
        total_ms: float,
        context_gathering_ms: float | None = None,
        context_compression_ms: float | None = None,
        api_call_ms: float | None = None,
        tokens: int | None = None,
        input_tokens: int | None = None,
        output_tokens: int | None = None,
        context_size_bytes: int | None = None,
        provider: str | None = None,
        model: str | None = None,
        operation: str = _DEFAULT_OPERATION,
        conversation_id: str | None = None,
        error: BaseException | str | None = None,
    ) -> None:
        """Record an AI operation that has just ended, as a span and metrics by the GenAI conventions.

        What is None is not known and is left out, never 0. So is, with a warning, what cannot be: a negative duration,
        a count that is not whole. An operation without a total that can be is booked as unencodable.

        Args:
            total_ms: How long it took in all, in milliseconds, 0 or more: the span ends now and began so much earlier.
            context_gathering_ms: Of that, the phase "context_gathering".
            context_compression_ms: Of that, the phase "context_compression".
            api_call_ms: Of that, the phase "api_call".
            tokens: Tokens of prompt and answer together, where no more is known: the counter `clippy.ai.tokens`.
            input_tokens: Tokens of the prompt.
            output_tokens: Tokens of the answer.
            context_size_bytes: Size of the context that was sent.
            provider: Who was asked: "openai", "anthropic".
            model: Which model was asked.
            operation: By the conventions: "chat", "embeddings", "invoke_agent", ...
            conversation_id: The conversation that it belongs to; None: that of the current scope.
            error: What it failed with: an exception, which is recorded on the span, or a word ("timeout").
        """
        if not self._records.is_open:
            return
        total = given.duration_ms(total_ms)
        if total is None:
            self._refuse("track_ai_operation(): total_ms must be a number of 0 or more", "spans")
            return
        has_phases = not (context_gathering_ms is context_compression_ms is api_call_ms is None)
        ended = Ended(  # by position, at half the time
            total,
            None,
            None,
            self._phases((context_gathering_ms, context_compression_ms, api_call_ms)) if has_phases else {},
            None if input_tokens is None else self._count(input_tokens, "input_tokens"),
            None if output_tokens is None else self._count(output_tokens, "output_tokens"),
            None if tokens is None else self._count(tokens, "tokens"),
            None if context_size_bytes is None else self._count(context_size_bytes, "context_size_bytes"),
        )
        self._records.record(self._target(operation, provider, model, conversation_id), ended, error)

    def ai_operation(
        self,
        *,
        provider: str | None,
        model: str | None = None,
        operation: str = _DEFAULT_OPERATION,
        conversation_id: str | None = None,
    ) -> AIOperation:
        """Begin an AI operation, to be measured while it lasts: with `with`, `async with`, or by its stream().

        Args:
            provider: Who is asked: "openai", "anthropic".
            model: Which model is asked; None: not known.
            operation: By the conventions: "chat", "embeddings", "invoke_agent", ...
            conversation_id: The conversation that it belongs to; None: that of the current scope.
        """
        return AIOperation(self._records, self._target(operation, provider, model, conversation_id))

    def current_ai_operation(self) -> AIOperation | None:
        """Return the AI operation whose block, stream body or decorated function this is in; None for none."""
        return current_operation()

    def ai_operations_summary(self) -> AISummary:
        """Return what the AI operations of the window look like, those of any instrumentation's spans included."""
        return self._operations.summary(self.now_ns())

    def observe_span(self, span: Any) -> None:
        """Count an ended span of the SDK, where it stands for an AI operation that is not counted yet. Never raises.

        Those of providers that configure() has made, or that attach() has joined, are counted without it. A client span
        with `gen_ai.*` attributes stands for one, and one of kind INTERNAL for a model in the process. Not counted
        twice are our own, and one whose parent is counted and of the same operation: an instrumentation's, inside of
        ours.
        """
        with _guard.host_safe("observe_span"):
            self._records.observe(span)

    def record_web_vital(
        self,
        name: str,
        value: float,
        *,
        id: str,  # noqa: A002 - the convention's name
        delta: float | None = None,
        rating: str | None = None,
        navigation_type: str | None = None,
    ) -> None:
        """Record a web vital that a page has reported: the event `browser.web_vital` and a histogram for its name.

        A page may report a vital again under its id, when it has grown: each report is an event, the last value counts
        for core_web_vitals(), and the first one for the histogram, which cannot be revised.

        Args:
            name: LCP, INP, FID, CLS, TTFB or FCP, in upper or lower case. Any other is booked as unencodable.
            value: Milliseconds, of CLS a plain number; 0 or more.
            id: What the browser calls this measurement of this page.
            delta: How much it has grown since the report before; None: what is known of that.
            rating: "good", "needs-improvement" or "poor"; None, and any other: left out.
            navigation_type: "navigate", "reload", "back-forward", "back-forward-cache", "prerender", "restore" or
                "soft-navigation"; None, and any other: left out.
        """
        if not self._records.is_open or not self._options.track_core_web_vitals:
            return
        vital, number = (given.text(name) or "").lower(), given.number(value)
        measured = given.text(id, self._collector.recorder.redact)
        if vital not in VITALS or number is None or measured is None:
            self._refuse("record_web_vital(): a known name, a value of 0 or more and an id are needed", "logs")
            return
        rating, navigation_type = given.text(rating), given.text(navigation_type)
        report = Report(
            vital,
            number,
            measured,
            given.number(delta),
            rating if rating in RATINGS else None,
            navigation_type if navigation_type in NAVIGATION_TYPES else None,
        )
        self._vitals.record(self._collector.recorder, report)

    def core_web_vitals(self) -> CoreWebVitals:
        """Return the 75th percentile of each web vital within the window, of the newest 2 * `max_timings` reports."""
        return self._vitals.percentiles(self.now_ns())

    def resource_metrics(self) -> ResourceMetrics:
        """Return what the process takes now. Never waits: processor time is that since the call before."""
        statistics = (self._timings, self._operations, self._vitals)
        telemetry_bytes = self._collector.recorder.held()[1] + sum(kept.held_bytes() for kept in statistics)
        if self._options.track_resources:
            with _guard.host_safe("resource_metrics"):
                return self._resources.read(telemetry_bytes)
        return ResourceMetrics(*NOT_READ, telemetry_bytes)

    def reset(self) -> None:
        """Start the statistics at zero: summaries and web vitals. Marks stay, and so do the metrics."""
        self._renew()
        self._records.statistics = self._operations

    def shutdown(self) -> None:
        """Record and count nothing from now on; the statistics can still be read. Idempotent."""
        self._records.is_open = False
        self._stop_listening()

    def after_fork(self) -> None:
        """Start at zero in a forked child."""
        self.reset()

    def _listen(self) -> None:
        """Count the AI operations whose spans go through the pipeline, as long as this object is of use to anybody."""
        stop = self._collector.recorder.subscriptions.subscribe("span", self._records.observe)
        self._stop_listening = weakref.finalize(self, stop)
        self._stop_listening.atexit = False

    def _renew(self) -> None:
        max_timings, window_ns = self._options.max_timings, self._options.window_ms * _NS_PER_MS
        self._timings = Timings(max_timings, window_ns)
        self._operations = AIOperations(max_timings, window_ns)
        self._vitals = WebVitals(2 * max_timings, window_ns)

    def _target(self, operation: Any, provider: Any, model: Any, conversation_id: Any) -> Target:
        recorder = self._collector.recorder
        if conversation_id is None:
            conversation_id = recorder.scopes.fields()[1].get(semconv.GEN_AI_CONVERSATION_ID)
        redact = recorder.redact
        return Target(
            given.text(operation, redact) or _DEFAULT_OPERATION,
            given.text(provider, redact),
            given.text(model, redact),
            given.text(conversation_id, redact),
        )

    def _phases(self, values: Sequence[object]) -> dict[str, float]:
        phases: dict[str, float] = {}
        for name, value in zip(_PHASES, values, strict=True):
            duration = given.duration_ms(value)
            if duration is not None:
                phases[name] = duration
            elif value is not None:
                self._warn(f"track_ai_operation(): {name}_ms was left out: it must be a number of 0 or more")
        return phases

    def _count(self, value: object, name: str) -> int | None:
        count = given.whole(value)
        if count is None:
            self._warn(f"track_ai_operation(): {name} was left out: it must be a whole number of 0 or more")
        return count

    def _refuse(self, why: str, signal: Signal) -> None:
        self._collector.recorder.ledger.offer(signal, "unencodable")
        self._warn(why)

    def _warn(self, message: str) -> None:
        if message not in self._warned:
            self._warned.add(message)
            _guard.logger.warning(message)


def _moment(recorder: Recorder, name: object) -> int | None:
    known = given.text(name)
    return None if known is None else recorder.scopes.marked(known)
