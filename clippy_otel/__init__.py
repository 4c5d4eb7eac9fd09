"""OpenTelemetry-based telemetry: product events, performance, errors, health and privacy, over plain OTLP.

Names are loaded when they are first used (PEP 562), so that `import clippy_otel` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from clippy_otel._version import __version__

if TYPE_CHECKING:
    from clippy_otel.analytics import (
        AnalyticsOptions,
        ConversationStats,
        FeatureStats,
        ProactiveMetrics,
        ProviderStats,
        SessionStats,
        UsageAnalytics,
    )
    from clippy_otel.breadcrumbs import Breadcrumb
    from clippy_otel.collector import BufferStatus, TelemetryCollector
    from clippy_otel.config import TelemetryConfig
    from clippy_otel.decorators import ai_operation, capture_errors, feature_used, measured, traced
    from clippy_otel.errors import ErrorGroup, ErrorOptions, ErrorSeverity, ErrorStats, ErrorTracking
    from clippy_otel.exceptions import ClippyOtelError, ConfigurationError, NotAvailableYetError
    from clippy_otel.exporters import SpoolingLogExporter, SpoolingMetricExporter, SpoolingSpanExporter
    from clippy_otel.health import (
        HealthCheck,
        HealthOptions,
        HealthReport,
        HealthResult,
        HealthStatus,
        Probe,
        ServiceHealth,
        time_left_s,
    )
    from clippy_otel.hooks.coverage import Coverage, SignalCoverage
    from clippy_otel.hooks.measurements import redact_measurements
    from clippy_otel.ledger import FlushResult, LedgerRow
    from clippy_otel.performance import (
        AIOperation,
        AISummary,
        CoreWebVitals,
        PerformanceMetrics,
        PerformanceOptions,
        ResourceMetrics,
    )
    from clippy_otel.ports import Event, SamplingRule, SpanData, SpoolOptions
    from clippy_otel.processors import (
        GenAISummaryProcessor,
        RedactingLogRecordProcessor,
        RedactingSpanProcessor,
        SessionSpanProcessor,
    )
    from clippy_otel.propagators import RedactingBaggagePropagator
    from clippy_otel.rights import PrivacyRights
    from clippy_otel.rolling import Summary
    from clippy_otel.samplers import ProbabilisticSampler, ThrottledSampler
    from clippy_otel.sampling.held import TraceLimits
    from clippy_otel.sampling_processors import (
        KeepErrorsSpanProcessor,
        SamplingLogRecordProcessor,
        SamplingSpanProcessor,
    )
    from clippy_otel.scope import Scope
    from clippy_otel.session import Session
    from clippy_otel.telemetry import Telemetry, attach, configure, get_telemetry

_EXPORTS = {
    "AIOperation": "clippy_otel.performance",
    "AISummary": "clippy_otel.performance",
    "AnalyticsOptions": "clippy_otel.analytics",
    "Breadcrumb": "clippy_otel.breadcrumbs",
    "BufferStatus": "clippy_otel.collector",
    "ClippyOtelError": "clippy_otel.exceptions",
    "ConfigurationError": "clippy_otel.exceptions",
    "ConversationStats": "clippy_otel.analytics",
    "CoreWebVitals": "clippy_otel.performance",
    "Coverage": "clippy_otel.hooks.coverage",
    "ErrorGroup": "clippy_otel.errors",
    "ErrorOptions": "clippy_otel.errors",
    "ErrorSeverity": "clippy_otel.errors",
    "ErrorStats": "clippy_otel.errors",
    "ErrorTracking": "clippy_otel.errors",
    "Event": "clippy_otel.ports",
    "FeatureStats": "clippy_otel.analytics",
    "FlushResult": "clippy_otel.ledger",
    "GenAISummaryProcessor": "clippy_otel.processors",
    "HealthCheck": "clippy_otel.health",
    "HealthOptions": "clippy_otel.health",
    "HealthReport": "clippy_otel.health",
    "HealthResult": "clippy_otel.health",
    "HealthStatus": "clippy_otel.health",
    "KeepErrorsSpanProcessor": "clippy_otel.sampling_processors",
    "LedgerRow": "clippy_otel.ledger",
    "NotAvailableYetError": "clippy_otel.exceptions",
    "PerformanceMetrics": "clippy_otel.performance",
    "PerformanceOptions": "clippy_otel.performance",
    "PrivacyRights": "clippy_otel.rights",
    "ProactiveMetrics": "clippy_otel.analytics",
    "ProbabilisticSampler": "clippy_otel.samplers",
    "Probe": "clippy_otel.health",
    "ProviderStats": "clippy_otel.analytics",
    "RedactingBaggagePropagator": "clippy_otel.propagators",
    "RedactingLogRecordProcessor": "clippy_otel.processors",
    "RedactingSpanProcessor": "clippy_otel.processors",
    "ResourceMetrics": "clippy_otel.performance",
    "SamplingLogRecordProcessor": "clippy_otel.sampling_processors",
    "SamplingRule": "clippy_otel.ports",
    "SamplingSpanProcessor": "clippy_otel.sampling_processors",
    "Scope": "clippy_otel.scope",
    "ServiceHealth": "clippy_otel.health",
    "Session": "clippy_otel.session",
    "SessionSpanProcessor": "clippy_otel.processors",
    "SessionStats": "clippy_otel.analytics",
    "SignalCoverage": "clippy_otel.hooks.coverage",
    "SpanData": "clippy_otel.ports",
    "SpoolOptions": "clippy_otel.ports",
    "SpoolingLogExporter": "clippy_otel.exporters",
    "SpoolingMetricExporter": "clippy_otel.exporters",
    "SpoolingSpanExporter": "clippy_otel.exporters",
    "Summary": "clippy_otel.rolling",
    "Telemetry": "clippy_otel.telemetry",
    "TelemetryCollector": "clippy_otel.collector",
    "TelemetryConfig": "clippy_otel.config",
    "ThrottledSampler": "clippy_otel.samplers",
    "TraceLimits": "clippy_otel.sampling.held",
    "UsageAnalytics": "clippy_otel.analytics",
    "ai_operation": "clippy_otel.decorators",
    "attach": "clippy_otel.telemetry",
    "capture_errors": "clippy_otel.decorators",
    "configure": "clippy_otel.telemetry",
    "feature_used": "clippy_otel.decorators",
    "get_telemetry": "clippy_otel.telemetry",
    "measured": "clippy_otel.decorators",
    "redact_measurements": "clippy_otel.hooks.measurements",
    "time_left_s": "clippy_otel.health",
    "traced": "clippy_otel.decorators",
}

__all__ = [
    "AIOperation",
    "AISummary",
    "AnalyticsOptions",
    "Breadcrumb",
    "BufferStatus",
    "ClippyOtelError",
    "ConfigurationError",
    "ConversationStats",
    "CoreWebVitals",
    "Coverage",
    "ErrorGroup",
    "ErrorOptions",
    "ErrorSeverity",
    "ErrorStats",
    "ErrorTracking",
    "Event",
    "FeatureStats",
    "FlushResult",
    "GenAISummaryProcessor",
    "HealthCheck",
    "HealthOptions",
    "HealthReport",
    "HealthResult",
    "HealthStatus",
    "KeepErrorsSpanProcessor",
    "LedgerRow",
    "NotAvailableYetError",
    "PerformanceMetrics",
    "PerformanceOptions",
    "PrivacyRights",
    "ProactiveMetrics",
    "ProbabilisticSampler",
    "Probe",
    "ProviderStats",
    "RedactingBaggagePropagator",
    "RedactingLogRecordProcessor",
    "RedactingSpanProcessor",
    "ResourceMetrics",
    "SamplingLogRecordProcessor",
    "SamplingRule",
    "SamplingSpanProcessor",
    "Scope",
    "ServiceHealth",
    "Session",
    "SessionSpanProcessor",
    "SessionStats",
    "SignalCoverage",
    "SpanData",
    "SpoolOptions",
    "SpoolingLogExporter",
    "SpoolingMetricExporter",
    "SpoolingSpanExporter",
    "Summary",
    "Telemetry",
    "TelemetryCollector",
    "TelemetryConfig",
    "ThrottledSampler",
    "TraceLimits",
    "UsageAnalytics",
    "__version__",
    "ai_operation",
    "attach",
    "capture_errors",
    "configure",
    "feature_used",
    "get_telemetry",
    "measured",
    "redact_measurements",
    "time_left_s",
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
