"""attach: a setup that exists is joined, by one call, once; and left as it was."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from opentelemetry import _logs, metrics, trace
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider

from clippy_otel._sdk import providers as sdk_providers
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.pipeline import Pipeline
from clippy_otel.ports import SIGNALS
from clippy_otel.telemetry import Telemetry, attach, configure, get_telemetry
from tests._hooks import HIDDEN, MAIL, Logs, Spans, set_globals

pytestmark = pytest.mark.usefixtures("own_process_telemetry")


class Theirs:
    """Somebody's setup, set globally."""

    def __init__(self) -> None:
        resource = Resource({"service.name": "theirs"})
        self.spans, self.logs, self.reader = Spans(), Logs(), InMemoryMetricReader()
        self.tracer_provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self.tracer_provider.add_span_processor(self.spans)
        self.logger_provider = LoggerProvider(resource=resource, shutdown_on_exit=False)
        self.logger_provider.add_log_record_processor(self.logs)
        self.meter_provider = MeterProvider([self.reader], resource=resource, shutdown_on_exit=False)
        set_globals(spans=self.tracer_provider, logs=self.logger_provider, meters=self.meter_provider)

    def record(self, text: str) -> None:
        """Record something of each signal."""
        trace.get_tracer("app").start_span(text).end()
        _logs.get_logger("app").emit(body=text)
        metrics.get_meter("app").create_counter("c").add(1, {"to": text})

    def bodies(self) -> list[Any]:
        """Return what their log processor saw."""
        return [emitted.log_record.event_name or emitted.log_record.body for emitted in self.logs.emitted]

    def labels(self) -> set[Any]:
        """Return what their metric reader sees."""
        data: Any = self.reader.get_metrics_data()
        found = [of_scope for of_resource in data.resource_metrics for of_scope in of_resource.scope_metrics]
        points = [point for of_scope in found for metric in of_scope.metrics for point in metric.data.data_points]
        return {point.attributes.get("to") for point in points}


def nonzero(telemetry: Telemetry) -> dict[str, dict[str, int]]:
    """Return the books, once it is sure that they add up."""
    rows = telemetry.collector.buffer_status().ledger
    for row in rows.values():
        rest = sum(value for name, value in row._asdict().items() if name not in ("offered", "adopted"))
        assert row.offered + row.adopted == rest
    return {signal: row.nonzero() for signal, row in rows.items()}


def test_everything_they_export_is_redacted() -> None:
    """One call, and all three signals are; nothing of ours is added, and the books say who has it."""
    theirs = Theirs()
    telemetry = attach()
    assert telemetry is get_telemetry()
    theirs.record(MAIL)
    telemetry.collector.track("sign.up", {"to": MAIL})
    assert theirs.spans.ended[0].name == HIDDEN
    assert theirs.bodies() == [HIDDEN, "session.start", "sign.up"]
    assert theirs.logs.emitted[2].log_record.attributes["to"] == HIDDEN
    assert theirs.labels() == {HIDDEN}
    assert telemetry.coverage().complete
    assert not any(signal.delivered for signal in telemetry.coverage())
    assert nonzero(telemetry) == {
        "logs": {"offered": 3, "handed_over": 3},
        "spans": {"offered": 1, "handed_over": 1},
        "metrics": {},
    }
    assert telemetry.flush().ok


def test_with_deliver_both_have_everything() -> None:
    """Our delivery joins their exporters."""
    theirs, delivered = Theirs(), list[Any]()

    class Target:
        def logs(self, events: list[Any]) -> None:
            delivered.extend(events)

        spans = metrics = logs

    telemetry = attach(deliver=True, transport="custom", custom_transport=Target())
    theirs.record(MAIL)
    telemetry.collector.track("sign.up")
    assert telemetry.flush().ok
    assert theirs.bodies() == [HIDDEN, "session.start", "sign.up"]
    assert {event["type"] for event in delivered} == {
        HIDDEN,
        "log",
        "session.start",
        "sign.up",
        "performance.metric",
    }
    assert MAIL not in str(delivered)
    assert all(signal.delivered for signal in telemetry.coverage())
    assert nonzero(telemetry) == {
        "logs": {"offered": 3, "exported": 3},
        "spans": {"offered": 1, "exported": 1},
        # Beside theirs: that records and a span were exported, and how large the spool is.
        "metrics": {"offered": 4, "exported": 4},
    }


