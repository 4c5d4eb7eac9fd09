"""OpenTelemetry-based telemetry: product events, performance, errors, health and privacy, over plain OTLP.

Names are loaded when they are first used (PEP 562), so that `import clippy_otel` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from clippy_otel._version import __version__

if TYPE_CHECKING:
    from clippy_otel.collector import BufferStatus, TelemetryCollector
    from clippy_otel.config import TelemetryConfig
    from clippy_otel.decorators import traced
    from clippy_otel.exceptions import ClippyOtelError, ConfigurationError, NotAvailableYetError
    from clippy_otel.hooks.coverage import Coverage, SignalCoverage
    from clippy_otel.hooks.measurements import redact_measurements
    from clippy_otel.ledger import FlushResult, LedgerRow
    from clippy_otel.ports import Event, SamplingRule, SpoolOptions
    from clippy_otel.processors import RedactingLogRecordProcessor, RedactingSpanProcessor, SessionSpanProcessor
    from clippy_otel.scope import Scope, Session
    from clippy_otel.telemetry import Telemetry, attach, configure, get_telemetry

_EXPORTS = {
    "BufferStatus": "clippy_otel.collector",
    "ClippyOtelError": "clippy_otel.exceptions",
    "ConfigurationError": "clippy_otel.exceptions",
    "Coverage": "clippy_otel.hooks.coverage",
    "Event": "clippy_otel.ports",
    "FlushResult": "clippy_otel.ledger",
    "LedgerRow": "clippy_otel.ledger",
    "NotAvailableYetError": "clippy_otel.exceptions",
    "RedactingLogRecordProcessor": "clippy_otel.processors",
    "RedactingSpanProcessor": "clippy_otel.processors",
    "SamplingRule": "clippy_otel.ports",
    "Scope": "clippy_otel.scope",
    "Session": "clippy_otel.scope",
    "SessionSpanProcessor": "clippy_otel.processors",
    "SignalCoverage": "clippy_otel.hooks.coverage",
    "SpoolOptions": "clippy_otel.ports",
    "Telemetry": "clippy_otel.telemetry",
    "TelemetryCollector": "clippy_otel.collector",
    "TelemetryConfig": "clippy_otel.config",
    "attach": "clippy_otel.telemetry",
    "configure": "clippy_otel.telemetry",
    "get_telemetry": "clippy_otel.telemetry",
    "redact_measurements": "clippy_otel.hooks.measurements",
    "traced": "clippy_otel.decorators",
}

__all__ = [
    "BufferStatus",
    "ClippyOtelError",
    "ConfigurationError",
    "Coverage",
    "Event",
    "FlushResult",
    "LedgerRow",
    "NotAvailableYetError",
    "RedactingLogRecordProcessor",
    "RedactingSpanProcessor",
    "SamplingRule",
    "Scope",
    "Session",
    "SessionSpanProcessor",
    "SignalCoverage",
    "SpoolOptions",
    "Telemetry",
    "TelemetryCollector",
    "TelemetryConfig",
    "__version__",
    "attach",
    "configure",
    "get_telemetry",
    "redact_measurements",
    "traced",
]


def __getattr__(name: str) -> object:
    if name not in _EXPORTS:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    value = getattr(import_module(_EXPORTS[name]), name)
    globals()[name] = value  # the next look-up finds it without coming here
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
