"""What is recorded on both sides of a comparison: every field that the API can fill, with the same ids and times."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from opentelemetry import trace
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.context import Context
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags, TraceState

from tests.wire._sides import CountedIds, Side

SCHEMA_URL = "https://opentelemetry.io/schemas/1.43.0"
SCOPE: dict[str, Any] = {"team": "payments", "rank": 7, "share": 0.5, "tags": ("a", "b"), "on": True}
MS = 1_000_000
# Values of every kind, clean ones.
VALUES: dict[str, Any] = {
    "text": "grüße 你好 🎉",
    "no text": "",
    "long text": "lorem ipsum " * 500,
    "int": 2**53 + 1,
    "zero": 0,
    "negative": -7,
    "least": -(2**63),
    "most": 2**63 - 1,
    "float": 0.25,
    "whole float": 3.0,
    "not a number": float("nan"),
    "infinite": float("-inf"),
    "true": True,
    "false": False,
    "none": None,
    "bytes": b"\x00\xff\x80",
    "no bytes": b"",
    "texts": ["a", "", "c"],
    "numbers": (1, 2, 3),
    "mixed": [1, "two", 3.5, None, True, b"\x01", [2, []], {"deep": [{}]}],
    "no list": [],
    "nested": {"a": {"b": [True, None, {"c": -1}]}, "empty": {}, "none": None, "float": 1.5},
    "no map": {},
}
REMOTE = SpanContext(
    trace_id=0x0AF7651916CD43DD8448EB211C80319C,
    span_id=0xB7AD6B7169203331,
    is_remote=True,
    trace_flags=TraceFlags(TraceFlags.SAMPLED),
    trace_state=TraceState([("vendor", "one"), ("other", "2")]),
)
LOCAL = SpanContext(trace_id=0xABCDEF, span_id=0x1234, is_remote=False, trace_flags=TraceFlags(0))


def within(span_context: SpanContext) -> Context:
    """Return a context in which a span is the current one."""
    return trace.set_span_in_context(trace.NonRecordingSpan(span_context), Context())


def record_spans(side: Side, now_ns: int) -> None:
    """Record spans that have every field, under names of their own."""
    side.tracer_provider.id_generator = CountedIds()
    tracer = side.tracer_provider.get_tracer("shop.checkout", "1.2", SCHEMA_URL, SCOPE)
    span = tracer.start_span("root", Context(), SpanKind.SERVER, VALUES, start_time=now_ns)
    span.set_attributes({"set later": 1, "int": 42})
    span.add_event("bare", timestamp=now_ns + MS)
    span.add_event("with values", VALUES, timestamp=now_ns + 2 * MS)
    span.record_exception(_error(), {"attempt": 2}, timestamp=now_ns + 3 * MS)
    span.set_status(Status(StatusCode.ERROR, "it did not work"))
    span.end(now_ns + 12_345_678)

    links = [Link(REMOTE, VALUES), Link(LOCAL)]
    inner = within(span.get_span_context())
    child = tracer.start_span("child of it", inner, SpanKind.CLIENT, {"a": 1}, links, start_time=now_ns + MS)
    child.add_link(LOCAL, {"added": "later"})
    child.set_status(StatusCode.OK)
    child.update_name("child")
    child.end(now_ns + 2 * MS)

    tracer.start_span("of a remote parent", within(REMOTE), SpanKind.CONSUMER, start_time=now_ns).end(now_ns + 1)
    bare = side.tracer_provider.get_tracer("bare")
    bare.start_span("producer", Context(), SpanKind.PRODUCER, start_time=now_ns).end(now_ns)
    bare.start_span("", within(span.get_span_context()), start_time=now_ns).end(now_ns + 1)


def record_many_parts(side: Side, now_ns: int) -> None:
    """Record a span and a log record that have more parts than small limits let them keep."""
    side.tracer_provider.id_generator = CountedIds()
    many = {f"k{number}": number for number in range(6)}
    links = [Link(REMOTE, many), Link(LOCAL), Link(REMOTE)]
    tracer = side.tracer_provider.get_tracer("shop.checkout")
    span = tracer.start_span("full", Context(), attributes=many, links=links, start_time=now_ns)
    for number in range(5):
        span.add_event(f"event {number}", many, timestamp=now_ns + number)
    span.set_attribute("long", "x" * 50)
    span.end(now_ns + MS)
    side.logger_provider.get_logger("shop.audit").emit(
        timestamp=now_ns, observed_timestamp=now_ns, attributes={**many, "long": "x" * 50}, event_name="full"
    )


def record_logs(side: Side, now_ns: int) -> None:
    """Record log records that have every field; their `number` tells them apart."""
    logger = side.logger_provider.get_logger("shop.audit", "3", SCHEMA_URL, SCOPE)
    times = {"timestamp": now_ns, "observed_timestamp": now_ns + 5}
    logger.emit(
        **times,
        context=within(REMOTE),
        severity_number=SeverityNumber.WARN3,
        severity_text="Warnung",
        body="a line",
        attributes={"number": 1, **VALUES},
        event_name="shop.event",
    )
    logger.emit(**times, context=Context(), attributes={"number": 2}, exception=_error())
    logger.emit(
        LogRecord(
            timestamp=now_ns,
            observed_timestamp=now_ns + 5,
            context=within(LOCAL),
            body=VALUES,
            attributes={"number": 3},
        )
    )
    logger.emit(observed_timestamp=now_ns, context=Context(), attributes={"number": 4})
    bare = side.logger_provider.get_logger("bare")
    for number, body in enumerate(VALUES.values(), start=5):
        bare.emit(**times, context=Context(), body=body, attributes={"number": number})


def record_metrics(side: Side) -> None:
    """Record with an instrument of each kind, within a sampled span: its exemplars name it."""
    meter = side.meter_provider.get_meter("shop.metrics", "1.2", SCHEMA_URL, SCOPE)
    inside = within(REMOTE)
    counter = meter.create_counter("requests", "{request}", "how many")
    counter.add(3, VALUES, inside)
    counter.add(2, {"route": "/a"}, inside)
    counter.add(4, {"route": "/a"}, Context())
    meter.create_counter("bytes.sent", "By").add(1.5, context=Context())
    meter.create_up_down_counter("in.flight", description="now").add(-2, {"route": "/a"}, inside)
    buckets = meter.create_histogram("duration", "ms", "how long", explicit_bucket_boundaries_advisory=[1, 10.5, 100])
    default = meter.create_histogram("size", "By")
    for value in (0.5, 7, 99.5, 1000):
        buckets.record(value, {"route": "/a"}, inside)
        default.record(value, VALUES, Context())
    meter.create_gauge("temperature", "Cel", "of the room").set(-3.5, {"room": "x"}, inside)
    meter.create_gauge("doors", "1").set(2, context=inside)
    meter.create_observable_counter("cpu", [_observe(7)], "s", "used")
    meter.create_observable_up_down_counter("threads", [_observe(-4)])
    meter.create_observable_gauge("load", [_observe(0.75)], "1")
    side.meter_provider.get_meter("bare").create_counter("alone").add(1, context=Context())


def _observe(value: float) -> Any:
    def callback(_options: CallbackOptions) -> Iterable[Observation]:
        return [Observation(value, VALUES), Observation(value * 2, {"core": 1}), Observation(value * 3)]

    return callback


def _error() -> BaseException:
    try:
        try:
            raise KeyError("no such part")
        except KeyError as inner:
            raise ValueError("cannot go on") from inner
    except ValueError as error:
        return error
