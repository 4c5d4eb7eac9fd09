"""How long things take: marks and measures, AI operations, web vitals, and what the process takes of its machine."""

from __future__ import annotations

from clippy_otel.performance.ai_operation import AIOperation
from clippy_otel.performance.ai_summary import AISummary
from clippy_otel.performance.metrics import PerformanceMetrics
from clippy_otel.performance.options import PerformanceOptions
from clippy_otel.performance.resources import ResourceMetrics
from clippy_otel.performance.web_vitals import CoreWebVitals

__all__ = [
    "AIOperation",
    "AISummary",
    "CoreWebVitals",
    "PerformanceMetrics",
    "PerformanceOptions",
    "ResourceMetrics",
]
