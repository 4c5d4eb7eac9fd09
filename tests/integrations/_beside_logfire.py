"""A program with logfire and this package in one process: python _beside_logfire.py ORDER.

ORDER says who is set up first: "logfire", "attach" (before there is any provider, and again), or "alone" (this package
is not used). Nothing is sent: what logfire hands its exporters is caught, with its own scrubbing off.
"""

from __future__ import annotations

import json
import sys

import logfire
from logfire.testing import TestExporter
from opentelemetry import _logs, metrics, trace
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import clippy_otel
from clippy_otel.hooks.coverage import Coverage
from tests.integrations._programs import CARD, EMAIL, PASSWORD, hooks_in, stay_at_home


class Caught:
    """What logfire exports."""

    def __init__(self) -> None:
        self.spans = InMemorySpanExporter()
        self.with_pending = TestExporter()  # logfire gives it each span a second time, when it starts
        self.logs = InMemoryLogRecordExporter()  # type: ignore[no-untyped-call] # the SDK's
        self.metrics = InMemoryMetricReader()

    def take(self) -> dict[str, str]:
        """Return all of it as text, and forget it."""
        taken = {
            "spans": "".join(span.to_json() for span in self.spans.get_finished_spans()),
            "pending": "".join(
                span.to_json()
                for span in self.with_pending.exported_spans
                if (span.attributes or {}).get("logfire.span_type") == "pending_span"
            ),
            "logs": "".join(log.to_json() for log in self.logs.get_finished_logs()),
            "metrics": getattr(self.metrics.get_metrics_data(), "to_json", str)(),
        }
        self.spans.clear()
        self.with_pending.clear()
        self.logs.clear()
        return taken


def set_up(order: str, caught: Caught) -> Coverage:
    """Set both up, in an order; return what is covered before attach() is called for the last time."""
    if order == "attach":
        clippy_otel.attach()
    logfire.configure(
        send_to_logfire=False,
        console=False,
        scrubbing=False,
        inspect_arguments=False,
        additional_span_processors=[SimpleSpanProcessor(caught.spans), SimpleSpanProcessor(caught.with_pending)],
        metrics=logfire.MetricsOptions(additional_readers=[caught.metrics]),
        advanced=logfire.AdvancedOptions(log_record_processors=[SimpleLogRecordProcessor(caught.logs)]),
    )
    strayed = clippy_otel.get_telemetry().coverage()
    if order in ("logfire", "attach"):
        clippy_otel.attach()
    return strayed


def work() -> None:
    """Record personal data with logfire's own API and with OpenTelemetry's."""
    with logfire.span("order of {who}", who=EMAIL.format("span"), password=PASSWORD) as span:
        span.set_attribute("card", CARD)
        logfire.info("mail to {to}", to=EMAIL.format("info"))
        logfire.metric_counter("orders").add(1, {"who": EMAIL.format("counter")})
    try:
        with trace.get_tracer("app").start_as_current_span(f"get {EMAIL.format('name')}"):
            raise ValueError(EMAIL.format("exception"))
    except ValueError:
        pass
    _logs.get_logger("app").emit(body=f"wrote to {EMAIL.format('log')}", event_name="mail")
    metrics.get_meter("app").create_histogram("size").record(3, {"who": EMAIL.format("histogram")})
    clippy_otel.get_telemetry().collector.track("feature.used", {"who": EMAIL.format("track")})


def summary(coverage: Coverage) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return what is redacted of each signal, and what is not and why."""
    return {name: (signal.redacted, signal.reasons) for name, signal in coverage._asdict().items()}


def hooks_of_logfire() -> list[str]:
    """Return which of its providers have a hook."""
    return hooks_in(
        spans=trace.get_tracer_provider(), logs=_logs.get_logger_provider(), metrics=metrics.get_meter_provider()
    )


def main(order: str) -> None:
    """Work, attached and not attached any more, and say what logfire exported."""
    caught, tried = Caught(), stay_at_home()
    before = summary(set_up(order, caught))
    work()
    attached = caught.take()
    coverage = summary(clippy_otel.get_telemetry().coverage())
    hooks = [hooks_of_logfire()]
    clippy_otel.get_telemetry().shutdown()
    hooks.append(hooks_of_logfire())
    caught.take()
    work()
    said = {"before": before, "attached": attached, "coverage": coverage, "hooks": hooks, "after": caught.take()}
    json.dump({**said, "tried": tried}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
