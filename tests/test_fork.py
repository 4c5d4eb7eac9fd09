"""The fork registry: what registers itself is renewed in every child, and is not kept alive by it."""

from __future__ import annotations

import gc
import os
import weakref

import pytest

from clippy_otel import _fork

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


class Counter:
    """Something that counts how often it was renewed."""

    def __init__(self, log: list[str], name: str) -> None:
        self.log, self.name = log, name
        _fork.renew_in_child(self)

    def after_fork(self) -> None:
        """Note the renewal."""
        self.log.append(self.name)


def in_child(expected: list[str], log: list[str]) -> bool:
    """Fork, and return whether the child saw what is expected."""
    child = os.fork()
    if child == 0:
        os._exit(0 if log == expected else 1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_child_renews_in_the_order_of_construction() -> None:
    """Lower layers are built first and renewed first; the parent's objects are left alone."""
    log: list[str] = []
    kept = [Counter(log, "first"), Counter(log, "second")]
    assert in_child(["first", "second"], log)
    assert log == []
    assert len(kept) == 2


def test_the_registry_keeps_nothing_alive() -> None:
    """An object that only the registry knows is collected, and no child renews it."""
    log: list[str] = []
    reference = weakref.ref(Counter(log, "gone"))
    gc.collect()
    assert reference() is None
    assert in_child([], log)


@pytest.mark.swallows
def test_one_that_fails_does_not_stop_the_others() -> None:
    """An object that raises while it is renewed does not keep the next one from it."""
    log: list[str] = []

    class Broken(Counter):
        def after_fork(self) -> None:
            raise RuntimeError

    kept = [Broken(log, "broken"), Counter(log, "next")]
    assert in_child(["next"], log)
    assert len(kept) == 2
