"""Decorators that record what a function does, without a line in its body.

`traced` gives each call a span, `measured` a duration, `ai_operation` an AI operation; `feature_used` counts it, and
`capture_errors` records what escapes from it. The process's telemetry is taken when the call is made, not when the
function is decorated: a module may be decorated long before configure(). What is recorded of a call never changes what
the call does: its arguments, its result and its exceptions are the application's own.
"""

from __future__ import annotations

from clippy_otel.decorators.ai_operations import ai_operation
from clippy_otel.decorators.capturing import capture_errors
from clippy_otel.decorators.measuring import measured
from clippy_otel.decorators.tracing import traced
from clippy_otel.decorators.usage import feature_used

__all__ = ["ai_operation", "capture_errors", "feature_used", "measured", "traced"]
