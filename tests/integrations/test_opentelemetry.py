"""Under `opentelemetry-instrument` a program's telemetry is redacted without a line of code, or the failure is said."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from clippy_otel import telemetry as telemetry_module
from clippy_otel._sdk import providers as sdk_providers
from clippy_otel.config import resolve
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.hooks.targets import Targets
from clippy_otel.integrations import opentelemetry as zero_code
from clippy_otel.pipeline import Pipeline
from clippy_otel.telemetry import Setup
from tests._collector import Collector, ReceivedMetric
from tests.integrations._programs import EMAIL, hooks_in, program, run, secrets_in

# As gRPC's exporters take it, and this package's own delivery does not.
GRPC_ENDPOINT = "localhost:4317"
FULL = ["full", []]


def instrumented(
    exporter: str, environ: Mapping[str, str] | None = None, settings: Mapping[str, Any] | None = None
) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    """Run the program under opentelemetry-instrument; return what it wrote, and what it said of its telemetry."""
    exporters = [f"--{signal}_exporter={exporter}" for signal in ("traces", "logs", "metrics")]
    report = Path("report.json").absolute()
    done = run(
        "opentelemetry-instrument",
        *exporters,
        sys.executable,
        program("_instrumented.py"),
        str(report),
        json.dumps(settings) if settings else "",
        environ={"OTEL_RESOURCE_ATTRIBUTES": "owner=canary.resource@example.com", **(environ or {})},
    )
    said: dict[str, Any] = json.loads(report.read_text())
    return done, said


def exported_to(collector: Collector, **environ: str) -> str:
    """Run the program with the stock OTLP exporters, and return the very bytes that the Collector wrote."""
    instrumented("otlp", {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.grpc_endpoint, **environ})

    def has_queue(found: list[ReceivedMetric]) -> bool:
        return any(metric.name == "queue" for metric in found)

    collector.wait_for(collector.metrics, has_queue)  # the last that a program sends
    collector.stop()
    return collector.raw_bytes().decode()


def test_everything_that_arrives_is_redacted(collector: Collector) -> None:
    """Spans, logs and metrics go through the stock exporters to a real Collector without any personal data."""
    written = exported_to(collector)
    assert secrets_in(written.replace(",", "\n")) == []
    mail, failing = collector.spans()
    assert (mail.name, failing.name) == ("mail [REDACTED]", "failing")
    assert mail.attributes == {"password": "[REDACTED]", "note": "card [REDACTED]", "colour": "red", "count": 7}
    assert [(event.name, event.attributes) for event in mail.events] == [("sent [REDACTED]", {"to": "[REDACTED]"})]
    assert failing.events[0].attributes["exception.message"] == failing.status_message.removeprefix("ValueError: ")
    logs = collector.logs()
    assert {log.event_name for log in logs} >= {"mail.sent", "session.start", "feature.used", "session.end"}
    assert "wrote to [REDACTED]" in [log.body for log in logs]  # of the instrumentation of `logging`
    assert {metric.name for metric in collector.metrics()} >= {"orders", "queue", "page.load"}
    assert mail.resource["owner"] == logs[-1].resource["owner"] == collector.metrics()[0].resource["owner"]


def test_switched_off_everything_arrives_as_it_was(collector: Collector) -> None:
    """The control: the test above can fail, and telemetry that is off changes nothing of a program's own."""
    written = exported_to(collector, CLIPPY_OTEL_ENABLED="off")
    places = ("name", "event", "to", "logging", "body", "exception", "counter", "observed", "resource", "password")
    assert [place for place in places if f"canary.{place}@" not in written and f"canary-{place}" not in written] == []
    assert "4111 1111" in written


@pytest.mark.parametrize(
    "environ",
    [{"CLIPPY_OTEL_ENABLED": "false"}, {"CLIPPY_OTEL_ENABLED": " No "}, {"OTEL_SDK_DISABLED": "TRUE"}],
    ids=str,
)
def test_switched_off_nothing_is_loaded(environ: dict[str, str]) -> None:
    """Each way to say it leaves out the hooks and what they need; a setting that is wrong besides matters to nobody."""
    shown = "import sys; print(*sorted(name for name in sys.modules if name.startswith('clippy_otel.')))"
    command = ("opentelemetry-instrument", "--traces_exporter=none", sys.executable, "-c", shown)
    done = run(*command, environ={**environ, "CLIPPY_OTEL_SAMPLING": "nonsense"})
    loaded = done.stdout.split()
    assert "clippy_otel.integrations.opentelemetry" in loaded  # it was asked
    assert not {"clippy_otel.telemetry", "clippy_otel.pipeline", "clippy_otel.hooks"} & set(loaded)
    assert "clippy_otel" not in done.stderr


