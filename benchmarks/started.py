"""One fresh process of the startup benchmarks: `python -m benchmarks.started SIDE BASE` prints milliseconds and MB.

SIDE is `bare` or `ours`. BASE is what both have: `imported`, the SDK of the three signals and their OTLP exporters
over HTTP; `configured`, providers with those exporters on top, as an application of the bare SDK has them at work; or
`recorded`: on the first, each side configures its own and records one event.

Nothing but what every process has is imported before the base: what is there already would cost a side nothing.
"""

from __future__ import annotations

import sys
import time

TYPE_CHECKING = False  # that of `typing`, which would be imported for it
if TYPE_CHECKING:
    from opentelemetry.sdk._logs import LoggerProvider


def main(side: str, base: str) -> None:
    """Start one side on a base, and print what the whole process has cost since it began."""
    _import_sdk()
    if base == "configured":
        _configure_sdk()
    if side == "ours":
        import clippy_otel  # noqa: PLC0415 - measured

        telemetry = clippy_otel.configure("benchmark", flush_on=())
        if base == "recorded":
            telemetry.collector.track("first", {"edition": "desktop"})
    elif base == "recorded":
        _configure_sdk().get_logger("benchmark").emit(event_name="first", attributes={"edition": "desktop"})
    time_ms = time.process_time() * 1000
    print(f"{time_ms} {_resident_bytes() / 1e6}")


def _import_sdk() -> None:
    import opentelemetry.exporter.otlp.proto.http._log_exporter  # noqa: PLC0415 - measured
    import opentelemetry.exporter.otlp.proto.http.metric_exporter  # noqa: PLC0415
    import opentelemetry.exporter.otlp.proto.http.trace_exporter  # noqa: PLC0415
    import opentelemetry.sdk._logs.export  # noqa: PLC0415
    import opentelemetry.sdk.metrics.export  # noqa: PLC0415
    import opentelemetry.sdk.trace.export  # noqa: F401, PLC0415


def _configure_sdk() -> LoggerProvider:
    from opentelemetry.exporter.otlp.proto.http import (  # noqa: PLC0415 - measured
        _log_exporter,
        metric_exporter,
        trace_exporter,
    )
    from opentelemetry.sdk import _logs, metrics, trace  # noqa: PLC0415

    logs = _logs.LoggerProvider(shutdown_on_exit=False)
    logs.add_log_record_processor(_logs.export.BatchLogRecordProcessor(_log_exporter.OTLPLogExporter()))
    spans = trace.TracerProvider(shutdown_on_exit=False)
    spans.add_span_processor(trace.export.BatchSpanProcessor(trace_exporter.OTLPSpanExporter()))
    reader = metrics.export.PeriodicExportingMetricReader(metric_exporter.OTLPMetricExporter())
    metrics.MeterProvider([reader], shutdown_on_exit=False)
    return logs


def _resident_bytes() -> int:
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123 - pathlib would be imported for it
            pages = int(statm.read().split()[1])
    except FileNotFoundError:
        import resource  # noqa: PLC0415 - not Linux: the peak, which at a start is what is held

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
    import resource  # noqa: PLC0415 - after the reading

    return pages * resource.getpagesize()


if __name__ == "__main__":
    main(*sys.argv[1:])
