"""Work that is done once, on a thread of its own."""

from __future__ import annotations

import _thread
import threading
from collections.abc import Callable
from typing import Any

import pytest

from clippy_otel.attempt import Attempt

WAIT_S = 10.0


def test_it_is_done_on_another_thread_once() -> None:
    """However many wait for it."""
    threads: list[int] = []
    attempt = Attempt(lambda: threads.append(_thread.get_ident()))
    assert not attempt.is_over()
    attempt.begin()
    waiting = [threading.Thread(target=attempt.wait, args=(WAIT_S,)) for _ in range(4)]
    for thread in waiting:
        thread.start()
    for thread in waiting:
        thread.join()
    attempt.wait(WAIT_S)
    assert attempt.is_over()
    assert threads == [attempt.thread]
    assert threads != [_thread.get_ident()]


def test_who_has_no_patience_does_not_wait() -> None:
    """Nor does who is at it."""
    release = threading.Event()

    def work() -> None:
        attempt.wait(WAIT_S)
        release.wait(WAIT_S)

    attempt = Attempt(work)
    attempt.begin()
    attempt.wait(0)
    attempt.wait(0.01)
    assert not attempt.is_over()
    release.set()
    attempt.wait(WAIT_S)
    assert attempt.is_over()


def refuse(_: Callable[[], None], __: tuple[Any, ...]) -> None:
    """Start no thread, as an interpreter that exits."""
    raise RuntimeError


@pytest.mark.parametrize("start", [refuse, lambda *_: None], ids=["refused", "never run"])
def test_where_no_thread_runs_who_waits_does_it(start: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the interpreter's exit, and where threads do not run beside the request."""
    monkeypatch.setattr(_thread, "start_new_thread", start)
    threads: list[int] = []
    attempt = Attempt(lambda: threads.append(_thread.get_ident()))
    attempt.begin()
    attempt.wait(WAIT_S)
    attempt.wait(WAIT_S)
    assert threads == [_thread.get_ident()]
