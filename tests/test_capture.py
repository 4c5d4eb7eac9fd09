"""What is recorded of an exception: its frames without source, its causes, a stable fingerprint, all of it bounded."""

from __future__ import annotations

import copy
import pickle
import sys

import pytest

from clippy_otel import capture
from clippy_otel.capture import MAX_CHAIN, MAX_FRAMES


def raised(error: BaseException) -> BaseException:
    """Raise an exception and return it, traceback and all."""
    try:
        raise error
    except BaseException as caught:  # noqa: BLE001 - any may be asked for
        return caught


def test_type_message_and_frames_are_recorded_without_source_lines() -> None:
    """File, line and function stand in the stack trace; the source line, which may hold a secret, does not."""

    def inner() -> None:
        password = "hunter2"
        raise ValueError(f"bad {len(password)}")

    with pytest.raises(ValueError, match="bad") as caught:
        inner()
    captured = capture.describe(caught.value)
    assert (captured.type, captured.message) == ("ValueError", "bad 7")
    assert captured.stacktrace.startswith("Traceback (most recent call last):\n  File ")
    assert "in inner\n" in captured.stacktrace
    assert captured.stacktrace.endswith("ValueError: bad 7")
    assert "hunter2" not in captured.stacktrace


def test_a_type_is_named_with_its_module_and_notes_belong_to_the_message() -> None:
    """Two libraries' TimeoutErrors are told apart."""

    class TimeoutError(Exception):  # noqa: A001 - that is what this test is about
        pass

    error = TimeoutError("late")
    error.__dict__["__notes__"] = ["while answering", 7]  # add_note() came with 3.11, and takes only texts
    captured = capture.describe(error)
    assert captured.type.endswith("TimeoutError")
    assert captured.type != "TimeoutError"
    assert captured.message == "late\nwhile answering"


def test_causes_and_contexts_are_recorded_first() -> None:
    """The chain reads as Python prints it, and ends where the cause was suppressed."""
    with pytest.raises(RuntimeError) as caught:
        try:
            raise KeyError("inner")
        except KeyError as inner:
            raise RuntimeError("outer") from inner
    text = capture.describe(caught.value).stacktrace
    assert text.index("KeyError: 'inner'") < text.index("direct cause") < text.index("RuntimeError: outer")
    with pytest.raises(RuntimeError) as hidden:
        try:
            raise KeyError("inner")
        except KeyError:
            raise RuntimeError("outer") from None
    assert "KeyError" not in capture.describe(hidden.value).stacktrace


def test_a_chain_that_is_long_or_leads_back_ends() -> None:
    """However many causes, a few are recorded; a circle of causes ends."""
    error: BaseException = ValueError("0")
    for number in range(1, 30):
        following = ValueError(str(number))
        following.__cause__ = error
        error = following
    assert capture.describe(error).stacktrace.count("Traceback") == MAX_CHAIN
    one, two = ValueError("one"), ValueError("two")
    one.__cause__, two.__cause__ = two, one
    assert capture.describe(one).stacktrace.count("Traceback") == 2


def test_a_deep_stack_keeps_its_two_ends() -> None:
    """Of a recursion's thousand frames the first and the last stay, with the number left out."""

    def recurse(depth: int) -> None:
        if depth:
            recurse(depth - 1)
        raise ValueError("deep")

    with pytest.raises(ValueError, match="deep") as caught:
        recurse(200)
    text = capture.describe(caught.value).stacktrace
    assert text.count("  File ") == MAX_FRAMES
    assert "frames left out]" in text


def test_the_fingerprint_is_the_place_and_the_type_and_not_the_message() -> None:
    """Errors raised at one place are one kind, whatever they say; another type or place is another."""

    def fail(error: Exception) -> None:
        raise error

    def captured(error: Exception) -> str:
        try:
            fail(error)
        except Exception as caught:  # noqa: BLE001 - any may be asked for
            return capture.describe(caught).fingerprint
        raise AssertionError

    assert captured(ValueError("user 1")) == captured(ValueError("user 2"))
    assert captured(ValueError("x")) != captured(KeyError("x"))
    assert captured(ValueError("x")) != capture.describe(raised(ValueError("x"))).fingerprint
    assert len(captured(ValueError())) == 16


def test_an_exception_whose_text_raises_is_recorded_without_it() -> None:
    """`__str__` is the application's code and may fail."""

    class Broken(Exception):  # noqa: N818 - an application's name
        def __str__(self) -> str:
            raise RuntimeError

    assert capture.describe(Broken()).message == "<unprintable Broken>"


def test_a_text_is_an_error_too() -> None:
    """What is only a text has no frames, and equal texts have equal fingerprints."""
    captured = capture.describe("it broke")
    assert (captured.type, captured.message, captured.stacktrace) == ("str", "it broke", "")
    assert captured.fingerprint == capture.describe("it broke").fingerprint


def test_an_exception_is_marked_for_each_owner_alone() -> None:
    """One pipeline's id for an exception is not another one's; built-in exceptions can be marked too."""
    error = ValueError()
    assert capture.seen_as(error, "one") is None
    capture.mark_seen(error, "one", "id-1")
    assert capture.seen_as(error, "one") == "id-1"
    assert capture.seen_as(error, "two") is None
    capture.mark_seen("a text", "one", "id-2")
    assert capture.seen_as("a text", "one") is None
    assert sys.exc_info() == (None, None, None)


def test_a_copy_of_an_exception_is_another_one() -> None:
    """The mark on an exception holds for that object, not for what was copied or unpickled from it."""
    error = ValueError("x")
    capture.mark_seen(error, "one", "id-1")
    for other in (copy.copy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301 - our own bytes
        assert capture.seen_as(other, "one") is None
    assert capture.seen_as(error, "one") == "id-1"
