"""UsageAnalytics: features, conversations, providers and proactive suggestions, as events, metrics and statistics.

Specification, component 3. It stands on a collector. Nothing here raises once it is constructed, and nothing waits: an
event is recorded, then counted (see books). The statistics are those of this process, and bounded: 250 KB at most with
the default `max_names`. They count what happened whether or not sampling keeps the event of it; while telemetry is
disabled they do not count.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from clippy_otel import _fork, _guard, semconv
from clippy_otel.analytics import given
from clippy_otel.analytics.features import OTHERS, RECENT, Use
from clippy_otel.analytics.options import AnalyticsOptions, checked
from clippy_otel.analytics.providers import Request
from clippy_otel.analytics.statistics import Statistics
from clippy_otel.analytics.suggestions import Answer
from clippy_otel.analytics.tables import OTHER
from clippy_otel.ports import Purpose
from clippy_otel.subscriptions import SessionSeen

if TYPE_CHECKING:
    from clippy_otel.analytics.conversations import ConversationStats
    from clippy_otel.analytics.features import FeatureStats
    from clippy_otel.analytics.providers import ProviderStats
    from clippy_otel.analytics.sessions import SessionStats
    from clippy_otel.analytics.suggestions import ProactiveMetrics
    from clippy_otel.ports import HasRecorder, Recorder
    from clippy_otel.subscriptions import AIOperationSeen, Subscriber, Topic

_T = TypeVar("_T")

_MS_PER_S: Final = 1_000
_NS_PER_S: Final = 1_000_000_000
_LEVEL_KEYS: Final = ("intrusionLevel", "intrusion_level")


class UsageAnalytics:
    """Track how an application is used, and tell what came of it.

    Args:
        collector: What events are recorded with.
        options: What is tracked; None: the defaults.
        **settings: Fields of AnalyticsOptions, over them.

    Raises:
        ConfigurationError: An option is unknown or impossible.
    """

    def __init__(self, collector: HasRecorder, options: AnalyticsOptions | None = None, **settings: Any) -> None:
        self._collector = collector
        self._options = checked(options, settings)
        self._warned: set[str] = set()
        self._is_on = False
        self._unsubscribe: dict[Topic, Callable[[], None]] = {}
        self._statistics = self._at_zero()
        self.apply(self._options)
        _fork.renew_in_child(self)

    @property
    def options(self) -> AnalyticsOptions:
        """The options in force."""
        return self._options

    def apply(self, options: AnalyticsOptions) -> None:
        """Go on with other options, also after a shutdown(). With other limits the statistics start afresh.

        Raises:
            ConfigurationError: An option is impossible.
        """
        before, self._options = self._options, checked(options, {})
        if (before.max_names, before.window_ms) != (self._options.max_names, self._options.window_ms):
            self._statistics = self._at_zero()
        self._is_on = True
        subscriptions = self._collector.recorder.subscriptions
        seeing: tuple[tuple[Topic, Subscriber], ...] = (
            ("ai_operation", self._see_operation),
            ("session", self._see_session),
        )
        for topic, see in seeing:
            if topic not in self._unsubscribe:
                self._unsubscribe[topic] = subscriptions.subscribe(topic, see)

    def shutdown(self) -> None:
        """Count nothing more, save the end of the session that is on; the statistics stay readable. Idempotent.

        What is tracked afterwards is still handed to the collector, which books it.
        """
        self._is_on = False
        self._stop("ai_operation")

    def after_fork(self) -> None:
        """Start at zero in the child: what the parent counted is the parent's."""
        self._statistics = self._at_zero()

    def track_feature(self, feature: str, action: str = "used", attributes: Mapping[str, Any] | None = None) -> None:
        """Record that a feature was used: `feature.used`, and one more in `clippy.feature.uses`.

        Args:
            feature: Its name, such as "proactive-suggestions".
            action: What was done with it.
            attributes: More about it, of any nesting, redacted. `userId`, `user_id`, `user.id` or `enduser.id` says
                who used it; else it is the scope's user. None: nothing.
        """
        if not self._options.track_features:
            return
        recorder, feature, action = self._collector.recorder, given.name(feature), given.name(action)
        try:
            data = {**given.mapping(attributes), semconv.FEATURE_ID: feature, semconv.FEATURE_ACTION: action}
        except Exception as error:  # noqa: BLE001 - a mapping of the application's
            _refuse(recorder, error)
            return
        recorder.emit(semconv.EVENT_FEATURE_USED, data, Purpose.ANALYTICS)
        use = self._count_use(recorder, (feature, action), data)
        counted = OTHERS if use is None else use.attributes
        recorder.count(semconv.METRIC_FEATURE_USES, 1, unit="{use}", attributes=counted)

    def start_conversation(self, id: str, provider: str | None = None) -> None:  # noqa: A002 - the specification's
        """Record that a conversation starts: `conversation.start`.

        Args:
            id: Its id. One that is active already goes on; one that has ended starts again.
            provider: Who answers; None: not said.
        """
        if not self._options.track_conversations:
            return
        recorder, data, key = self._conversation(id)
        if provider is not None:
            data[semconv.GEN_AI_PROVIDER_NAME] = given.name(provider)
        recorder.emit(semconv.EVENT_CONVERSATION_START, data, Purpose.ANALYTICS)
        self._note(recorder, self._statistics.conversations.start, key)

    def track_message(self, id: str, length: float, role: str) -> None:  # noqa: A002 - likewise
        """Record a message of a conversation: `conversation.message`.

        Args:
            id: The conversation's; an unknown one is counted as started.
            length: In characters, tokens or whatever the application counts: a number of 0 or more.
            role: Whose it is: "user", "assistant".
        """
        if not self._options.track_conversations:
            return
        recorder, data, key = self._conversation(id)
        data[semconv.MESSAGE_ROLE] = given.name(role)
        measured = self._measured(data, semconv.MESSAGE_LENGTH, length)
        recorder.emit(semconv.EVENT_CONVERSATION_MESSAGE, data, Purpose.ANALYTICS)
        self._note(recorder, self._statistics.conversations.message, key, measured)

    def end_conversation(self, id: str, completed: bool = True) -> None:  # noqa: A002, FBT001, FBT002 - likewise
        """Record that a conversation has ended: `conversation.end`, and its duration in `clippy.conversation.duration`.

        Args:
            id: Its id; an unknown one is counted as started and ended, one that has ended before is not counted again.
            completed: Whether the user got to the end of it; False: it was abandoned.
        """
        if not self._options.track_conversations:
            return
        recorder, data, key = self._conversation(id)
        data[semconv.CONVERSATION_COMPLETED] = is_completed = given.flag(completed)
        end = partial(self._statistics.conversations.end, completed=is_completed)
        duration_ms = self._ask(recorder, end, key)
        if duration_ms is not None:
            data[semconv.CONVERSATION_DURATION_MS] = duration_ms
        recorder.emit(semconv.EVENT_CONVERSATION_END, data, Purpose.ANALYTICS)
        _record_ms(recorder, semconv.METRIC_CONVERSATION_DURATION, duration_ms)

    def track_provider_request(
        self,
        provider: str,
        duration_ms: float,
        success: bool,  # noqa: FBT001 - the specification's
        tokens: float | None = None,
    ) -> None:
        """Record a request to a provider of AI: `provider.request`, and `clippy.provider.duration`.

        AI operations that PerformanceMetrics tracks are counted in provider_stats() by themselves.

        Args:
            provider: Its name, such as "openai".
            duration_ms: How long it took, in milliseconds: a number of 0 or more.
            success: Whether it succeeded.
            tokens: How many it took, input and output together; None: not known.
        """
        if not self._options.track_providers:
            return
        recorder, provider, is_ok = self._collector.recorder, given.name(provider), given.flag(success)
        data: dict[str, Any] = {semconv.GEN_AI_PROVIDER_NAME: provider, semconv.REQUEST_SUCCESS: is_ok}
        measured_ms = self._measured(data, semconv.REQUEST_DURATION_MS, duration_ms)
        known_tokens = None if tokens is None else self._measured(data, semconv.REQUEST_TOKENS, tokens)
        recorder.emit(semconv.EVENT_PROVIDER_REQUEST, data, Purpose.ANALYTICS)
        request = Request(given.shown(recorder, provider), not is_ok, measured_ms, known_tokens)
        shown = self._ask(recorder, self._statistics.providers.count, request) or OTHER
        attributes = {semconv.PROVIDER: shown, semconv.SUCCESS: is_ok}
        _record_ms(recorder, semconv.METRIC_PROVIDER_DURATION, measured_ms, attributes)

    def track_proactive_suggestion(
        self,
        id: str,  # noqa: A002 - the specification's
        attributes: Mapping[str, Any] | None = None,
    ) -> None:
        """Record that the application suggested something by itself: `proactive.suggestion`.

        Args:
            id: The suggestion's; one that is open already is the same one.
            attributes: More about it, as in track_feature(). `intrusionLevel` or `intrusion_level` is a level that
                proactive_metrics() counts by.
        """
        if not self._options.track_proactive:
            return
        recorder, suggestion = self._collector.recorder, given.name(id)
        try:
            data = {**given.mapping(attributes), semconv.SUGGESTION_ID: suggestion}
        except Exception as error:  # noqa: BLE001 - likewise
            _refuse(recorder, error)
            return
        recorder.emit(semconv.EVENT_PROACTIVE_SUGGESTION, data, Purpose.ANALYTICS)
        level = next((data[key] for key in _LEVEL_KEYS if data.get(key) is not None), None)
        shown = None if level is None else given.shown(recorder, given.name(level))
        self._note(recorder, self._statistics.suggestions.show, hash(suggestion), shown)
        self._count_outcome(recorder, "shown")

    def track_proactive_acceptance(self, id: str, time_to_accept_ms: float | None = None) -> None:  # noqa: A002 - likewise
        """Record that a suggestion was accepted: `proactive.accept`, and `clippy.proactive.time_to_accept`.

        Args:
            id: The suggestion's; a second answer to one is not counted again.
            time_to_accept_ms: How long the user took, in milliseconds; None: measured since it was shown.
        """
        if not self._options.track_proactive:
            return
        recorder, suggestion = self._collector.recorder, given.name(id)
        data: dict[str, Any] = {semconv.SUGGESTION_ID: suggestion}
        time_ms = self._measured(data, semconv.TIME_TO_ACCEPT_MS, time_to_accept_ms)
        answer = self._ask(recorder, self._statistics.suggestions.accept, hash(suggestion), time_ms)
        counts, time_ms = answer or Answer(counts=True, time_ms=time_ms)
        if time_ms is not None:
            data[semconv.TIME_TO_ACCEPT_MS] = time_ms
        recorder.emit(semconv.EVENT_PROACTIVE_ACCEPT, data, Purpose.ANALYTICS)
        if counts:
            _record_ms(recorder, semconv.METRIC_TIME_TO_ACCEPT, time_ms)
            self._count_outcome(recorder, "accepted")

    def track_proactive_dismissal(self, id: str, reason: str | None = None) -> None:  # noqa: A002 - likewise
        """Record that a suggestion was dismissed: `proactive.dismiss`.

        Args:
            id: The suggestion's; a second answer to one is not counted again.
            reason: Why, as the application puts it; None: not said.
        """
        if not self._options.track_proactive:
            return
        recorder, suggestion = self._collector.recorder, given.name(id)
        data: dict[str, Any] = {semconv.SUGGESTION_ID: suggestion}
        if reason is not None:
            data[semconv.DISMISSAL_REASON] = reason
        recorder.emit(semconv.EVENT_PROACTIVE_DISMISS, data, Purpose.ANALYTICS)
        if self._ask(recorder, self._statistics.suggestions.dismiss, hash(suggestion)) is not False:
            self._count_outcome(recorder, "dismissed")

    def feature_adoption_stats(self) -> dict[str, FeatureStats]:
        """Return how each feature is used, by its name, in the order in which they were first used."""
        statistics = self._statistics
        statistics.books.note(statistics.features.count_recent)
        return statistics.books.read(statistics.features.stats, self._now_ns())

    def conversation_stats(self) -> ConversationStats:
        """Return how conversations go."""
        statistics = self._statistics
        return statistics.books.read(statistics.conversations.stats)

    def provider_stats(self) -> dict[str, ProviderStats]:
        """Return how each provider answers, by its name, in the order in which they were first asked."""
        statistics = self._statistics
        return statistics.books.read(statistics.providers.stats, self._now_ns())

    def proactive_metrics(self) -> ProactiveMetrics:
        """Return what became of proactive suggestions."""
        statistics = self._statistics
        return statistics.books.read(statistics.suggestions.stats, self._now_ns())

    def session_stats(self) -> SessionStats:
        """Return how many sessions there are and how long they last."""
        statistics = self._statistics
        return statistics.books.read(statistics.sessions.stats)

    def _counts(self, recorder: Recorder) -> bool:
        """Return whether the statistics count what happens now."""
        return self._is_on and recorder.collects(Purpose.ANALYTICS)

    def _note(self, recorder: Recorder, write: Callable[..., object], *args: Any) -> None:
        """Have something written down, with the time; nothing where the statistics do not count."""
        if self._counts(recorder):
            self._statistics.books.note(write, *args, recorder.clock.monotonic_ns())

    def _ask(self, recorder: Recorder, write: Callable[..., _T], *args: Any) -> _T | None:
        """Do the same and return what comes of it; None where that is not known."""
        if not self._counts(recorder):
            return None
        return self._statistics.books.ask(write, *args, recorder.clock.monotonic_ns())

    def _now_ns(self) -> int:
        return self._collector.recorder.clock.monotonic_ns()

    def _count_use(self, recorder: Recorder, called: tuple[str, str], data: Mapping[str, Any]) -> Use | None:
        """Count one use of a feature; return what it was counted as, None where that is not known."""
        statistics, clock = self._statistics, recorder.clock
        use = statistics.features.known.get(called)
        if not self._counts(recorder):
            return use
        moment = given.user_hash(recorder, data), clock.monotonic_ns(), clock.time_ns()
        if use is not None:
            recent = statistics.features.recent
            recent.append((use, moment))
            if len(recent) >= RECENT:
                statistics.books.note(statistics.features.count_recent)
            return use
        feature, action = called
        shown = given.shown(recorder, feature), given.shown(recorder, action)
        return statistics.books.ask(statistics.features.count_first, called, shown, moment)

    def _conversation(self, conversation: str) -> tuple[Recorder, dict[str, Any], int]:
        """Return the recorder, a conversation event's data, and the key that its statistics go by."""
        name = given.name(conversation)
        return self._collector.recorder, {semconv.GEN_AI_CONVERSATION_ID: name}, hash(name)

    def _measured(self, data: dict[str, Any], key: str, value: object) -> float | None:
        """Put a number into an event's data and return it; what is none is left out, and told of once."""
        found = given.number(value)
        if found is not None:
            data[key] = found
        elif value is not None and key not in self._warned:
            self._warned.add(key)
            _guard.logger.warning("%s was left out of an event: it is no number of 0 or more", key)
        return found

    def _count_outcome(self, recorder: Recorder, outcome: str) -> None:
        """Count what became of a suggestion, and those that have come to be ignored."""
        unit, name = "{suggestion}", semconv.METRIC_SUGGESTIONS
        recorder.count(name, 1, unit=unit, attributes={semconv.OUTCOME: outcome})
        if ignored := self._ask(recorder, self._statistics.suggestions.take_ignored):
            recorder.count(name, ignored, unit=unit, attributes={semconv.OUTCOME: "ignored"})

    def _see_operation(self, seen: AIOperationSeen) -> None:
        """Count an AI operation among its provider's requests."""
        recorder = self._collector.recorder
        if seen.provider is None or not self._options.track_providers:
            return
        tokens = seen.total_tokens
        if tokens is None:
            tokens = (seen.input_tokens or 0) + (seen.output_tokens or 0)
        shown = given.shown(recorder, given.name(seen.provider))
        request = Request(shown, seen.failed, given.number(seen.total_ms), given.number(tokens))
        self._note(recorder, self._statistics.providers.count, request)

    def _see_session(self, seen: SessionSeen) -> None:
        """Count a session; after a shutdown only the end of one, which the collector's own shutdown brings."""
        if self._is_on or seen.has_ended:
            statistics = self._statistics
            statistics.books.note(statistics.sessions.see, seen)
        if not self._is_on:
            self._stop("session")

    def _stop(self, topic: Topic) -> None:
        """Unsubscribe from a topic."""
        stop = self._unsubscribe.pop(topic, None)
        if stop is not None:
            stop()

    def _at_zero(self) -> Statistics:
        """Return statistics of nothing but the session that is on."""
        statistics = Statistics(self._options)
        session = self._collector.recorder.scopes.process.tracker.recorded
        if session is not None:
            started_ns = round(session.started_at.timestamp() * _NS_PER_S)
            statistics.sessions.see(SessionSeen(session.id, has_ended=False, time_ns=started_ns))
        return statistics


def _refuse(recorder: Recorder, error: Exception) -> None:
    """Book an event whose attributes raise when they are read."""
    _guard.swallowed("analytics", error)
    recorder.ledger.offer("logs", "unencodable")


def _record_ms(
    recorder: Recorder, name: str, value_ms: float | None, attributes: Mapping[str, Any] | None = None
) -> None:
    """Record milliseconds in a histogram of seconds, where they are known."""
    if value_ms is not None:
        recorder.record(name, value_ms / _MS_PER_S, unit="s", attributes=attributes, purpose=Purpose.ANALYTICS)
