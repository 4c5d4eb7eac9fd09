"""The interpreter's exit: one deadline for all, and what hangs takes nothing from the others."""

from __future__ import annotations

import sys
import weakref
from types import SimpleNamespace

import pytest

from clippy_otel import _exit


class Ending:
    """Something that ends, and notes in a common log what is asked of it."""

    def __init__(self, name: str, asked: list[str]) -> None:
        self._name = name
        self._asked = asked

    def request_flush(self) -> None:
        """Note it."""
        self._asked.append(f"{self._name} flush")

    def shutdown(self, timeout_ms: float) -> None:
        """Note it."""
        assert 0 <= timeout_ms <= _exit.EXIT_TIMEOUT_MS
        self._asked.append(f"{self._name} shutdown")


class Failing(Ending):
    """One that raises."""

    def request_flush(self) -> None:
        """Fail."""
        raise RuntimeError


@pytest.mark.swallows
def test_all_deliver_before_the_first_one_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that hangs uses up the deadline of all; one that raises stops nobody."""
    monkeypatch.setattr(_exit, "_owners", weakref.WeakSet())
    monkeypatch.setattr(_exit, "_parts", weakref.WeakSet())
    monkeypatch.setattr(_exit._Exit, "has_begun", False)
    asked: list[str] = []
    kept = [Ending("a", asked), Ending("b", asked), Failing("c", asked)]
    for ending in kept:
        _exit.shut_down_at_exit(ending, ending)
    _exit._shut_down_all()
    assert sorted(asked[:2]) == ["a flush", "b flush"]
    assert set(asked[2:]) == {"a shutdown", "b shutdown", "c shutdown"}
    assert _exit.has_begun()


def test_celery_pool_processes_and_children_of_multiprocessing_are_joined_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is loaded by the time that something is registered is joined, once; nothing is loaded for it."""
    joined: list[str] = []
    monkeypatch.setattr(_exit, "_owners", weakref.WeakSet())
    monkeypatch.setattr(_exit, "_parts", weakref.WeakSet())
    monkeypatch.setattr(_exit, "_leaving", _exit._Leaving())
    util = SimpleNamespace(register_after_fork=lambda *_: joined.append("multiprocessing"))
    shutdown = SimpleNamespace(connect=lambda _: joined.append("celery"))
    monkeypatch.setitem(sys.modules, "multiprocessing.util", util)
    monkeypatch.setitem(sys.modules, "celery.signals", SimpleNamespace(worker_process_shutdown=shutdown))
    kept = Ending("a", [])
    _exit.shut_down_at_exit(kept, kept)
    _exit.shut_down_at_exit(kept, kept)
    assert joined == ["multiprocessing", "celery"]
