"""A program that knows nothing of its exporters: python _instrumented.py REPORT [SETTINGS].

It records personal data with OpenTelemetry's API, with `logging` and with this package, and writes to the file REPORT
what its telemetry is like. With settings (a JSON object) it configures this package itself.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from opentelemetry import _logs, metrics, trace
from opentelemetry.metrics import CallbackOptions, Observation

import clippy_otel
from tests.integrations._programs import CARD, EMAIL, PASSWORD


def observe(_: CallbackOptions) -> Iterable[Observation]:
    """Measure a queue whose owner is a person; asked at the exit for the last time."""
    yield Observation(1, {"owner": EMAIL.format("observed")})


def record_spans() -> None:
    """Record spans with personal data in name, attributes, events and an exception."""
    tracer = trace.get_tracer("app")
    attributes: Mapping[str, Any] = {"password": PASSWORD, "note": f"card {CARD}", "colour": "red", "count": 7}
    with tracer.start_as_current_span(f"mail {EMAIL.format('name')}", attributes=attributes) as span:
        span.add_event(f"sent {EMAIL.format('event')}", {"to": EMAIL.format("to")})
        logging.getLogger("app").warning("wrote to %s", EMAIL.format("logging"))
        _logs.get_logger("app").emit(body={"to": EMAIL.format("body")}, event_name="mail.sent")
    try:
        with tracer.start_as_current_span("failing"):
            raise ValueError(EMAIL.format("exception"))
    except ValueError:
        pass


def record_metrics() -> None:
    """Record measurements of persons."""
    meter = metrics.get_meter("app")
    meter.create_counter("orders").add(1, {"who": EMAIL.format("counter")})
    meter.create_observable_gauge("queue", callbacks=[observe])


def main(report: str, settings: str = "") -> None:
    """Record, and say what the telemetry is like."""
    if settings:
        for _ in range(2):  # the second time says nothing new
            clippy_otel.configure(config=json.loads(settings))
    telemetry = clippy_otel.get_telemetry()
    record_spans()
    record_metrics()
    telemetry.collector.track("feature.used", {"who": EMAIL.format("track")})
    telemetry.collector.track_performance("page.load", 12.5, attributes={"who": EMAIL.format("performance")})
    said = {
        "running": telemetry.is_running(),
        "coverage": {
            name: (signal.redacted, signal.reasons) for name, signal in telemetry.coverage()._asdict().items()
        },
        "delivered": [signal.delivered for signal in telemetry.coverage()],
    }
    Path(report).write_text(json.dumps(said), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
