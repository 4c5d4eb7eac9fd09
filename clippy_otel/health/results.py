"""What a check returned or raised, read: its status, and what of its words may be kept and shown.

A message is redacted, then cut: an exception's text may hold what the user typed, or a password in a URL. What cannot
be understood is a failure, for a check that says nothing must not pass for one that says that all is well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from clippy_otel import _guard
from clippy_otel.breadcrumbs import bounded_copy
from clippy_otel.config.kinds import MAX_NUMBER
from clippy_otel.health.record import Outcome
from clippy_otel.health.status import HealthResult, HealthStatus
from clippy_otel.otlp import plain

if TYPE_CHECKING:
    from clippy_otel.ports import Recorder

MAX_MESSAGE_CHARS: Final = 512

_NAMES: Final[Mapping[str, HealthStatus]] = {status.value: status for status in HealthStatus}
_BAD_PARTS: Final = "a health check said something beside its status that is left out: %s"


class Results:
    """The reading of results; it warns once of each kind of mistake."""

    def __init__(self) -> None:
        self._warned: set[str] = set()

    def read(self, value: Any, recorder: Recorder) -> Outcome:
        """Return what a check's result says. May raise, where the result is the application's own mapping."""
        if value is None or isinstance(value, bool):
            return Outcome(HealthStatus.UNHEALTHY if value is False else HealthStatus.HEALTHY)
        if isinstance(value, (HealthStatus, str)):
            value = {"status": value}
        elif isinstance(value, HealthResult):
            value = value._asdict()
        if not isinstance(value, Mapping):
            return Outcome(HealthStatus.UNHEALTHY, f"the check returned an object of type {type(value).__name__:.64}")
        return self._mapping(value, recorder)

    def failed(self, error: BaseException, recorder: Recorder) -> Outcome:
        """Return what an exception of a check says."""
        message = _kept_text(error, recorder) or type(error).__name__[:MAX_MESSAGE_CHARS]
        return Outcome(HealthStatus.UNHEALTHY, message)

    def _mapping(self, value: Mapping[str, Any], recorder: Recorder) -> Outcome:
        status = value.get("status")
        if isinstance(status, str):
            status = _NAMES.get(status.lower())
        if not isinstance(status, HealthStatus):
            return Outcome(HealthStatus.UNHEALTHY, f"the check's status is none of {', '.join(_NAMES)}")
        given_ms = value.get("response_time_ms", value.get("responseTime"))
        message = value.get("message")
        return Outcome(
            status,
            None if message is None else _kept_text(message, recorder) or None,
            self._details(value.get("details")),
            self._milliseconds(given_ms),
        )

    def _milliseconds(self, value: Any) -> float | None:
        if value is None:
            return None
        if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= MAX_NUMBER:
            return float(value)
        self._warn("its response time is no number of 0 or more")
        return None

    def _details(self, details: Any) -> dict[str, Any] | None:
        if details is None:
            return None
        if not isinstance(details, Mapping):
            self._warn("its details are no mapping")
            return None
        return bounded_copy(details) or None

    def _warn(self, what: str) -> None:
        if what not in self._warned:
            self._warned.add(what)
            _guard.logger.warning(_BAD_PARTS, what)


def _kept_text(value: object, recorder: Recorder) -> str:
    return recorder.redact(plain.text(value))[:MAX_MESSAGE_CHARS]
