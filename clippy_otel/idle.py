"""The pipeline before configure: it accepts everything and does nothing.

`get_telemetry()` may be taken at import, long before the application configures; what it is asked until then costs
nothing, starts nothing and imports no SDK.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clippy_otel import semconv
from clippy_otel.clock import RANDOM_IDS, SYSTEM_CLOCK
from clippy_otel.config import TelemetryConfig
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.ledger import FlushResult, Ledger
from clippy_otel.ports import Purpose
from clippy_otel.scope import Scopes


class IdlePipeline:
    """What stands in for a Pipeline until there is one."""

    name = "idle"

    def __init__(self) -> None:
        self.clock = SYSTEM_CLOCK
        self.ids = RANDOM_IDS
        self.config = TelemetryConfig(enabled=False)
        self.ledger = Ledger()
        self.scopes = Scopes(self.clock, self.ids)

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

    def held(self) -> tuple[int, int]:
        """Hold nothing."""
        return (0, 0)

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
