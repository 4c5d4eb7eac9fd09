"""A decorated generator is one span over its steps, and answers its consumer as the bare one does."""

from __future__ import annotations

import contextlib
import contextvars
import gc
import inspect
import tracemalloc
import weakref
from collections.abc import Generator, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from opentelemetry import baggage, context
from opentelemetry.trace import NoOpTracer, StatusCode

from clippy_otel import traced
from clippy_otel.telemetry import Telemetry
from clippy_otel.watching import generators
from clippy_otel.watching import spans as watched_spans
from tests.decorators import _scripts
from tests.decorators._spans import Spans, attributes_of, current_name


@traced("numbers")
def numbers(count: int) -> Generator[int, str, str]:
    """Yield numbers and return a text."""
    yield from range(count)
    return "done"


@given(script=_scripts.scripts, acts=_scripts.actions)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_consumer_is_answered_as_by_the_bare_generator(spans: Spans, script: list[str], acts: list[str]) -> None:
    """Values, return value, exceptions with their chains and tracebacks, close: all as without, and one span ends."""
    before = len(spans.ended)
    bare = _scripts.consume(_scripts.body, script, acts)
    assert _scripts.consume(traced(_scripts.body), script, acts) == bare
    stepped = bool(acts) and acts[0] == "next"  # a generator that is first thrown at, closed or sent to never starts
    if stepped:
        assert len(spans.ended) == before + 1
    assert current_name() == ""


@given(script=_scripts.scripts, acts=_scripts.actions)
def test_so_is_it_where_nothing_is_recorded(script: list[str], acts: list[str]) -> None:
    """Before configure a decorated generator is but a detour."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Telemetry, "tracer", NoOpTracer())
        assert _scripts.consume(traced(_scripts.body), script, acts) == _scripts.consume(_scripts.body, script, acts)


def test_a_generator_is_one_span_over_all_its_steps(spans: Spans, monkeypatch: pytest.MonkeyPatch) -> None:
    """It starts at the first step and not at the call, counts what goes out, and says when the first did."""
    now_ns = iter([1_000_000, 3_500_000])
    monkeypatch.setattr(watched_spans, "perf_counter_ns", lambda: next(now_ns))
    stream = numbers(3)
    assert list(stream) == [0, 1, 2]
    span = spans.only()
    assert span.name == "numbers"
    assert span.status.is_unset
    assert attributes_of(span) == {
        "code.function.name": f"{__name__}.numbers",
        "clippy.stream.chunk_count": 3,
        "clippy.stream.time_to_first_chunk_ms": 2.5,
    }


def test_a_generator_that_is_never_stepped_has_no_span(spans: Spans) -> None:
    """Nothing of it ran."""
    numbers(3).close()
    del spans.tracer
    assert spans.ended == []


def test_a_generator_without_a_chunk_has_no_first_one(spans: Spans) -> None:
    """Its count is 0."""
    assert list(numbers(0)) == []
    attributes = attributes_of(spans.only())
    assert attributes["clippy.stream.chunk_count"] == 0
    assert "clippy.stream.time_to_first_chunk_ms" not in attributes


def test_a_return_value_goes_through_yield_from(spans: Spans) -> None:
    """`yield from` a decorated generator gives what it returns."""

    def outer() -> Generator[int, str, str]:
        return (yield from numbers(1))

    stream = outer()
    next(stream)
    with pytest.raises(StopIteration) as stopped:
        next(stream)
    assert stopped.value.value == "done"
    assert spans.names == ["numbers"]


def test_the_span_is_current_for_the_body_and_never_for_its_consumer(spans: Spans) -> None:
    """A span that the consumer starts between two chunks is no child; one that the body starts is."""

    @traced("child")
    def child() -> None: ...

    @traced("stream")
    def stream() -> Iterator[str]:
        for _ in range(2):
            child()
            yield current_name()

    @traced("consumer")
    def consumer() -> list[tuple[str, str]]:
        return [(chunk, current_name()) for chunk in stream()]

    assert consumer() == [("stream", "consumer")] * 2
    ids = {span.name: span.context.span_id for span in spans.ended if span.context}
    parents = [(span.name, span.parent and span.parent.span_id) for span in spans.ended]
    assert parents == [
        ("child", ids["stream"]),
        ("child", ids["stream"]),
        ("stream", ids["consumer"]),
        ("consumer", None),
    ]


def test_what_the_body_makes_current_is_current_at_its_next_step(spans: Spans) -> None:
    """A span that the body holds open over a yield stays the body's, and does not leak to the consumer."""

    @traced("stream")
    def stream() -> Iterator[str]:
        with spans.tracer.start_as_current_span("inner"):
            yield current_name()
            yield current_name()
        yield current_name()

    assert [(chunk, current_name()) for chunk in stream()] == [("inner", ""), ("inner", ""), ("stream", "")]


def test_context_variables_that_the_body_sets_are_seen_as_without(spans: Spans) -> None:
    """Only OpenTelemetry's own is the body's; the rest are the consumer's, as with any generator."""
    variable = contextvars.ContextVar("variable", default="unset")

    @traced
    def stream() -> Iterator[str]:
        variable.set("by the body")
        yield variable.get()
        yield variable.get()

    def consume() -> list[str]:
        chunks = stream()
        seen = [next(chunks), variable.get()]
        variable.set("by the consumer")
        return [*seen, next(chunks), *chunks]

    assert contextvars.copy_context().run(consume) == ["by the body", "by the body", "by the consumer"]
    assert len(spans.ended) == 1


