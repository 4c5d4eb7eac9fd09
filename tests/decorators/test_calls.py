"""A call of a decorated function is a span; what it does and returns is as without."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import weakref
from collections.abc import Generator, Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.trace import NoOpTracer, SpanKind, get_current_span

from clippy_otel import traced
from clippy_otel.telemetry import Telemetry
from tests.decorators._spans import Spans, attributes_of, current_name


@traced
def double(number: int) -> int:
    """Return twice the number."""
    return 2 * number


@traced
async def double_later(number: int) -> int:
    """Return twice the number, a little later."""
    await asyncio.sleep(0)
    return 2 * number


def test_a_call_is_a_span_named_by_the_function(spans: Spans) -> None:
    """The span has the qualified name; with its module it is the function's name of the conventions."""
    assert double(21) == 42
    span = spans.only()
    assert span.name == "double"
    assert span.kind is SpanKind.INTERNAL
    assert span.status.is_unset
    assert attributes_of(span) == {"code.function.name": f"{__name__}.double"}


def test_a_coroutine_has_its_span_until_it_ends(spans: Spans) -> None:
    """The span covers what is awaited, and is current after each await, in this task only."""
    seen: list[str] = []

    @traced("answer")
    async def answer() -> str:
        for _ in range(3):
            seen.append(current_name())
            await asyncio.sleep(0)
        assert spans.names == []
        return "42"

    async def main() -> None:
        task = asyncio.create_task(answer())
        await asyncio.sleep(0)
        seen.append(current_name())
        assert await task == "42"

    asyncio.run(main())
    assert spans.names == ["answer"]
    assert sorted(seen) == ["", "answer", "answer", "answer"]


def test_calls_nest(spans: Spans) -> None:
    """The span is current while the function runs, so that what it calls is a child, and not afterwards."""

    @traced("outer")
    def outer() -> int:
        assert current_name() == "outer"
        return double(1) + asyncio.run(double_later(1))

    assert outer() == 4
    assert current_name() == ""
    parent = spans.named("outer").context
    assert parent is not None
    children = [span.parent for span in spans.ended if span.name != "outer"]
    assert [child and child.span_id for child in children] == [parent.span_id] * 2


def test_attributes_and_kind_are_on_every_span(spans: Spans) -> None:
    """The mapping is copied when the function is decorated, deep values too; a kind may be given by its name."""
    steps = ["a"]
    given = {"tier": "gold", "steps": steps, "code.function.name": "mine"}

    @traced(attributes=given, kind="client")
    def call() -> None: ...

    @traced(attributes={}, kind=SpanKind.PRODUCER)
    def send() -> None: ...

    given["tier"] = "changed"
    steps.append("changed")
    call()
    call()
    send()
    assert [span.kind for span in spans.ended] == [SpanKind.CLIENT, SpanKind.CLIENT, SpanKind.PRODUCER]
    for span in spans.ended[:2]:
        assert attributes_of(span) == {"tier": "gold", "steps": ("a",), "code.function.name": "mine"}


def test_a_function_that_returns_a_generator_is_a_plain_one(spans: Spans) -> None:
    """Its span ends when it returns; the generator is not touched."""

    def numbers() -> Iterator[int]:
        yield 1

    made = numbers()

    @traced
    def make() -> Iterator[int]:
        return made

    assert make() is made
    assert len(spans.ended) == 1
    assert list(made) == [1]