def test_the_same_call_again_changes_nothing_and_another_one_raises() -> None:
    """Hooks are not put in twice; other settings or providers are said to be in the way."""
    theirs = Theirs()
    telemetry = attach(redact_fields=("team",))
    hook = vars(theirs.tracer_provider._active_span_processor)["on_end"]
    assert attach(redact_fields=("team",)) is telemetry
    assert vars(theirs.tracer_provider._active_span_processor)["on_end"] is hook
    for other in ({}, {"redact_fields": ("team",), "deliver": True}, {"tracer_provider": theirs.tracer_provider}):
        with pytest.raises(ConfigurationError, match="shut it down first"):
            attach(**other)
    with pytest.raises(ConfigurationError, match="replace=True"):
        configure("shop", set_global=False)
    theirs.record(MAIL)
    assert len(theirs.spans.ended) == len(theirs.logs.emitted) == 1


def test_a_shutdown_undoes_it_and_another_attach_may_follow() -> None:
    """Theirs goes on, raw, and is not ended; joined once more, it is redacted by the new settings."""
    theirs = Theirs()
    multis = theirs.tracer_provider._active_span_processor, theirs.logger_provider._multi_log_record_processor
    before = [dict(vars(multi)) for multi in multis]
    attach().shutdown()
    assert [dict(vars(multi)) for multi in multis] == before
    theirs.record(MAIL)
    assert (theirs.spans.ended[-1].name, theirs.bodies()[-1]) == (MAIL, MAIL)
    assert theirs.spans.shut_down == theirs.logs.shut_down == 0
    telemetry = attach(placeholder="***")
    theirs.record(MAIL)
    assert (theirs.spans.ended[-1].name, theirs.bodies()[-1]) == ("***", "***")
    assert theirs.labels() == {MAIL, "***"}
    telemetry.shutdown()
    assert [dict(vars(multi)) for multi in multis] == before


def test_without_anything_to_join_it_is_private_and_says_so() -> None:
    """No global provider is set, what is recorded with us is not lost where we deliver, and coverage tells."""
    delivered: list[Any] = []
    telemetry = attach(deliver=True, transport="custom", custom_transport=delivered.extend)
    telemetry.collector.track("a")
    assert telemetry.flush().ok
    assert [event["type"] for event in delivered] == ["session.start", "a"]
    assert [sdk_providers.global_provider(signal) for signal in SIGNALS] == [None] * 3
    assert not telemetry.coverage().complete
    assert all(signal.provider == "none" for signal in telemetry.coverage())


def test_a_setup_that_comes_later_is_joined_by_the_same_call() -> None:
    """coverage() says that there is one by then, and calling attach() again is enough."""
    telemetry = attach()
    theirs = Theirs()
    assert "attach() again" in telemetry.coverage().spans.reasons[0]
    theirs.record(MAIL)
    assert theirs.spans.ended[-1].name == MAIL
    assert attach() is telemetry
    theirs.record(MAIL)
    assert (theirs.spans.ended[-1].name, theirs.bodies()[-1]) == (HIDDEN, HIDDEN)
    assert telemetry.coverage().complete


def test_replacing_an_attached_telemetry_leaves_their_setup() -> None:
    """configure(replace=True) goes on with providers of our own; hooks of ours are not left behind."""
    theirs = Theirs()
    attach()
    telemetry = configure(
        "shop", replace=True, set_global=False, transport="custom", custom_transport=list[Any]().extend
    )
    theirs.record(MAIL)
    assert (theirs.spans.ended[-1].name, theirs.bodies()[-1]) == (MAIL, MAIL)
    assert "on_end" not in vars(theirs.tracer_provider._active_span_processor)
    assert telemetry.tracer_provider is not theirs.tracer_provider


