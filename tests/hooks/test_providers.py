"""The three providers of a pipeline: ours or somebody's, signal by signal, whatever somebody gives."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry import _logs, metrics, trace
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.trace import SynchronousMultiSpanProcessor, TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

from clippy_otel._sdk import providers as sdk_providers
from clippy_otel.hooks.own import OwnLogs, OwnTraces
from clippy_otel.ports import SIGNALS
from tests._hooks import HIDDEN, MAIL, Logs, Spans, no_globals, rig, set_globals, silent_meters


@pytest.fixture(autouse=True)
def _no_globals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each test set global providers."""
    no_globals(monkeypatch)


def traces(multi: Any = None) -> TracerProvider:
    """Return somebody's tracer provider."""
    return TracerProvider(sampler=ALWAYS_ON, active_span_processor=multi, shutdown_on_exit=False)


def logs() -> LoggerProvider:
    """Return somebody's logger provider."""
    return LoggerProvider(shutdown_on_exit=False)


def record_all(given: dict[Any, Any]) -> None:
    """Record something with each of three providers."""
    given["spans"].get_tracer("app").start_span(MAIL).end()
    given["logs"].get_logger("app").emit(body=MAIL)
    given["metrics"].get_meter("app").create_counter("c").add(1, {"to": MAIL})


def test_nothing_to_join_gives_our_own() -> None:
    """Three providers that deliver, and no global one is set."""
    with rig() as parts:
        made = parts.own()
        assert made.is_own
        record_all(made.given)
        assert (len(parts.spans()), len(parts.logs()), len(parts.points())) == (1, 1, 1)
        assert [sdk_providers.global_provider(signal) for signal in SIGNALS] == [None] * 3


def test_global_providers_are_joined_where_none_are_given() -> None:
    """Those that are set when it happens; what is used is what was found."""
    spans, records, meters = traces(), logs(), silent_meters()
    set_globals(spans=spans, logs=records, meters=meters)
    kept = Spans()
    spans.add_span_processor(kept)
    with rig(owns=False, delivers=()) as parts:
        made = parts.join()
        assert made.given == {"spans": spans, "logs": records, "metrics": meters}
        trace.get_tracer("app").start_span(MAIL).end()
        assert kept.ended[0].name == HIDDEN
        assert made.coverage(parts.intake).complete
        made.release(10)


def test_a_placeholder_stands_for_the_global_one() -> None:
    """What the API returns before a provider is set, taken at import, leads to the one that was set later."""
    placeholders = trace.get_tracer_provider(), _logs.get_logger_provider(), metrics.get_meter_provider()
    spans, records, meters = traces(), logs(), silent_meters()
    set_globals(spans=spans, logs=records, meters=meters)
    with rig(owns=False, delivers=()) as parts:
        made = parts.join(spans=placeholders[0], logs=placeholders[1], metrics=placeholders[2])
        assert made.given == {"spans": spans, "logs": records, "metrics": meters}
        made.release(10)


@pytest.mark.parametrize("is_given", [False, True])
def test_without_any_provider_there_is_a_private_one(is_given: bool) -> None:  # noqa: FBT001 - a parameter
    """It delivers what is recorded with us, is nobody's global one, and coverage says that others are not reached."""
    given: dict[str, Any] = {}
    if is_given:
        given = {"spans": trace.get_tracer_provider(), "metrics": metrics.get_meter_provider()}
        given["logs"] = _logs.get_logger_provider()
    with rig(owns=False) as parts:
        made = parts.join(**given)
        record_all(made.given)
        assert [span.name for span in parts.spans()] == [log.body for log in parts.logs()] == [HIDDEN]
        assert [sdk_providers.global_provider(signal) for signal in SIGNALS] == [None] * 3
        for signal in made.coverage(parts.intake):
            assert (signal.provider, signal.redacted, signal.sampled, signal.delivered) == (
                "none",
                "none",
                "none",
                True,
            )
            assert "no global one is set" in signal.reasons[0]
        made.release(10)


def test_one_signal_may_be_joined_and_another_not() -> None:
    """Each is judged by itself."""
    spans = traces()
    with rig(owns=False, delivers=()) as parts:
        made = parts.join(spans=spans, logs=trace.NoOpTracerProvider())
        coverage = made.coverage(parts.intake)
        assert [signal.redacted for signal in coverage] == ["full", "none", "none"]
        assert [signal.provider for signal in coverage] == ["TracerProvider", "NoOpTracerProvider", "none"]
        assert "NoOpTracerProvider" in coverage.logs.reasons[0]
        made.release(10)


class Vendor:
    """A provider of somebody's that stands before one of the SDK."""

    def __init__(self, provider: Any) -> None:
        self.provider = provider

    def get_tracer(self, *args: Any, **kwargs: Any) -> Any:
        """Return the SDK's tracer."""
        return self.provider.get_tracer(*args, **kwargs)


