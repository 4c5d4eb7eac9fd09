"""Forks wait for calls in progress, and cut off the children that they could not wait for."""

from __future__ import annotations

import gc
import os
import threading

import pytest

from clippy_otel.delivery import fork_gate
from clippy_otel.delivery.fork_gate import ForkGate

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork"),
    # Python 3.12 and later, where a child does no more than these do, but not everybody keeps to that.
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning"),
]


def child_is_cut_off(*gates: ForkGate) -> bool:
    """Fork, and return whether the child is cut off; it must find the gates open again."""
    pid = os.fork()
    if pid == 0:
        open_again = all(gate.enter(0) for gate in gates)
        os._exit((1 if fork_gate.is_cut_off() else 0) if open_again else 2)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert code in (0, 1)
    return code == 1


@pytest.fixture(autouse=True)
def _watched() -> None:
    """Watch forks as a process does that has made a channel, and let the gates of other tests go."""
    gc.collect()
    fork_gate.watch_forks()
    fork_gate.watch_forks()


def test_one_call_at_a_time() -> None:
    """A gate lets one call in, and the next when that has left."""
    gate = ForkGate()
    assert gate.enter(0)
    assert not gate.enter(0)
    assert not gate.enter(-1.0)
    gate.leave()
    assert gate.enter(0)


def test_fork_between_calls() -> None:
    """A child that is forked between calls can make its own, and its parent goes on."""
    gates = ForkGate(), ForkGate()
    for _ in range(2):
        assert not child_is_cut_off(*gates)
    assert all(gate.enter(0) for gate in gates)


def test_fork_waits_for_a_short_call() -> None:
    """A fork waits for a call that is about to end."""
    gate = ForkGate()
    assert gate.enter(0)
    timer = threading.Timer(0.02, gate.leave)
    timer.start()
    assert not child_is_cut_off(gate)
    timer.join()


def test_fork_during_a_long_call() -> None:
    """A child whose fork could not wait for a call is cut off; the parent is not, nor are its later children."""
    gate, idle = ForkGate(), ForkGate()
    assert gate.enter(0)
    assert child_is_cut_off(idle)
    assert not fork_gate.is_cut_off()
    assert idle.enter(0)
    idle.leave()
    gate.leave()
    assert not child_is_cut_off(gate, idle)


def test_children_of_a_child_that_is_cut_off() -> None:
    """What gRPC is left with in a child it is left with in the child's children."""
    gate = ForkGate()
    assert gate.enter(0)
    pid = os.fork()
    if pid == 0:
        gate.leave()
        os._exit(1 if child_is_cut_off() else 0)
    gate.leave()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 1


@pytest.mark.parametrize("value, cut_off", [("0", True), ("False", True), ("no", True), ("1", False), ("", False)])
def test_fork_support_switched_off(monkeypatch: pytest.MonkeyPatch, value: str, cut_off: bool) -> None:  # noqa: FBT001
    """Children are cut off where gRPC's own handling of forks is switched off; their parent is not."""
    monkeypatch.setenv("GRPC_ENABLE_FORK_SUPPORT", value)
    assert child_is_cut_off() is cut_off
    assert not fork_gate.is_cut_off()


def test_gates_are_not_kept_alive() -> None:
    """A gate that nobody holds any more is none to wait for."""
    gate = ForkGate()
    assert gate.enter(0)
    key = id(gate)
    del gate
    assert key not in fork_gate._gates
    assert not child_is_cut_off()
