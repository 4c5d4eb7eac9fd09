"""clippy_otel.testing: what users test with is isolated, repeatable and shows everything."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from clippy_otel.ports import Outcome, Verdict
from clippy_otel.telemetry import get_telemetry
from clippy_otel.testing import CapturedTelemetry, FakeClock, InMemoryTransport, SequentialIds, capture
from tests._requests import record, request
from tests._signals import counter, gauge, metrics_request, span, span_request


def test_captures_are_isolated_from_each_other_and_from_the_process() -> None:
    """Nothing global is set, and two captures do not see each other."""
    with capture() as one, capture() as two:
        one.telemetry.collector.track("a")
        assert [event["type"] for event in one.events] == ["a"]
        assert two.events == []
        assert get_telemetry() is not one.telemetry
        assert not get_telemetry().is_running()


def test_runs_are_repeatable() -> None:
    """Ids count and time stands still: two equal runs give equal records."""
    runs = []
    for _ in range(2):
        with capture(pseudonym_key="0123456789abcdef") as captured:
            with captured.telemetry.scope(user_id="alice"):
                captured.telemetry.collector.track("a", {"x": 1})
            captured.clock.advance(ms=1500)
            captured.telemetry.collector.track("b")
            runs.append(captured.events)
    assert runs[0] == runs[1]
    assert runs[0][1]["timestamp"] - runs[0][0]["timestamp"] == 1500


def test_the_environment_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own settings do not change a test."""
    monkeypatch.setenv("CLIPPY_OTEL_ENABLED", "false")
    monkeypatch.setenv("CLIPPY_OTEL_SAMPLING", "never")
    with capture() as captured:
        captured.telemetry.collector.track("a")
        assert len(captured.events) == 1


def test_clear_forgets_and_the_records_outlive_the_block() -> None:
    """What was captured can be read after the block as well."""
    with capture() as captured:
        captured.telemetry.collector.track("a")
        captured.clear()
        captured.telemetry.collector.track("b")
        captured.telemetry.collector.track_error(ValueError("x"))
    assert [event["type"] for event in captured.events] == ["b"]
    assert [error["data"]["exception.type"] for error in captured.errors] == ["ValueError"]
    assert [event["type"] for event in captured.sessions] == ["session.end"]


def test_transport_keeps_what_was_delivered() -> None:
    """A transport in memory gives its signal's records back, those of a refused request left out."""
    logs, spans, metrics = InMemoryTransport(), InMemoryTransport(), InMemoryTransport()
    for transport, data in (
        (logs, request(record("a"))),
        (spans, span_request(span("a"))),
        (metrics, metrics_request(gauge("a"))),
    ):
        transport.send(data, 1.0)
        transport.outcome = Outcome(Verdict.REFUSED)
        transport.send(data, 1.0)
    assert [log.event_name for log in logs.logs()] == ["a"]
    assert [made.name for made in spans.spans()] == ["a"]
    assert [point.name for point in metrics.metrics()] == ["a"]


def test_spans_come_in_the_order_of_their_ends() -> None:
    """A request has spans by their scope; what a test sees is the order in which they ended."""
    with capture() as captured:
        captured._transports["spans"].send(
            span_request(span("outer", end_time_unix_nano=9), span("first", end_time_unix_nano=1), span("inner")), 1.0
        )
        assert [made.name for made in captured.spans] == ["first", "outer", "inner"]
        captured.clear()
        assert captured.spans == []


def test_metrics_are_those_of_the_last_collection() -> None:
    """A series is one point, the one that was collected last; another unit or attribute is another series."""
    with capture() as captured:
        transport = captured._transports["metrics"]
        transport.send(metrics_request(counter("n", 1, {"a": 1, "b": 2}), counter("n", 5)), 1.0)
        transport.send(metrics_request(counter("n", 2, {"b": 2, "a": 1}), counter("n", 7, unit="By")), 1.0)
        assert [(point.value, point.unit) for point in captured.metrics] == [(2, "1"), (5, "1"), (7, "By")]


def test_the_fixture_is_there_without_an_import(captured_telemetry: CapturedTelemetry) -> None:
    """The pytest plugin comes with the package."""
    captured_telemetry.telemetry.collector.track("a")
    assert len(captured_telemetry.events) == 1


def test_the_plugin_costs_a_test_run_that_does_not_use_it_next_to_nothing(tmp_path: Path) -> None:
    """Loading the plugin imports neither the SDK nor the pipeline."""
    test = tmp_path / "test_it.py"
    test.write_text(
        "import sys\n"
        "def test_it():\n"
        "    assert 'clippy_otel.pytest_plugin' in sys.modules\n"
        "    assert 'clippy_otel.pipeline' not in sys.modules\n"
        "    assert 'opentelemetry.sdk' not in sys.modules\n"
    )
    plugins = ("-p", "clippy_otel.pytest_plugin", "-p", "no:cacheprovider")
    command = [sys.executable, "-m", "pytest", "-q", *plugins, str(test)]
    # Without those that other packages have installed: what they import is not ours.
    env = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False, env=env)
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_the_fakes_are_what_they_say() -> None:
    """Time moves only when told to, and ids are distinct and of the right form."""
    clock, ids = FakeClock(), SequentialIds()
    before = clock.time_ns()
    clock.advance(ms=1)
    assert clock.time_ns() - before == clock.monotonic_ns() == 1_000_000
    assert [len(ids.event_id()), len(ids.session_id())] == [32, 36]
    assert ids.event_id() != ids.event_id()
