"""An exception becomes a record: the one place for it, whoever has caught the exception.

Guarantee: never raises, and an id always comes back. One exception object is one record of a recorder, however often
and by whomever it is seen. The rules that an ErrorTracking puts in force hold for all errors of its collector.
Cost: 75 us with a stack of ten frames, half of that in a storm; most of it for the frames and their redaction.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from opentelemetry import trace

from clippy_otel import _guard, capture, semconv
from clippy_otel.breadcrumbs import as_attribute
from clippy_otel.otlp import plain
from clippy_otel.ports import Purpose
from clippy_otel.severity import ErrorSeverity
from clippy_otel.subscriptions import ErrorSeen, Subscriptions

if TYPE_CHECKING:
    from clippy_otel.capture import CapturedError
    from clippy_otel.ports import Recorder

_PLACE: Final = "error record"
_NO_ERROR: Final = "no error is being handled"
_ROOM_CALLS: Final = 200  # a record goes 37 deep, and the first one, which imports what it needs, 94
_MAX_FINGERPRINT_CHARS: Final = 128  # of one that is given: what is longer becomes a hash


class ErrorRules(NamedTuple):
    """What holds for all errors of one collector.

    Attributes:
        is_ignored: Whether an error is left out: it is in the ledger as filtered, and nowhere else.
        admits: Whether one more record with a fingerprint may go out, at a monotonic time in nanoseconds: one that may
            not is in the ledger as throttled, and counts as the others do.
        source_lines: Whether stack traces hold lines of source.
    """

    is_ignored: Callable[[object], bool] = lambda _error: False
    admits: Callable[[str, int], bool] = lambda _fingerprint, _now_ns: True
    source_lines: bool = False


_NO_RULES: Final = ErrorRules()
# By what outlives the recorders of a collector.
_rules: Final[weakref.WeakKeyDictionary[Subscriptions, ErrorRules]] = weakref.WeakKeyDictionary()


def put_in_force(subscriptions: Subscriptions, rules: ErrorRules) -> Callable[[], None]:
    """Let rules hold for all errors of the collector that has these subscriptions; return how to end that."""
    _rules[subscriptions] = rules

    def end() -> None:
        if _rules.get(subscriptions) is rules:  # others may have come after them
            del _rules[subscriptions]

    return end


def record(  # noqa: PLR0913 - what can be said of an error
    recorder: Recorder,
    error: object,
    *,
    severity: ErrorSeverity = ErrorSeverity.ERROR,
    context: object = None,
    user: object = None,
    handled: bool = True,
    fingerprint: object = None,
) -> str:
    """Record an error as one `exception` event, count it, and tell who has subscribed to "error".

    Args:
        recorder: Where it is recorded.
        error: An exception; what there is in its place, such as a text; None: the exception being handled.
        severity: How bad it is.
        context: Anything to say about it; None: nothing.
        user: A mapping with "id" and "sessionId", whose error it is; None: the scope's.
        handled: False where the exception escapes from what has caught it.
        fingerprint: A text, or a sequence of texts, that errors of one group have in common; None: their type and
            where they are raised.

    Returns:
        The error's id: 32 hex digits. That of its first record, where it was recorded before.
    """
    error_id = recorder.ids.event_id()
    rules = _rules.get(recorder.subscriptions, _NO_RULES)
    try:
        error = sys.exc_info()[1] if error is None else error
        settled_id = _settled(recorder, rules, error, error_id, user)
        if settled_id is not None:
            return settled_id
        captured = capture.describe(_NO_ERROR if error is None else error, source_lines=rules.source_lines)
        if fingerprint is not None:
            captured = captured._replace(fingerprint=_given_fingerprint(recorder, fingerprint))
        users = _user_attributes(user)
        data = {**_attributes(recorder, captured, error_id), semconv.EXCEPTION_ESCAPED: not handled, **users}
        if context is not None:
            data[semconv.ERROR_CONTEXT] = context
    except Exception as failure:  # noqa: BLE001 - an exception class of the application's that raises when read
        _guard.swallowed(_PLACE, failure)
        recorder.ledger.offer("logs", "unencodable")
        return error_id
    if rules.admits(captured.fingerprint, recorder.clock.monotonic_ns()):
        recorder.emit(semconv.EVENT_EXCEPTION, data, Purpose.ERRORS, severity=severity.number)
    else:
        recorder.ledger.offer("logs", "throttled")
    attributes = {semconv.SEVERITY: severity.value, semconv.EXCEPTION_TYPE: captured.type}
    recorder.count(semconv.METRIC_ERRORS, 1, unit="{error}", attributes=attributes)
    if recorder.subscriptions.has_subscribers("error"):
        with _guard.host_safe(_PLACE):
            user_id = users.get(semconv.USER_ID) or recorder.scopes.fields()[1].get(semconv.USER_ID)
            recorder.subscriptions.publish("error", _seen(recorder, captured, (error_id, severity, user_id)))
    return error_id


def _settled(recorder: Recorder, rules: ErrorRules, error: object, error_id: str, user: object) -> str | None:
    """Return the id of an error that there is nothing more to do about, booked where it is new; None for any other."""
    known_id = capture.seen_as(error, recorder.name)
    if known_id is not None:
        return known_id
    if isinstance(error, RecursionError) and not _has_room():
        return error_id  # whoever sees it further up records it
    users = _user_attributes(user)
    if not recorder.collects(Purpose.ERRORS, users):
        recorder.emit(semconv.EVENT_EXCEPTION, users, Purpose.ERRORS)  # which books it
        return error_id
    first_id = capture.claim(error, recorder.name, error_id)
    if first_id != error_id:  # another thread was faster
        return first_id
    if rules.is_ignored(error):
        recorder.ledger.offer("logs", "filtered")
        return error_id
    return None


def _has_room(calls: int = _ROOM_CALLS) -> bool:
    """Return whether there is room on the stack for what records an error."""
    try:
        return calls == 0 or _has_room(calls - 1)
    except RecursionError:
        return False


def _attributes(recorder: Recorder, captured: CapturedError, error_id: str) -> dict[str, Any]:
    data: dict[str, Any] = {
        semconv.EXCEPTION_TYPE: captured.type,
        semconv.EXCEPTION_MESSAGE: captured.message,
        semconv.EXCEPTION_STACKTRACE: captured.stacktrace,
        semconv.ERROR_ID: error_id,
        semconv.ERROR_FINGERPRINT: captured.fingerprint,
    }
    if breadcrumbs := recorder.scopes.breadcrumbs():
        # The other half of a request is for the stack trace; and both are compressed.
        data[semconv.ERROR_BREADCRUMBS] = as_attribute(breadcrumbs, recorder.config.max_payload_bytes // 2)
    return data


def _user_attributes(user: object) -> dict[str, str]:
    """Return whose error it is; what else there is of a user is nobody's business."""
    if not isinstance(user, Mapping):
        return {}
    given = {semconv.USER_ID: user.get("id"), semconv.SESSION_ID: user.get("sessionId", user.get("session_id"))}
    return {name: text for name, value in given.items() if value is not None and (text := plain.text(value))}


def _given_fingerprint(recorder: Recorder, given: object) -> str:
    """Return a fingerprint that was given as groups, storms and records know it."""
    parts = given if isinstance(given, Sequence) and not isinstance(given, (str, bytes)) else [given]
    joined = recorder.redact("|".join(map(plain.text, parts)))
    return joined if len(joined) <= _MAX_FINGERPRINT_CHARS else capture.fingerprint([joined])


def _seen(recorder: Recorder, captured: CapturedError, of: tuple[str, ErrorSeverity, str | None]) -> ErrorSeen:
    """Return what subscribers see of an error; `of` it: its id, its severity and its user."""
    error_id, severity, user_id = of
    span_context = trace.get_current_span().get_span_context()
    return ErrorSeen(
        error_id,
        recorder.redact(captured.type),
        recorder.redact(captured.message),
        captured.fingerprint,
        severity.value,
        trace.format_trace_id(span_context.trace_id) if span_context.is_valid else "",
        recorder.pseudonym(user_id) if user_id else "",
        recorder.clock.time_ns(),
    )
