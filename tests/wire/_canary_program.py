"""A program that records the canaries with everything there is: python _canary_program.py REPORT [SETTINGS].

Without settings (a JSON object) it configures nothing: it is run under `opentelemetry-instrument` then. Its last act is
to write what it has hidden to the file REPORT, by secret: the field and the kind.
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

from opentelemetry import _logs, metrics, trace

import clippy_otel
from tests.wire import _canaries


class Globals:
    """OpenTelemetry's global providers."""

    tracer_provider = trace.get_tracer_provider()
    logger_provider = _logs.get_logger_provider()
    meter_provider = metrics.get_meter_provider()


def main(report: str, settings: str = "") -> None:
    """Record, and say what was recorded."""
    logging.getLogger("app").addHandler(logging.NullHandler())  # the application's own log is its own affair
    telemetry = clippy_otel.get_telemetry()
    if settings:
        telemetry = clippy_otel.configure(config=json.loads(settings))
    _canaries.record(telemetry if settings else Globals())
    _canaries.record_own(telemetry)
    if settings:
        telemetry.shutdown(2000)
    Path(report).write_text(json.dumps(_canaries.SECRETS), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
