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
    from clippy_otel.exceptions import ClippyOtelError, ConfigurationError, NotAvailableYetError
    from clippy_otel.ledger import FlushResult, LedgerRow
    from clippy_otel.ports import Event, SamplingRule, SpoolOptions
    from clippy_otel.scope import Scope, Session
    from clippy_otel.telemetry import Telemetry, configure, get_telemetry

_EXPORTS = {
    "BufferStatus": "clippy_otel.collector",
    "ClippyOtelError": "clippy_otel.exceptions",
    "ConfigurationError": "clippy_otel.exceptions",
    "Event": "clippy_otel.ports",
    "FlushResult": "clippy_otel.ledger",
    "LedgerRow": "clippy_otel.ledger",
    "NotAvailableYetError": "clippy_otel.exceptions",
    "SamplingRule": "clippy_otel.ports",
    "Scope": "clippy_otel.scope",
    "Session": "clippy_otel.scope",
    "SpoolOptions": "clippy_otel.ports",
    "Telemetry": "clippy_otel.telemetry",
    "TelemetryCollector": "clippy_otel.collector",
    "TelemetryConfig": "clippy_otel.config",
    "configure": "clippy_otel.telemetry",
    "get_telemetry": "clippy_otel.telemetry",
}

__all__ = [
    "BufferStatus",
    "ClippyOtelError",
    "ConfigurationError",
    "Event",
    "FlushResult",
    "LedgerRow",
    "NotAvailableYetError",
    "SamplingRule",
    "Scope",
    "Session",
    "SpoolOptions",
    "Telemetry",
    "TelemetryCollector",
    "TelemetryConfig",
    "__version__",
    "configure",
    "get_telemetry",
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