def test_the_steps_may_be_taken_in_different_contexts(spans: Spans, caplog: pytest.LogCaptureFixture) -> None:
    """A web framework steps a generator on a thread pool, each step in another context; nothing is detached wrongly."""

    @traced("stream")
    def stream() -> Iterator[str]:
        yield current_name()
        yield current_name()

    chunks = stream()
    seen = [contextvars.copy_context().run(next, chunks) for _ in range(2)]
    contextvars.copy_context().run(next, chunks, None)
    assert seen == ["stream", "stream"]
    assert spans.names == ["stream"]
    assert caplog.records == []


@pytest.mark.parametrize("dropped", [False, True], ids=["closed", "dropped"])
def test_a_generator_left_early_says_so(spans: Spans, caplog: pytest.LogCaptureFixture, *, dropped: bool) -> None:
    """Closed, or dropped and finalised in whatever context: the body cleans up in its span, which is no error."""
    seen: list[str] = []

    @traced("stream")
    def stream() -> Iterator[int]:
        try:
            yield 1
            yield 2
        finally:
            seen.append(current_name())

    chunks = [stream()]
    contextvars.copy_context().run(next, chunks[0])
    if dropped:
        chunks.clear()
        gc.collect()
    else:
        with contextlib.closing(chunks[0]):  # type: ignore[type-var]  # the annotation hides that it is a generator
            pass
    assert seen == ["stream"]
    span = spans.only()
    assert (span.status.status_code, span.events) == (StatusCode.UNSET, ())
    assert attributes_of(span)["clippy.stream.chunk_count"] == 1
    assert attributes_of(span)["clippy.stream.closed_early"] is True
    assert caplog.records == []


def test_an_error_of_the_body_is_recorded(spans: Spans) -> None:
    """What came out before it is still counted."""

    @traced
    def stream() -> Iterator[int]:
        yield 1
        raise ValueError("broke")

    with pytest.raises(ValueError, match="broke"):
        list(stream())
    span = spans.only()
    assert span.status.description == "ValueError: broke"
    assert len(span.events) == 1
    assert attributes_of(span)["clippy.stream.chunk_count"] == 1
    assert "clippy.stream.closed_early" not in attributes_of(span)


def test_an_error_while_closing_is_both(spans: Spans) -> None:
    """The consumer left early, and the body's cleaning up failed."""

    @traced
    def stream() -> Iterator[int]:
        try:
            yield 1
        finally:
            raise ValueError("broke")

    chunks = stream()
    next(chunks)
    with pytest.raises(ValueError, match="broke"):
        chunks.close()  # type: ignore[attr-defined]  # as above
    assert spans.only().status.description == "ValueError: broke"
    assert attributes_of(spans.only())["clippy.stream.closed_early"] is True


def test_arguments_that_do_not_fit_are_the_callers_error(spans: Spans) -> None:
    """There is no span of a call that never was."""
    with pytest.raises(TypeError, match="positional argument"):
        next(numbers())  # type: ignore[call-arg]
    assert spans.ended == []


def test_chunks_are_counted_and_not_kept(spans: Spans) -> None:
    """A chunk is free while its generator waits, and so are its arguments; memory does not grow with the chunks."""

    class Chunk: ...

    @traced
    def stream(argument: Chunk) -> Iterator[Chunk]:
        del argument
        while True:
            yield Chunk()

    argument = Chunk()
    chunks = stream(argument)
    chunk = next(chunks)
    alive = [weakref.ref(chunk), weakref.ref(argument)]
    del chunk, argument
    assert [reference() for reference in alive] == [None, None]
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(2_000):
            next(chunks)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 2_000
    del chunks
    assert attributes_of(spans.only())["clippy.stream.chunk_count"] == 2_001


def test_an_exception_thrown_in_is_not_kept(spans: Spans) -> None:
    """Neither one that the body answers nor one that ends it is held in a circle with the wrapper's frame."""

    @traced
    def stream() -> Generator[int, None, None]:
        try:
            yield 1
        except KeyError:
            yield 2

    class NoticedError(ValueError): ...

    chunks = stream()
    next(chunks)
    handled, fatal = KeyError("a"), NoticedError("b")
    chunks.throw(handled)
    alive = weakref.ref(fatal)
    gc.disable()
    try:
        with contextlib.suppress(NoticedError):
            chunks.throw(fatal)
        del fatal
        assert alive() is None
    finally:
        gc.enable()
    assert not [
        held
        for held in gc.get_referrers(handled)
        if inspect.isframe(held) and held.f_code.co_filename == generators.__file__
    ]
    assert len(spans.ended) == 1


def test_the_contexts_of_the_body_are_its_own(spans: Spans) -> None:
    """Baggage that the body attaches is there at its next step, and not in its consumer."""

    @traced
    def stream() -> Iterator[object]:
        token = context.attach(baggage.set_baggage("of", "the body"))
        yield baggage.get_baggage("of")
        yield baggage.get_baggage("of")
        context.detach(token)

    assert [(chunk, baggage.get_baggage("of")) for chunk in stream()] == [("the body", None)] * 2
    assert len(spans.ended) == 1
