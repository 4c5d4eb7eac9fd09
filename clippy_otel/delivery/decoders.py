"""What reads a request of each signal, for the transports that take it apart again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from clippy_otel.delivery.metric_points import decode_metrics
from clippy_otel.otlp.decode import decode_logs
from clippy_otel.otlp.decode_spans import decode_spans
from clippy_otel.ports import Signal

# Each returns its signal's records in their order, or raises ValueError and nothing else.
DECODERS: Final[Mapping[Signal, Callable[[bytes], list[Any]]]] = {
    "logs": decode_logs,
    "spans": decode_spans,
    "metrics": decode_metrics,
}
