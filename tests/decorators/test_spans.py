"""What an exception leaves on the spans that it passes through: one event, a status on each, and no harm."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable

import pytest
from opentelemetry.trace import INVALID_SPAN_CONTEXT, NonRecordingSpan, Status, StatusCode, get_current_span

from clippy_otel import traced
from clippy_otel.decorators import calls
from clippy_otel.watching.spans import record
from tests.decorators._spans import Spans


def raising(error: BaseException) -> Callable[[], None]:
    """Return a decorated function that raises."""

    @traced("raising")
    def function() -> None:
        raise error

    return function


def test_an_exception_is_one_event_on_the_innermost_span(spans: Spans) -> None:
    """Passing through three spans it is recorded once, and sets all three to ERROR."""

    @traced("inner")
    def inner() -> None:
        raise ValueError("bad")

    @traced("middle")
    async def middle() -> None:
        inner()

    @traced("outer")
    def outer() -> None:
        asyncio.run(middle())

    with pytest.raises(ValueError, match="bad"):
        outer()
    assert {span.name: len(span.events) for span in spans.ended} == {"inner": 1, "middle": 0, "outer": 0}
    for span in spans.ended:
        assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, "ValueError: bad")
    (event,) = spans.named("inner").events
    attributes = dict(event.attributes or {})
    stacktrace = str(attributes.pop("exception.stacktrace"))
    assert (event.name, attributes) == ("exception", {"exception.type": "ValueError", "exception.message": "bad"})
    assert stacktrace.endswith("ValueError: bad")
    assert "in inner\n" in stacktrace
    assert 'raise ValueError("bad")' not in stacktrace


def test_an_exception_that_is_handled_is_no_error_further_out(spans: Spans) -> None:
    """Only the spans that it passed through know of it."""

    @traced("outer")
    def outer() -> str:
        try:
            raising(KeyError("gone"))()
        except KeyError:
            return "handled"
        return "not reached"

    assert outer() == "handled"
    assert spans.named("raising").status.status_code is StatusCode.ERROR
    assert spans.named("outer").status.is_unset
    assert spans.named("outer").events == ()


def test_another_exception_is_another_event(spans: Spans) -> None:
    """What is raised from an exception is recorded where it was raised."""

    @traced("outer")
    def outer() -> None:
        try:
            raising(KeyError("gone"))()
        except KeyError as error:
            raise RuntimeError("failed") from error

    with pytest.raises(RuntimeError):
        outer()
    assert [len(span.events) for span in spans.ended] == [1, 1]


def test_an_exception_raised_again_is_recorded_in_each_trace(spans: Spans) -> None:
    """An application that keeps one exception object and raises it often has it in every trace, once."""
    fail = raising(ValueError("kept"))
    for _ in range(2):
        with pytest.raises(ValueError, match="kept"):
            fail()
    assert [len(span.events) for span in spans.ended] == [1, 1]


def test_a_status_that_the_application_has_set_stays(spans: Spans) -> None:
    """OK is final, as everywhere in OpenTelemetry."""

    @traced
    def decided() -> None:
        get_current_span().set_status(Status(StatusCode.OK))
        raise KeyError

    with pytest.raises(KeyError):
        decided()
    assert spans.only().status.status_code is StatusCode.OK


@pytest.mark.parametrize(
    "error",
    [
        asyncio.CancelledError(),
        GeneratorExit(),
        SystemExit(),
        SystemExit(0),
        type("OtherLoopsCancel", (BaseException,), {})(),
    ],
    ids=repr,
)
def test_a_way_to_stop_is_no_error(spans: Spans, error: BaseException) -> None:
    """Cancellation, of any event loop, closing and a successful exit end the span and leave nothing on it."""
    with pytest.raises(type(error)) as caught:
        raising(error)()
    assert caught.value is error
    assert spans.only().status.is_unset
    assert spans.only().events == ()


@pytest.mark.parametrize(
    "error, description",
    [
        (KeyboardInterrupt(), "KeyboardInterrupt"),
        (SystemExit(3), "SystemExit: 3"),
        (SystemExit(["unhashable"]), "SystemExit: ['unhashable']"),
    ],
)
def test_an_exit_that_fails_is_a_status_and_no_event(spans: Spans, error: BaseException, description: str) -> None:
    """The work was not finished, and nothing in the code is broken."""
    with pytest.raises(type(error)):
        raising(error)()
    assert (spans.only().status.status_code, spans.only().status.description) == (StatusCode.ERROR, description)
    assert spans.only().events == ()


def test_a_cancelled_task_is_no_error(spans: Spans) -> None:
    """A real cancellation passes through and the task is cancelled, not failed."""

    @traced("waiting")
    async def wait() -> None:
        await asyncio.Event().wait()

    async def main() -> bool:
        task = asyncio.create_task(wait())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()

    assert asyncio.run(main())
    assert spans.only().status.is_unset


def test_the_exception_comes_out_as_it_went_in(spans: Spans) -> None:
    """The same object, with its cause and context, and one frame a decorated function more."""
    cause = KeyError("cause")
    error = ValueError("bad")

    @traced("sync")
    def sync() -> None:
        raise error from cause

    @traced("later")
    async def later() -> None:
        sync()

    with pytest.raises(ValueError, match="bad") as caught:
        asyncio.run(later())
    assert caught.value is error
    assert error.__cause__ is cause
    assert error.__context__ is None
    frames = traceback.extract_tb(error.__traceback__)
    assert [frame.name for frame in frames if frame.filename == calls.__file__] == [
        "traced_coroutine_function",
        "traced_function",
    ]
    assert [frame.name for frame in frames if frame.filename == __file__][1:] == ["later", "sync"]
    assert len(spans.ended) == 2


def test_an_exception_whose_text_raises_is_recorded_without_it(spans: Spans) -> None:
    """`__str__` is the application's code and may fail; its own exception still goes on."""

    class Broken(Exception):  # noqa: N818 - an application's name
        def __str__(self) -> str:
            raise RuntimeError

    with pytest.raises(Broken):
        raising(Broken())()
    assert spans.only().status.description == "<unprintable Broken>"
    assert len(spans.only().events) == 1


@pytest.mark.swallows
def test_an_exception_that_cannot_be_marked_is_recorded(spans: Spans) -> None:
    """Where recording itself fails half-way, the application's exception goes on."""

    class Closed(Exception):  # noqa: N818 - an application's name
        @property
        def __dict__(self) -> dict[str, object]:  # type: ignore[override]
            raise RuntimeError

    with pytest.raises(Closed):
        raising(Closed())()
    assert len(spans.only().events) == 1


def test_a_span_that_cannot_be_written_to_for_want_of_stack_is_left() -> None:
    """At the end of the stack the guard would overflow it too, in place of the application's exception."""

    class Full(NonRecordingSpan):
        def set_status(self, status: Status | StatusCode, description: str | None = None) -> None:
            del status, description
            raise RecursionError

    assert record(Full(INVALID_SPAN_CONTEXT), ValueError())


def test_an_iteration_that_stops_is_told_like_any_exception(spans: Spans) -> None:
    """A plain function that raises StopIteration raises it to its caller."""
    with pytest.raises(StopIteration):
        raising(StopIteration())()
    assert spans.only().status.description == "StopIteration"