def test_explicit_providers_are_joined_and_the_global_ones_are_not() -> None:
    """What is given is what is meant; the resource of our records is theirs."""
    theirs = Theirs()
    spans, provider = Spans(), TracerProvider(resource=Resource({"service.name": "mine"}), shutdown_on_exit=False)
    provider.add_span_processor(spans)
    telemetry = attach(tracer_provider=provider)
    trace.get_tracer("app").start_span(MAIL).end()
    telemetry.tracer.start_span(MAIL).end()
    assert telemetry.tracer_provider is provider
    assert theirs.spans.ended[0].name == MAIL
    assert spans.ended[0].name == HIDDEN


def test_what_others_see_of_live_spans_is_named() -> None:
    """No hook reaches on_start."""

    class Watching(Spans):
        def on_start(self, span: Any, parent_context: Any = None) -> None:
            pass

    theirs = Theirs()
    theirs.tracer_provider.add_span_processor(Watching())
    coverage = attach().coverage()
    assert coverage.spans.redacted == "partial"
    assert "Watching" in coverage.spans.reasons[0]


def test_after_shutdown_nothing_is_covered() -> None:
    """It says why, and blames nobody else for it."""
    Theirs()
    telemetry = attach()
    assert telemetry.coverage().complete
    telemetry.shutdown()
    shut_down = ("none", "none", False, ("telemetry is shut down",))
    assert [signal[1:5] for signal in telemetry.coverage()] == [shut_down] * 3
    assert telemetry.coverage().spans.provider == "TracerProvider"


@pytest.mark.swallows
def test_an_exception_of_their_processors_does_not_reach_track() -> None:
    """What they raise for their own records is the SDK's business; for ours it stops here."""

    class Broken(Logs):
        def on_emit(self, log_record: Any) -> None:  # noqa: ARG002 - the SDK's signature
            raise RuntimeError

    theirs = Theirs()
    theirs.logger_provider.add_log_record_processor(Broken())
    telemetry = attach()
    telemetry.collector.track("a")
    assert theirs.bodies() == ["session.start", "a"]
    with pytest.raises(RuntimeError):
        _logs.get_logger("app").emit(body="theirs")


def test_providers_of_ours_can_be_joined_after_their_shutdown() -> None:
    """What is registered with them later sees redacted spans, and the books say where those went."""
    code = """
import clippy_otel
from opentelemetry import trace
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

clippy_otel.configure("x", transport="console").shutdown()
telemetry = clippy_otel.attach()
exporter = InMemorySpanExporter()
trace.get_tracer_provider().add_span_processor(SimpleSpanProcessor(exporter))
trace.get_tracer("app").start_span("mail ada@example.com").end()
print([span.name for span in exporter.get_finished_spans()])
print(telemetry.collector.buffer_status().ledger["spans"].nonzero())
telemetry.shutdown()
trace.get_tracer("app").start_span("after").end()
telemetry = clippy_otel.configure("x", transport="console")
trace.get_tracer("app").start_span("again ada@example.com").end()
telemetry.flush()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    first, second, *shown = done.stdout.splitlines()
    assert (first, second) == ("['mail [REDACTED]']", "{'offered': 1, 'handed_over': 1}")
    assert [line for line in shown if "again [REDACTED]" in line]
    assert "ada@example.com" not in done.stdout


def test_to_join_what_is_new_leaves_no_moment_in_which_the_rest_is_not_redacted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A logger provider is set late: until it is joined, with the others anew, the old hooks go on redacting."""
    theirs, late = Theirs(), LoggerProvider(shutdown_on_exit=False)
    attach(tracer_provider=theirs.tracer_provider, meter_provider=theirs.meter_provider)
    monkeypatch.setattr(_logs._internal, "_LOGGER_PROVIDER", late)
    make = Pipeline.__init__

    def record_and_make(*args: Any, **kwargs: Any) -> None:
        theirs.record(MAIL)
        make(*args, **kwargs)

    monkeypatch.setattr(Pipeline, "__init__", record_and_make)
    telemetry = attach(tracer_provider=theirs.tracer_provider, meter_provider=theirs.meter_provider)
    theirs.record(MAIL)
    assert [span.name for span in theirs.spans.ended] == [HIDDEN, HIDDEN]
    assert theirs.labels() == {HIDDEN}
    assert telemetry.coverage().complete
    telemetry.shutdown()
    theirs.record("mail to " + MAIL)
    assert theirs.spans.ended[-1].name == "mail to " + MAIL
