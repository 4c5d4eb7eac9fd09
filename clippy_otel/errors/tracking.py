"""ErrorTracking: capture errors, add the breadcrumbs that lead to them, track recoveries, tell what there was.

Specification, component 4. It stands on a collector and sees what `collector.track_error` records too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from clippy_otel import _guard, error_records, semconv
from clippy_otel.errors.groups import ErrorGroup, ErrorGroups, ErrorStats
from clippy_otel.errors.options import ErrorOptions, Ignored, checked
from clippy_otel.errors.storms import Storms
from clippy_otel.errors.unhandled import Escaped, Unhandled
from clippy_otel.otlp import plain
from clippy_otel.ports import Purpose
from clippy_otel.severity import ErrorSeverity

if TYPE_CHECKING:
    from clippy_otel.breadcrumbs import Breadcrumb
    from clippy_otel.ports import HasRecorder, Recorder
    from clippy_otel.subscriptions import ErrorSeen

_MAX_STRATEGY_CHARS: Final = 128
_NO_SEVERITY: Final = "an error's severity is none of %s: it is recorded as an error"


class ErrorTracking:
    """Errors, with what led to them, in groups.

    Its options hold for all errors of the collector, those of `collector.track_error` too: what is ignored, how a
    storm is limited, what a stack trace holds. Hooks for unhandled errors belong to the process: they are in from the
    construction until shutdown(), or until nothing holds the collector any more.

    Args:
        collector: What errors are recorded with.
        options: How; None: the defaults.
        **settings: Fields of ErrorOptions, over them.

    Raises:
        ConfigurationError: An option is unknown or impossible.
    """

    def __init__(self, collector: HasRecorder, options: ErrorOptions | None = None, **settings: Any) -> None:
        self._collector = collector
        self._options = checked(options, settings)
        self._groups = ErrorGroups(self._options.max_groups)
        self._storms = Storms()
        self._unhandled = Unhandled(self._show)
        self._unsubscribe: Callable[[], None] | None = None
        self._warned_of_severity = False
        self.apply(self._options)

    @property
    def options(self) -> ErrorOptions:
        """The options in force."""
        return self._options

    def apply(self, options: ErrorOptions) -> None:
        """Go on with other options, also after a shutdown(). What was counted so far stays.

        Raises:
            ConfigurationError: An option is impossible.
        """
        options = checked(options, {})
        if not options.enabled:
            self.shutdown()
        self._options = options
        if not options.enabled:
            return
        recorder = self._collector.recorder
        recorder.scopes.limit_breadcrumbs(options.max_breadcrumbs)
        rules = error_records.ErrorRules(Ignored(options.ignore), source_lines=options.source_lines)
        if options.deduplicate:
            rules = rules._replace(admits=self._storms.admits)
        self._end_rules = error_records.put_in_force(recorder.subscriptions, rules)
        self._groups.limit(options.max_groups)
        if self._unsubscribe is None:
            # A method of this object: it lives as long as the collector, whoever else holds it.
            self._unsubscribe = recorder.subscriptions.subscribe("error", self._count)
        self._unhandled.install(exceptions=options.capture_unhandled, rejections=options.capture_unhandled_rejections)

    def capture_error(
        self,
        error: BaseException | str | None = None,
        *,
        severity: ErrorSeverity | str = ErrorSeverity.ERROR,
        context: object = None,
        user: Mapping[str, Any] | None = None,
        handled: bool = True,
        fingerprint: str | Sequence[str] | None = None,
    ) -> str:
        """Record an error as one `exception` event, with the breadcrumbs that led to it, and return its id.

        The same exception object again is the same error: its first id comes back and nothing more is recorded.
        Another one with an equal fingerprint is another record, as long as there is no storm of them, and counts.

        Args:
            error: The exception; a text where there is none; None: the one being handled.
            severity: How bad it is, also as its word ("warning"). What is no severity counts as ERROR.
            context: Anything to say about it: a text or a mapping, redacted. None: nothing.
            user: Whose error it is: a mapping with "id", which leaves as a pseudonym, and "sessionId"; what else is
                in it is left out. None: the scope's user and session.
            handled: False where the application does not go on as if nothing had happened: `exception.escaped`.
            fingerprint: What errors of one group have in common, a text or several; None: their type and the places
                that their stack trace names.

        Returns:
            The error's id: 32 hex digits, also where the error is not recorded (disabled, ignored, sampled out).
        """
        recorder = self._collector.recorder
        if not self._is_on(recorder):
            return recorder.ids.event_id()
        return error_records.record(
            recorder,
            error,
            severity=self._severity(severity),
            context=context,
            user=user,
            handled=handled,
            fingerprint=fingerprint,
        )

    def add_breadcrumb(
        self,
        message: str | Mapping[str, Any],
        *,
        category: str = "default",
        level: str = "info",
        data: Mapping[str, Any] | None = None,
    ) -> None:
        """Note in the current scope that something happened; it travels inside the record of an error after it.

        Args:
            message: What it was; or the specification's mapping {category, message, level, data}.
            category: What kind of thing: "navigation", "user-action".
            level: "debug", "info", "warning", "error" or "critical".
            data: More about it, redacted and copied now: at most 20 values and 2,048 characters of it. None: nothing.
        """
        if self._unsubscribe is None:
            return
        recorder = self._collector.recorder
        if type(message) is type(category) is type(level) is str:
            recorder.add_breadcrumb(message, category=category, level=level, data=data)
            return
        with _guard.host_safe("breadcrumb"):
            if isinstance(message, Mapping):
                crumb = message
                message, data = crumb.get("message", ""), crumb.get("data", data)
                category, level = crumb.get("category", category), crumb.get("level", level)
            recorder.add_breadcrumb(
                plain.text(message), category=plain.text(category), level=plain.text(level), data=data
            )

    def breadcrumbs(self) -> tuple[Breadcrumb, ...]:
        """Return what an error recorded here and now would have with it, oldest first, redacted."""
        return self._collector.recorder.scopes.breadcrumbs()

    def track_recovery(self, error_id: str, success: bool, context: object = None) -> None:  # noqa: FBT001 - the specification's signature
        """Record, as an `error.recovery` event, that an error was recovered from, or that this was tried in vain.

        Args:
            error_id: What capture_error() or track_error() returned. With the id of none of the last 500 errors it is
                recorded too, but counts in no group and no rate.
            success: Whether the attempt succeeded.
            context: More about it, redacted: `strategy`, of which there should be few, `attempts`, anything. None:
                nothing.
        """
        recorder = self._collector.recorder
        if not self._is_on(recorder):
            return
        with _guard.host_safe("recovery"):
            error_id, success = plain.text(error_id), bool(success)
            data: dict[str, Any] = {semconv.ERROR_ID: error_id, semconv.ERROR_RECOVERED: success}
            attributes: dict[str, Any] = {semconv.SUCCESS: success}
            if context is not None:
                data[semconv.ERROR_CONTEXT] = context
                strategy = context.get("strategy") if isinstance(context, Mapping) else None
                if strategy is not None:
                    word = recorder.redact(plain.text(strategy))[:_MAX_STRATEGY_CHARS]
                    data[semconv.ERROR_RECOVERY_STRATEGY] = attributes[semconv.STRATEGY] = word
            severity = ErrorSeverity.INFO if success else ErrorSeverity.WARNING
            recorder.emit(semconv.EVENT_ERROR_RECOVERY, data, Purpose.ERRORS, severity=severity.number)
            recorder.count(semconv.METRIC_ERROR_RECOVERIES, 1, unit="{recovery}", attributes=attributes)
            if success and recorder.collects(Purpose.ERRORS):
                self._groups.recover(error_id)

    def error_groups(self) -> list[ErrorGroup]:
        """Return the groups of errors that were seen last (`max_groups`), the most frequent one first."""
        return self._groups.groups()

    def stats(self) -> ErrorStats:
        """Return what holds for all errors of this process."""
        return self._groups.stats()

    def shutdown(self) -> None:
        """Take the hooks out and see no more errors; what was counted can still be read. Idempotent."""
        self._unhandled.remove()
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
            self._end_rules()

    def _is_on(self, recorder: Recorder) -> bool:
        """Return whether errors are tracked; book one that is not."""
        if self._unsubscribe is None:
            recorder.ledger.offer("logs", "after_shutdown" if self._options.enabled else "disabled")
        return self._unsubscribe is not None

    def _severity(self, given: object) -> ErrorSeverity:
        severity = ErrorSeverity.named(given)
        if severity is None and not self._warned_of_severity:
            self._warned_of_severity = True
            _guard.logger.warning(_NO_SEVERITY, ", ".join(ErrorSeverity))
        return severity or ErrorSeverity.ERROR

    def _count(self, seen: ErrorSeen) -> None:
        self._groups.add(seen)

    def _show(self, escaped: Escaped) -> None:
        """Record an error that nobody handles."""
        error = "an exception without a value" if escaped.error is None else escaped.error
        error_records.record(
            self._collector.recorder, error, severity=escaped.severity, context=escaped.context, handled=False
        )