def test_a_function_may_be_decorated_before_configure(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tracer is looked up at each call: nothing is recorded before configure, and everything after it."""
    recording = Spans()
    monkeypatch.setattr(Telemetry, "tracer", NoOpTracer())
    assert double(1) == 2
    assert asyncio.run(double_later(1)) == 2
    monkeypatch.setattr(Telemetry, "tracer", recording.tracer)
    assert double(2) == 4
    assert recording.names == ["double"]


def test_where_nothing_is_recorded_another_sdk_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The span that somebody else has made current stays the current one, to be written to."""
    monkeypatch.setattr(Telemetry, "tracer", NoOpTracer())
    theirs = Spans()

    @traced
    def note() -> None:
        get_current_span().set_attribute("noted", value=True)

    with theirs.tracer.start_as_current_span("theirs"):
        note()
    assert attributes_of(theirs.only()) == {"noted": True}


class _Failing(SpanProcessor):
    """A processor of somebody else's that raises."""

    def __init__(self, *, on_start: bool = False, on_end: bool = False) -> None:
        self._fails_on_start = on_start
        self._fails_on_end = on_end

    def on_start(self, span: Span, parent_context: object = None) -> None:
        del span, parent_context
        if self._fails_on_start:
            raise RuntimeError("on_start")

    def on_end(self, span: ReadableSpan) -> None:
        del span
        if self._fails_on_end:
            raise RuntimeError("on_end")


@pytest.mark.swallows
@pytest.mark.parametrize("failing", [_Failing(on_start=True), _Failing(on_end=True)], ids=["start", "end"])
def test_a_processor_that_raises_does_not_reach_the_application(
    monkeypatch: pytest.MonkeyPatch, failing: _Failing
) -> None:
    """The function runs exactly once, and its result or its own exception comes out, with nothing left current."""
    monkeypatch.setattr(Telemetry, "tracer", Spans(failing).tracer)
    calls: list[str] = []
    error = ValueError("mine")

    @traced
    def fine() -> str:
        calls.append("fine")
        return "result"

    @traced
    async def raises() -> None:
        calls.append("raises")
        raise error

    assert fine() == "result"
    with pytest.raises(ValueError, match="mine") as caught:
        asyncio.run(raises())
    assert caught.value is error
    assert error.__context__ is None
    assert calls == ["fine", "raises"]
    assert current_name() == ""


@pytest.mark.swallows
def test_a_tracer_that_cannot_be_had_does_not_reach_the_application(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever fails before the span starts, the function runs without one."""

    def fail(_: Telemetry) -> None:
        raise RuntimeError

    monkeypatch.setattr(Telemetry, "tracer", property(fail))
    assert double(3) == 6


class _Deep(SpanProcessor):
    """A processor that needs more of the stack at a span's end than its start does."""

    def on_end(self, span: ReadableSpan) -> None:
        _descend(span, 30)


def _descend(span: ReadableSpan, levels: int) -> None:
    if levels:
        _descend(span, levels - 1)


def test_a_stack_that_overflows_is_the_applications_own_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no room left for telemetry either, the RecursionError of the application goes on as it is."""
    spans = Spans(_Deep())
    monkeypatch.setattr(Telemetry, "tracer", spans.tracer)

    @traced
    def descend() -> int:
        return descend() + 1

    with pytest.raises(RecursionError) as caught:
        descend()
    assert caught.value.__context__ is None
    assert current_name() == ""
    assert {span.name for span in spans.ended} == {descend.__qualname__}


def test_a_dropped_coroutine_ends_its_span_in_silence(spans: Spans, caplog: pytest.LogCaptureFixture) -> None:
    """The garbage collector closes it in another context; nothing is detached there, and nothing complained of."""

    class Pause:
        def __await__(self) -> Generator[None, None, None]:
            yield

    @traced("dropped")
    async def wait() -> None:
        await Pause()

    waiting = [wait()]
    contextvars.copy_context().run(waiting[0].send, None)
    waiting.clear()
    gc.collect()
    assert spans.only().status.is_unset
    assert current_name() == ""
    assert caplog.records == []


def test_nothing_of_a_call_is_kept(spans: Spans) -> None:
    """When a call is over its arguments and its result are free, without the garbage collector."""

    class Value: ...

    @traced(capture=("value",))
    def swap(value: Value) -> Value:
        del value
        return Value()

    given = Value()
    returned = swap(given)
    alive = [weakref.ref(given), weakref.ref(returned)]
    gc.disable()
    try:
        del given, returned
        assert [reference() for reference in alive] == [None, None]
    finally:
        gc.enable()
    assert len(spans.ended) == 1
