"""The components of one Telemetry: made late, the same objects ever after, with the options of the last configure()."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.trace import SpanKind

import clippy_otel
from clippy_otel.analytics import AnalyticsOptions
from clippy_otel.components import NAMES, ComponentOptions, split
from clippy_otel.errors import ErrorOptions
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.health import HealthOptions
from clippy_otel.performance import PerformanceOptions
from clippy_otel.testing import CapturedTelemetry, capture


def run(code: str) -> str:
    """Run a program in a process of its own and return what it printed."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


def test_each_component_is_one_object(captured_telemetry: CapturedTelemetry) -> None:
    """Whoever asks gets the same one."""
    telemetry = captured_telemetry.telemetry
    assert {name: getattr(telemetry, name) is getattr(telemetry, name) for name in NAMES} == dict.fromkeys(NAMES, True)


def test_ai_operations_reach_the_statistics_of_providers(captured_telemetry: CapturedTelemetry) -> None:
    """Also where nobody has used the analytics before."""
    telemetry = captured_telemetry.telemetry
    telemetry.performance.track_ai_operation(total_ms=120, provider="acme", model="m1", tokens=7)
    stats = telemetry.analytics.provider_stats()["acme"]
    assert (stats.requests, stats.mean_duration_ms, stats.total_tokens) == (1, 120.0, 7)


def test_errors_of_the_collector_reach_the_groups(captured_telemetry: CapturedTelemetry) -> None:
    """Collector and error tracking meet without knowing each other."""
    telemetry = captured_telemetry.telemetry
    assert telemetry.errors.error_groups() == []
    error_id = telemetry.collector.track_error(ValueError("x"))
    (group,) = telemetry.errors.error_groups()
    assert (group.count, group.last_error_id) == (1, error_id)


def test_options_are_told_from_settings() -> None:
    """The components' are taken out, None says nothing, and the rest is left."""
    health = HealthOptions(check_interval_ms=5)
    assert split({"health": health, "errors": None, "debug": True}) == (
        ComponentOptions(health=health),
        {"debug": True},
    )


@pytest.mark.parametrize("name", NAMES)
def test_options_of_another_kind_are_refused(name: str) -> None:
    """The error names the setting and what is allowed."""
    wanted = {
        "performance": PerformanceOptions,
        "analytics": AnalyticsOptions,
        "errors": ErrorOptions,
        "health": HealthOptions,
    }[name]
    with pytest.raises(ConfigurationError, match=f"{name}: a {wanted.__name__} is allowed, not a dict"):
        split({name: {"enabled": False}})


@pytest.mark.parametrize(
    "options, named",
    [
        ({"performance": PerformanceOptions(max_timings=0)}, "performance.max_timings"),
        ({"analytics": AnalyticsOptions(window_ms=0)}, "analytics.window_ms"),
        ({"errors": ErrorOptions(max_groups=0)}, "errors.max_groups"),
        ({"health": HealthOptions(timeout_ms=-1)}, "health.timeout_ms"),
    ],
    ids=NAMES,
)
def test_an_impossible_option_raises_when_configured(options: dict[str, Any], named: str) -> None:
    """Not when the component is first used, in the middle of the application; and nothing has begun by then."""
    before = clippy_otel.get_telemetry().setup
    with pytest.raises(ConfigurationError, match=named):
        clippy_otel.configure("x", transport="console", set_global=False, **options)
    assert clippy_otel.get_telemetry().setup is before


def test_an_isolated_telemetry_leaves_the_hooks_of_the_process_alone() -> None:
    """Errors that nobody handles belong to the telemetry of the process."""
    before = sys.excepthook
    with capture() as captured:
        assert captured.telemetry.errors.stats().total_errors == 0
        assert sys.excepthook is before


def test_what_is_taken_before_configure_works_after_it() -> None:
    """It does nothing until then, and the options of configure() hold for it."""
    printed = run("""
import sys, clippy_otel
from clippy_otel.analytics import AnalyticsOptions
early = clippy_otel.get_telemetry()
analytics, errors, hook = early.analytics, early.errors, sys.excepthook
analytics.track_feature("lost")
telemetry = clippy_otel.configure("x", transport="custom", custom_transport=print,
                                  analytics=AnalyticsOptions(max_names=1))
print(telemetry.analytics is analytics, telemetry.errors is errors, sys.excepthook is not hook)
analytics.track_feature("one"); analytics.track_feature("two")
print(sorted(analytics.feature_adoption_stats()))
telemetry.shutdown()
print(sys.excepthook is hook)
""")
    lines = [line for line in printed.splitlines() if not line.startswith("[{")]
    assert lines == ["True True True", "['one', 'other']", "True"]


