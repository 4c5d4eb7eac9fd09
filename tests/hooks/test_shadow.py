"""A shadowed method: called instead, put back exactly, out of the way where somebody else came after."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from clippy_otel.hooks.shadow import Method, Shadow


class Owner:
    """An object with a method."""

    def __init__(self) -> None:
        self.calls: list[Any] = []

    def work(self, value: Any) -> Any:
        """Note a call."""
        self.calls.append(value)
        return value


class Slotted:
    """An object that takes no attributes."""

    __slots__ = ()

    def work(self) -> None:
        """Do nothing."""


def doubling(original: Method) -> Method:
    """Return what doubles what it is given."""
    return lambda value: original(2 * value)


def test_it_is_called_instead_for_whoever_holds_the_object() -> None:
    """Also by those that have held the object before."""
    owner = Owner()
    other_reference = owner
    shadow = Shadow(owner, "work", doubling)
    assert other_reference.work(3) == 6
    assert owner.calls == [6]
    assert shadow.is_in_place()
    assert shadow.original(1) == 1


def test_undo_leaves_no_trace() -> None:
    """The object is as it was, attribute for attribute."""
    owner = Owner()
    before = dict(vars(owner))
    shadow = Shadow(owner, "work", doubling)
    shadow.undo()
    assert vars(owner) == before
    assert owner.work(3) == 3
    shadow.undo()
    assert vars(owner) == before
    assert not shadow.is_in_place()


def test_undo_puts_back_what_somebody_had_put_there() -> None:
    """A method that was shadowed before us is the one that comes back, the very object."""
    owner = Owner()

    def theirs(value: Any) -> Any:
        return -value

    owner.work = theirs  # type: ignore[method-assign]
    shadow = Shadow(owner, "work", doubling)
    assert owner.work(3) == -6
    shadow.undo()
    assert owner.work is theirs


def test_where_somebody_came_after_us_it_only_passes_on() -> None:
    """Their method stays, and calls through ours as if it were not there."""
    owner = Owner()
    shadow = Shadow(owner, "work", doubling)
    ours = owner.work
    owner.work = lambda value: ours(value + 1)  # type: ignore[method-assign]
    theirs = owner.work
    assert owner.work(3) == 8
    assert not shadow.is_in_place()
    shadow.undo()
    assert owner.work is theirs
    assert owner.work(3) == 4


def test_shadows_of_one_method_come_off_in_any_order() -> None:
    """One below another one passes on; the upper one puts it back."""
    owner = Owner()
    lower = Shadow(owner, "work", doubling)
    upper = Shadow(owner, "work", doubling)
    assert owner.work(1) == 4
    lower.undo()
    assert owner.work(1) == 2
    upper.undo()
    assert owner.work(1) == 1


def test_exchange() -> None:
    """Something else is called from then on; undo still leaves no trace."""
    owner = Owner()
    shadow = Shadow(owner, "work", doubling)
    shadow.exchange(lambda original: lambda value: original(10 * value))
    assert owner.work(3) == 30
    shadow.undo()
    assert owner.work(3) == 3
    assert "work" not in vars(owner)


@pytest.mark.parametrize("owner", [Slotted(), object(), 5])
def test_what_takes_no_attributes_cannot_be_shadowed(owner: Any) -> None:
    """It is said at once, and nothing has changed."""
    with pytest.raises(AttributeError):
        Shadow(owner, "work", doubling)


def test_threads_never_see_a_gap() -> None:
    """While one thread shadows and undoes, every call of others is answered, doubled or not."""
    owner = Owner()
    stop = threading.Event()
    answers: set[Any] = set()

    def call() -> None:
        while not stop.is_set():
            answers.add(owner.work(1))

    caller = threading.Thread(target=call)
    caller.start()
    for _ in range(500):
        Shadow(owner, "work", doubling).undo()
    stop.set()
    caller.join()
    assert answers <= {1, 2}
    assert "work" not in vars(owner)