def test_a_wrapped_provider_is_joined_and_used_as_it_was_given() -> None:
    """The hooks go to the SDK's behind it; what records goes through what somebody gave us."""
    spans, kept = traces(), Spans()
    spans.add_span_processor(kept)
    wrapped = Vendor(Vendor(spans))
    with rig(owns=False, delivers=()) as parts:
        made = parts.join(spans=wrapped)
        assert made.given["spans"] is wrapped
        wrapped.get_tracer("app").start_span(MAIL).end()
        assert kept.ended[0].name == HIDDEN
        assert made.coverage(parts.intake).spans.redacted == "full"
        made.release(10)


class Slotted(SynchronousMultiSpanProcessor):
    """A fan-out that takes no hook."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "on_end":
            raise AttributeError(name)
        super().__setattr__(name, value)


def test_a_fan_out_that_takes_no_hook_is_left_alone() -> None:
    """A private provider takes its place for us, which works; coverage names the reason; the others are joined."""
    spans, records, kept = traces(Slotted()), logs(), Spans()  # type: ignore[no-untyped-call] # the SDK's
    spans.add_span_processor(kept)
    with rig(owns=False) as parts:
        made = parts.join(spans=spans, logs=records, metrics=silent_meters())
        assert isinstance(made.traces, OwnTraces)
        assert made.given["spans"] is made.traces.provider
        record_all(made.given)
        assert [span.name for span in parts.spans()] == [HIDDEN]
        spans.get_tracer("app").start_span("theirs").end()
        assert [span.name for span in kept.ended] == ["theirs"]
        coverage = made.coverage(parts.intake)
        assert coverage.spans.provider == "TracerProvider"
        assert (coverage.spans.redacted, coverage.logs.redacted, coverage.metrics.redacted) == ("none", "full", "full")
        assert "takes no hook" in coverage.spans.reasons[0]
        made.release(10)


def test_log_and_meter_providers_that_take_no_hook_are_left_alone() -> None:
    """Likewise; joining never raises half way, with hooks of ours left behind."""
    spans, records, meters = traces(), logs(), silent_meters()

    class Frozen:
        __slots__ = ()

        def on_emit(self, record: Any) -> None:
            pass

    records._multi_log_record_processor = Frozen()  # type: ignore[assignment]
    meters._measurement_consumer = Frozen()  # type: ignore[assignment]
    with rig(owns=False) as parts:
        made = parts.join(spans=spans, logs=records, metrics=meters)
        assert isinstance(made.logs, OwnLogs)
        record_all(made.given)
        assert ([log.body for log in parts.logs()], len(parts.points())) == ([HIDDEN], 1)
        coverage = made.coverage(parts.intake)
        assert [signal.redacted for signal in coverage] == ["full", "none", "none"]
        assert all("takes no hook" in reason for signal in coverage[1:] for reason in signal.reasons)
        made.release(10)


def test_a_global_provider_that_comes_later_is_said_to_be_missed() -> None:
    """The private one goes on; coverage says what to do."""
    with rig(owns=False, delivers=()) as parts:
        made = parts.join()
        set_globals(spans=traces())
        reasons = made.coverage(parts.intake).spans.reasons
        assert made.strayed() == ("spans",)
        assert "attach() again" in reasons[0]
        made.release(10)


def test_a_wrapping_that_never_ends_is_no_provider() -> None:
    """What has every attribute that is asked for is not searched forever."""

    class Endless:
        def __getattr__(self, name: str) -> Any:
            return Endless()

    with rig(owns=False, delivers=()) as parts:
        made = parts.join(spans=Endless())
        assert made.coverage(parts.intake).spans.provider == "Endless"
        made.release(10)


def test_our_own_metrics_are_recorded_with_the_provider_that_is_joined() -> None:
    """Counters and histograms of this package reach the readers of others."""
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader  # noqa: PLC0415 - for this test

    reader = InMemoryMetricReader()
    provider = MeterProvider([reader], shutdown_on_exit=False)
    with rig(owns=False, delivers=()) as parts:
        made = parts.join(metrics=provider)
        made.instruments.record("page", 5, "ms", {"to": MAIL})
        made.instruments.add("clicks", 2, "1", {"to": MAIL})
        parts.worker.flush(10_000)
        data: Any = reader.get_metrics_data()
        found = {
            metric.name: dict(metric.data.data_points[0].attributes)
            for of_scope in data.resource_metrics[0].scope_metrics
            for metric in of_scope.metrics
        }
        assert found == {"page": {"to": HIDDEN}, "clicks": {"to": HIDDEN}}
        made.release(10)


def test_listeners_of_what_is_joined() -> None:
    """A provider of theirs that has a processor is one that our events are handed to."""
    records = logs()
    with rig(owns=False, delivers=()) as parts:
        made = parts.join(logs=records)
        assert not made.logs.has_listeners()
        records.add_log_record_processor(Logs())
        assert made.logs.has_listeners()
        made.release(10)