@pytest.mark.parametrize("asked", [False, True])
def test_attach_captures_unhandled_errors_only_when_asked(asked: bool) -> None:  # noqa: FBT001 - a parameter
    """The hooks of the interpreter are its owner's."""
    printed = run(f"""
import sys, clippy_otel
hook = sys.excepthook
telemetry = clippy_otel.attach(capture_unhandled={asked})
print(sys.excepthook is hook)
telemetry.shutdown()
print(sys.excepthook is hook)
""")
    assert printed.split() == [str(not asked), "True"]


def test_other_options_are_other_settings() -> None:
    """A second configure() with them raises, as with any other setting."""
    printed = run("""
import clippy_otel
from clippy_otel.errors import ErrorOptions
from clippy_otel.exceptions import ConfigurationError
one = ErrorOptions(max_groups=5)
telemetry = clippy_otel.configure("x", transport="console", errors=one)
print(clippy_otel.configure("x", transport="console", errors=ErrorOptions(max_groups=5)) is telemetry)
try:
    clippy_otel.configure("x", transport="console")
except ConfigurationError:
    print("refused")
telemetry.shutdown()
""")
    assert [line for line in printed.splitlines() if not line.startswith("{")] == ["True", "refused"]


def test_capture_takes_options(captured_telemetry: CapturedTelemetry) -> None:
    """So that a test can set what the application sets."""
    del captured_telemetry
    options: dict[str, Any] = {"errors": ErrorOptions(enabled=False)}
    with capture(**options) as captured:
        captured.telemetry.errors.capture_error(ValueError("x"))
        assert captured.errors == []
    assert clippy_otel.get_telemetry() is not captured.telemetry


def test_spans_of_any_genai_instrumentation_reach_the_summaries(captured_telemetry: CapturedTelemetry) -> None:
    """Without a processor of ours being registered: they come through the providers."""
    telemetry = captured_telemetry.telemetry
    assert telemetry.performance.ai_operations_summary().count == 0
    attributes: dict[str, Any] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "acme",
        "gen_ai.usage.input_tokens": 3,
    }
    tracer = telemetry.tracer_provider.get_tracer("instrumentation.acme")
    span = tracer.start_span("chat m1", kind=SpanKind.CLIENT, attributes=attributes, start_time=1)
    span.end(end_time=250_000_001)
    tracer.start_span("no operation").end()
    assert telemetry.performance.ai_operations_summary().count == 1
    assert telemetry.analytics.provider_stats()["acme"].mean_duration_ms == 250.0


def test_all_components_together_stay_within_a_megabyte() -> None:
    """100,000 calls over 10,000 names leave no more in the components' own rooms, whatever the pipeline keeps."""
    rooms = ("analytics/*", "errors/*", "health/*", "performance/*", "rolling.py", "marks.py", "error_records.py")
    with capture(sampling="never") as captured:
        telemetry = captured.telemetry
        for name in NAMES:
            getattr(telemetry, name)
        tracemalloc.start()
        try:
            for number in range(10_000):
                use_all(telemetry, f"name-{number}", number)
            found = tracemalloc.take_snapshot()
        finally:
            tracemalloc.stop()
    package = Path(clippy_otel.__file__).parent
    filters = [tracemalloc.Filter(inclusive=True, filename_pattern=str(package / room)) for room in rooms]
    statistics = found.filter_traces(filters).statistics("filename")
    assert 100_000 < sum(statistic.size for statistic in statistics) <= 1_048_576


def use_all(telemetry: clippy_otel.Telemetry, name: str, number: int) -> None:
    """Make ten calls of the components with a name."""
    performance, analytics, errors = telemetry.performance, telemetry.analytics, telemetry.errors
    performance.mark(name)
    performance.measure(name, name)
    performance.track_ai_operation(total_ms=number % 900, provider=f"p-{number % 50}", model=name, input_tokens=number)
    analytics.track_feature(name, "used", {"userId": name})
    analytics.start_conversation(name, "acme")
    analytics.track_message(name, 10, "user")
    analytics.track_provider_request(name, 10.0, success=True)
    analytics.track_proactive_suggestion(name)
    errors.add_breadcrumb(name, data={"number": number})
    errors.capture_error(ValueError(name), fingerprint=name)