def test_the_console_shows_redacted_telemetry_only() -> None:
    """Whatever the exporter and its endpoint; coverage() says that all is reached, and that we deliver nothing."""
    done, said = instrumented("console", {"OTEL_EXPORTER_OTLP_ENDPOINT": GRPC_ENDPOINT})
    assert secrets_in(done.stdout) == []
    assert done.stdout.count("[REDACTED]") > 10
    assert said == {
        "running": True,
        "coverage": {"spans": FULL, "logs": FULL, "metrics": FULL},
        "delivered": [False, False, False],
    }


def test_settings_of_the_environment_hold() -> None:
    """CLIPPY_OTEL_* say what is redacted beside the built-in fields, and as what."""
    done, _ = instrumented("console", {"CLIPPY_OTEL_REDACT_FIELDS": "colour", "CLIPPY_OTEL_PLACEHOLDER": "<gone>"})
    assert '"colour": "<gone>"' in done.stdout
    assert "[REDACTED]" not in done.stdout


@pytest.mark.parametrize("variable", ["CLIPPY_OTEL_SAMPLING", "CLIPPY_OTEL_ENABLED", "CLIPPY_OTEL_MAX_QUEUE_SIZE"])
def test_settings_that_cannot_be_used_leave_the_defaults_on(variable: str) -> None:
    """The application runs, it is said once, coverage() says it too, and what goes out is redacted."""
    done, said = instrumented("console", {variable: "nonsense"})
    assert secrets_in(done.stdout) == []
    assert "[REDACTED]" in done.stdout
    assert done.stderr.count(variable) == 1
    for redacted, reasons in said["coverage"].values():
        assert redacted == "partial"
        assert reasons[0].startswith("the settings are not used, redaction has its defaults: ")
        assert variable in reasons[0]


def test_a_program_that_configures_goes_on_with_its_own_settings() -> None:
    """configure() applies its settings to what is attached, as often as it says the same; the exporters stay theirs."""
    done, said = instrumented("console", {"CLIPPY_OTEL_PLACEHOLDER": "<gone>"}, {"redact_fields": ["colour"]})
    assert secrets_in(done.stdout) == []
    assert '"colour": "<gone>"' in done.stdout
    assert done.stdout.count('"event_name": "feature.used"') == 1
    assert said["delivered"] == [False, False, False]


def test_without_providers_nothing_is_joined_and_it_is_said() -> None:
    """Where auto-instrumentation sets no provider up, that is said, and configure() works as it does without it."""
    done, said = instrumented("console", {"OTEL_PYTHON_CONFIGURATOR": "none"})
    assert said["running"] is False
    assert "no provider" in said["coverage"]["spans"][1][0]
    assert done.stderr.count("nothing is redacted: ") == 1
    done, said = instrumented("console", {"OTEL_PYTHON_CONFIGURATOR": "none"}, {"transport": "console"})
    assert secrets_in(done.stdout) == []
    assert "mail [REDACTED]" in done.stdout
    assert said == {
        "running": True,
        "coverage": {"spans": FULL, "logs": FULL, "metrics": FULL},
        "delivered": [True, True, True],
    }


def test_the_installed_package_changes_no_other_process() -> None:
    """Without opentelemetry-instrument nothing of it is loaded, and no provider has a hook."""
    code = (
        "import sys; from opentelemetry import trace; from opentelemetry.sdk.trace import TracerProvider;"
        "trace.set_tracer_provider(TracerProvider()); trace.get_tracer('app').start_span('work').end();"
        "print(*(name for name in sys.modules if name.startswith('clippy_otel')))"
    )
    assert run("python", "-c", code).stdout.strip() == ""


