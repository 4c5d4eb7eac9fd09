"""HealthCheck: whether what the application depends on works, checked periodically and on demand.

Specification, component 5. What registers raises at once where it is wrong; what checks and reports never raises.
"""

from __future__ import annotations

from clippy_otel.health.component import HealthCheck
from clippy_otel.health.deadline import time_left_s
from clippy_otel.health.options import HealthOptions, Probe
from clippy_otel.health.status import HealthReport, HealthResult, HealthStatus, ServiceHealth

__all__ = [
    "HealthCheck",
    "HealthOptions",
    "HealthReport",
    "HealthResult",
    "HealthStatus",
    "Probe",
    "ServiceHealth",
    "time_left_s",
]
