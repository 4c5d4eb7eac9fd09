"""The pipeline before configure: it accepts everything and does nothing.

`get_telemetry()` may be taken at import, long before the application configures; what it is asked until then costs
nothing, starts nothing and imports no SDK.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import trace

from clippy_otel import semconv
from clippy_otel.clock import RANDOM_IDS, SYSTEM_CLOCK
from clippy_otel.config import TelemetryConfig
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.ledger import FlushResult, Ledger
from clippy_otel.ports import Purpose, Signal
from clippy_otel.scope import Scopes
from clippy_otel.subscriptions import Subscriptions

if TYPE_CHECKING:
    from opentelemetry.metrics import Meter

    from clippy_otel.consent import Consent
    from clippy_otel.hooks.coverage import Coverage
    from clippy_otel.hooks.providers import Providers
    from clippy_otel.privacy.redactor import Redactor

_NO_TRACER: Final = trace.NoOpTracer()


class IdlePipeline:
    """What stands in for a Pipeline until there is one."""

    name = "idle"

    def __init__(self) -> None:
        self.clock = SYSTEM_CLOCK
        self.ids = RANDOM_IDS
        self.config = TelemetryConfig(enabled=False)
        self.ledger = Ledger()
        self.scopes = Scopes(self.clock, self.ids)
        self.subscriptions = Subscriptions()
        self.consent: Consent | None = None

    def emit(
        self,
        name: str,
        data: Mapping[str, Any],
        purpose: Purpose,
        *,
        severity: int = semconv.SEVERITY_INFO,
        time_ns: int | None = None,
    ) -> None:
        """Do nothing."""

    def record(
        self,
        name: str,
        value: float,
        *,
        unit: str,
        attributes: Mapping[str, Any] | None,
        purpose: Purpose = Purpose.PERFORMANCE,
    ) -> None:
        """Do nothing."""

    def collects(self, purpose: Purpose, data: Mapping[str, Any] | None = None) -> bool:  # noqa: ARG002 - a Pipeline's
        """Return that nothing is."""
        return self.config.enabled

    def count(self, name: str, value: float, *, unit: str, attributes: Mapping[str, Any] | None) -> None:
        """Do nothing."""

    def add_breadcrumb(self, message: str, *, category: str, level: str, data: Mapping[str, Any] | None) -> None:
        """Do nothing."""

    @cached_property
    def redactor(self) -> Redactor:
        """One with the defaults."""
        from clippy_otel.privacy.redactor import Redactor  # noqa: PLC0415 - for who has something to redact

        return Redactor()

    def redact(self, text: str) -> str:  # noqa: ARG002 - a Pipeline's signature
        """Return nothing of the text: nothing says yet how it is to be redacted."""
        return ""

    def pseudonym(self, user_id: str) -> str:  # noqa: ARG002 - a Pipeline's signature
        """Return nothing of the user: there is no key yet."""
        return ""

    @property
    def tracer(self) -> trace.Tracer:
        """A tracer that does nothing."""
        return _NO_TRACER

    @property
    def meter(self) -> Meter:
        """A meter that does nothing."""
        from opentelemetry.metrics import NoOpMeter  # noqa: PLC0415 - for who asks for it

        return NoOpMeter(semconv.DISTRO_NAME)

    def provider(self, signal: Signal) -> Any:
        """Return the API's provider without effect."""
        if signal == "spans":
            return trace.NoOpTracerProvider()
        if signal == "logs":
            from opentelemetry._logs import NoOpLoggerProvider  # noqa: PLC0415 - for who asks for it

            return NoOpLoggerProvider()
        from opentelemetry.metrics import NoOpMeterProvider  # noqa: PLC0415 - likewise

        return NoOpMeterProvider()

    def coverage(self) -> Coverage:
        """Return that nothing is reached."""
        from clippy_otel.hooks.coverage import Coverage, SignalCoverage  # noqa: PLC0415 - for who asks

        signal = SignalCoverage("none", "none", "none", delivered=False, reasons=("nothing is configured yet",))
        return Coverage(signal, signal, signal)

    def let_go_of(self, providers: Providers) -> None:
        """Have none."""

    def held(self) -> tuple[int, int]:
        """Hold nothing."""
        return (0, 0)

    def spooled(self) -> int:
        """Hold nothing on disk either."""
        return 0

    def update_config(self, changes: Mapping[str, Any]) -> TelemetryConfig:
        """Refuse: there is nothing to change yet.

        Raises:
            ConfigurationError: Always.
        """
        names = ", ".join(sorted(changes))
        msg = f"update_config({names}): nothing is configured yet; call clippy_otel.configure() first"
        raise ConfigurationError(msg)

    def flush(self, timeout_ms: float) -> FlushResult:  # noqa: ARG002 - a Pipeline's signature
        """Have nothing to deliver."""
        return FlushResult()

    def shutdown(self, timeout_ms: float) -> FlushResult:  # noqa: ARG002 - a Pipeline's signature
        """Have nothing to end."""
        return FlushResult()