@pytest.fixture
def joined(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[TracerProvider, InMemorySpanExporter]]:
    """Attach a telemetry of its own, as without code, to a tracer provider; return that and where its spans go."""
    monkeypatch.setattr(telemetry_module, "_process", telemetry_module.Telemetry())
    exporter, tracers = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    tracers.add_span_processor(SimpleSpanProcessor(exporter))
    targets = Targets(tracers, LoggerProvider(shutdown_on_exit=False), MeterProvider(shutdown_on_exit=False))
    telemetry_module.join(Setup(resolve(delivers=False), targets, delivers=False, without_code=True))
    yield tracers, exporter
    telemetry_module.get_telemetry().shutdown()


def test_while_a_program_takes_over_nothing_is_exported_raw(
    monkeypatch: pytest.MonkeyPatch, joined: tuple[TracerProvider, InMemorySpanExporter]
) -> None:
    """Spans that end in other threads while configure() is at work are redacted by the old settings or the new."""
    tracers, exporter = joined

    make = Pipeline.__init__

    def make_slowly(pipeline: Pipeline, *args: Any, **settings: Any) -> None:
        tracers.get_tracer("app").start_span(EMAIL.format("one")).end()
        make(pipeline, *args, **settings)
        tracers.get_tracer("app").start_span(EMAIL.format("two")).end()

    monkeypatch.setattr(Pipeline, "__init__", make_slowly)
    telemetry = telemetry_module.configure(placeholder="<gone>")
    assert [span.name for span in exporter.get_finished_spans()] == ["[REDACTED]", "<gone>"]
    assert hooks_in(spans=tracers) == ["spans"]
    telemetry.shutdown()
    assert hooks_in(spans=tracers) == []


def test_a_program_takes_over_once(joined: tuple[TracerProvider, InMemorySpanExporter]) -> None:
    """After its first configure() the rules are those of any: other settings raise, or replace."""
    tracers, exporter = joined
    telemetry = telemetry_module.configure("shop")
    assert telemetry_module.configure("shop") is telemetry
    with pytest.raises(ConfigurationError, match="already configured"):
        telemetry_module.configure("other")
    with pytest.raises(ConfigurationError, match="already"):
        telemetry_module.attach(tracer_provider=tracers)
    telemetry_module.configure("other", placeholder="<gone>", replace=True)
    tracers.get_tracer("app").start_span(EMAIL.format("one")).end()
    assert [span.name for span in exporter.get_finished_spans()] == ["<gone>"]


def test_a_signal_that_cannot_be_reached_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Where a setup has a provider for spans alone, those are redacted, and the other signals named."""
    tracers = TracerProvider(shutdown_on_exit=False)
    monkeypatch.setattr(telemetry_module, "_process", telemetry_module.Telemetry())
    monkeypatch.setattr(sdk_providers, "global_provider", {"spans": tracers}.get)
    with caplog.at_level(logging.CRITICAL, logger="clippy_otel"):
        zero_code.attach_without_code()
    with telemetry_module.get_telemetry() as telemetry:
        assert hooks_in(spans=tracers) == ["spans"]
        assert [signal.redacted for signal in telemetry.coverage()] == ["full", "none", "none"]
    assert [record.getMessage().partition(": no global")[0] for record in caplog.records] == [
        "clippy_otel: not redacted: logger provider",
        "clippy_otel: not redacted: meter provider",
    ]


@pytest.mark.swallows
def test_a_failure_while_attaching_is_said_and_not_raised(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever goes wrong: the caller hears of no exception, the log and coverage() of the failure, not of its text."""

    def fail(_: object) -> None:
        raise RuntimeError("canary.failure@example.com")

    monkeypatch.setattr(telemetry_module, "_process", telemetry_module.Telemetry())
    monkeypatch.setattr(telemetry_module, "join", fail)
    monkeypatch.setattr(Targets, "found", lambda *_: object())
    with caplog.at_level(logging.CRITICAL, logger="clippy_otel"):
        zero_code.attach_without_code()
    (said,) = caplog.records
    failure = "nothing is redacted: attaching failed (RuntimeError)"
    assert (said.levelname, said.getMessage()) == ("CRITICAL", f"clippy_otel: {failure}")
    coverage = telemetry_module.get_telemetry().coverage()
    assert all(signal.reasons[0] == failure for signal in coverage)
    assert {signal.redacted for signal in coverage} == {"none"}
