"""ErrorTracking: errors with what led to them, in groups, and whether they were recovered from.

Specification, component 4. What captures never raises; what configures raises at once.
"""

from __future__ import annotations

from clippy_otel.errors.groups import ErrorGroup, ErrorStats
from clippy_otel.errors.options import ErrorOptions
from clippy_otel.errors.tracking import ErrorTracking
from clippy_otel.severity import ErrorSeverity

__all__ = ["ErrorGroup", "ErrorOptions", "ErrorSeverity", "ErrorStats", "ErrorTracking"]
