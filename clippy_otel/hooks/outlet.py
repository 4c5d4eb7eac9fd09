"""Our events for the log processors of others: as redacted records of the SDK, past the hook that they came through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from clippy_otel import _guard, semconv
from clippy_otel._version import __version__
from clippy_otel.hooks.origins import Origins
from clippy_otel.resource import DISTRO

if TYPE_CHECKING:
    from clippy_otel.hooks.attached import AttachedLogs
    from clippy_otel.hooks.intake import Intake
    from clippy_otel.hooks.own import OwnLogs


class EventOutlet:
    """Show our events to whoever has registered log processors with a provider.

    Args:
        logs: The provider, our own or one that is attached.
        intake: The pipeline's.
    """

    def __init__(self, logs: OwnLogs | AttachedLogs, intake: Intake) -> None:
        self._logs = logs
        self._intake = intake
        self._origins = Origins()
        self._scope: Any = None

    def is_open(self) -> bool:
        """Return whether anybody listens."""
        return self._logs.has_listeners()

    def show(self, name: str, attributes: Mapping[str, Any], stamps: tuple[int, str, int, int]) -> None:
        """Show an event to them. What they raise does not reach the application: it did not call them.

        Args:
            name: The event's, redacted.
            attributes: Redacted, with the ids of event and session.
            stamps: Severity number and text, when it happened, and when it was observed (ns since the epoch).
        """
        from opentelemetry._logs import LogRecord, SeverityNumber  # noqa: PLC0415 - for who has processors
        from opentelemetry.sdk._logs import ReadWriteLogRecord  # noqa: PLC0415 - likewise
        from opentelemetry.sdk.util.instrumentation import InstrumentationScope  # noqa: PLC0415 - likewise

        if self._scope is None:
            self._scope = InstrumentationScope(semconv.DISTRO_NAME, __version__, attributes=DISTRO)
        severity_number, severity_text, time_ns, observed_ns = stamps
        with _guard.host_safe("log processors"):
            record = LogRecord(
                timestamp=time_ns,
                observed_timestamp=observed_ns,
                severity_number=SeverityNumber(severity_number),
                severity_text=severity_text,
                event_name=name,
                attributes=dict(attributes),
            )
            resource, redactor = self._logs.provider.resource, self._intake.rules.redactor
            if redactor is not None:
                resource = self._origins.resource(resource, redactor)
            self._logs.show(ReadWriteLogRecord(record, resource, self._scope))
