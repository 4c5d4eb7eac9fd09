"""What is recorded of an exception: its frames without source, its causes, a stable fingerprint, all of it bounded."""

from __future__ import annotations

import copy
import linecache
import pickle
import sys
import threading

import pytest

from clippy_otel import capture
from clippy_otel.capture import MAX_CHAIN, MAX_FRAMES, MAX_MEMBERS


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


def test_lines_of_source_are_recorded_where_they_are_asked_for() -> None:
    """Beneath each frame, as Python prints them, save one that is too long: half of a secret is none to a redactor."""
    error = raised(ValueError("x"))
    text = capture.describe(error, source_lines=True).stacktrace
    assert text.splitlines()[2] == "    raise error"
    assert capture.describe(error).stacktrace.count("\n") == 2
    source = f"def fail(): raise ValueError('x') # {'x' * 200}"
    linecache.cache["<long>"] = (len(source), None, [source], "<long>")
    with pytest.raises(ValueError, match="x") as caught:
        exec(compile(source + "\nfail()", "<long>", "exec"), {})  # noqa: S102 - our own text
    assert source not in capture.describe(caught.value, source_lines=True).stacktrace
    assert '"<long>", line 1, in fail\nValueError' in capture.describe(caught.value, source_lines=True).stacktrace


def test_a_group_of_exceptions_has_its_first_members_with_it() -> None:
    """Each with frames and message; and groups whose first members differ are different errors."""

    class BaseExceptionGroup(BaseException):  # Python's own comes with 3.11; its backport has this name too
        def __init__(self, *exceptions: object) -> None:
            super().__init__("unhandled errors in a TaskGroup")
            self.exceptions = exceptions

    members = [raised(KeyError(number)) for number in range(7)]
    captured = capture.describe(raised(BaseExceptionGroup(*members, "no exception")))
    assert captured.stacktrace.count("+----------------") == MAX_MEMBERS
    assert "1 of 7" in captured.stacktrace
    assert captured.stacktrace.index("TaskGroup") < captured.stacktrace.index("KeyError: 0")
    assert captured.fingerprint == capture.describe(raised(BaseExceptionGroup(raised(KeyError("x"))))).fingerprint
    assert captured.fingerprint != capture.describe(raised(BaseExceptionGroup(raised(ValueError())))).fingerprint
    assert capture.describe(raised(BaseExceptionGroup())).message == "unhandled errors in a TaskGroup"


def test_a_class_of_exceptions_with_an_endless_name_is_cut() -> None:
    """Names that are made at run time are the application's, and so is their length."""
    assert len(capture.describe(type("E" * 1_000_000, (Exception,), {})()).type) == 256


def test_an_exception_is_claimed_once_for_each_owner() -> None:
    """The first claim gives the id that all later ones are told; a copy is another exception, and a text is none."""
    error = ValueError("x")
    assert capture.claim(error, "one", "id-1") == "id-1"
    assert capture.claim(error, "one", "id-2") == "id-1"
    assert capture.claim(error, "two", "id-3") == "id-3"
    other = copy.copy(error)
    assert capture.claim(other, "one", "id-4") == "id-4"
    assert capture.seen_as(error, "one") == "id-1"
    assert capture.seen_as(other, "one") == "id-4"
    assert capture.claim("a text", "one", "id-5") == "id-5"


def test_threads_that_claim_one_exception_agree() -> None:
    """However many see it at the same moment, it is one record's."""
    for _ in range(50):
        error, barrier = ValueError(), threading.Barrier(4)
        ids: list[str] = []

        def claim(own_id: str, ids: list[str], error: ValueError, barrier: threading.Barrier) -> None:
            barrier.wait()
            ids.append(capture.claim(error, "one", own_id))

        threads = [threading.Thread(target=claim, args=(f"id-{number}", ids, error, barrier)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(set(ids)) == 1
