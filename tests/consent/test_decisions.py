"""Decisions: whose wins, and how many users are known."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from clippy_otel.consent import Decision, mask_of
from clippy_otel.consent.decisions import ALL_DENIED, ALL_PURPOSES, UNDECIDED, Decisions
from clippy_otel.exceptions import ConfigurationError

ADA, BOB, EVE = (bytes([number]) * 8 for number in range(3))


def decisions(*made: Decision, required: bool = False, max_users: int = 100) -> Decisions:
    """Return decisions of which nothing is kept elsewhere."""
    found = Decisions(required=required, look_up=lambda _: ALL_DENIED, max_users=max_users)
    for each in made:
        found.add(each)
    return found


@pytest.mark.parametrize("required", [False, True])
@pytest.mark.parametrize("everybody", [None, False, True])
@pytest.mark.parametrize("user", [None, False, True])
def test_the_users_own_decision_wins(*, user: bool | None, everybody: bool | None, required: bool) -> None:
    """Then that for everybody, then whether consent is required; and for each purpose alone."""
    found = decisions(required=required)
    if everybody is not None:
        found.add(Decision(1, b"", everybody))
    if user is not None:
        found.add(Decision(1, ADA, user))
    decided = user if user is not None else everybody
    assert found.decided(1, ADA) is decided
    assert found.decided(1, BOB) is everybody
    assert found.decided(2, ADA) is None
    assert found.allow(1, ADA) is (decided if decided is not None else not required)
    assert found.allow(1, b"") is (everybody if everybody is not None else not required)
    assert found.allow(2, ADA) is not required
    assert found.allow(0, ADA)


@pytest.mark.parametrize("required", [False, True])
def test_free_is_who_is_refused_nothing(*, required: bool) -> None:
    """Nobody need be asked for where everything is allowed to everybody."""
    assert decisions(required=required).allows_all is not required
    assert decisions(Decision(ALL_PURPOSES, b"", granted=True), required=required).allows_all
    assert decisions(Decision(1, ADA, granted=True)).allows_all
    assert not decisions(Decision(1, ADA, granted=False)).allows_all
    assert not decisions(Decision(1, b"", granted=False)).allows_all


def test_several_users() -> None:
    """One who has denied refuses; else one who has granted allows."""
    found = decisions(Decision(1, ADA, granted=True), Decision(1, BOB, granted=False), required=True)
    assert found.allow(1, ADA + EVE)
    assert not found.allow(1, EVE)
    for three in itertools.permutations((ADA, BOB, EVE)):
        assert not found.allow(1, b"".join(three))


def test_more_users_than_are_kept_are_looked_up() -> None:
    """They are known again afterwards, and never more than may be."""
    asked: list[bytes] = []
    truth: dict[bytes, int] = {}

    def look_up(subject: bytes) -> int:
        asked.append(subject)
        found.learn(subject, truth.get(subject, UNDECIDED))
        return truth.get(subject, UNDECIDED)

    found = Decisions(required=False, look_up=look_up, max_users=10)
    for number in range(100):
        subject = number.to_bytes(8, "big")
        decision = Decision(1, subject, bool(number % 3))
        truth[subject] = decision.after(UNDECIDED)
        found.add(decision)
    for number in range(110):
        assert found.allow(1, number.to_bytes(8, "big")) is (number >= 100 or bool(number % 3))
    assert len(asked) >= 90
    asked.clear()
    assert found.allow(1, (109).to_bytes(8, "big"))
    assert asked == []


def test_a_decision_of_somebody_forgotten_is_looked_up() -> None:
    """What was decided before is not lost by a decision about another purpose."""
    found = decisions(max_users=4)
    for number in range(20):
        found.add(Decision(1, number.to_bytes(8, "big"), granted=True))
    found.add(Decision(2, bytes(8), granted=True))
    assert not found.allow(1, bytes(8))  # here everything is denied where it is kept


def test_memory_is_bounded() -> None:
    """However many users decide."""
    found = decisions(max_users=1000)
    for number in range(10_000):
        found.add(Decision(1, number.to_bytes(8, "big"), granted=False))
    assert sum(found._known(number.to_bytes(8, "big")) is not None for number in range(10_000)) <= 1000


@pytest.mark.parametrize("purpose", ["marketing", "", "ANALYTICS", 1, ["errors"], True])
def test_unknown_purposes(purpose: object) -> None:
    """The message says which there are."""
    with pytest.raises(ConfigurationError, match="analytics, performance, errors"):
        mask_of(purpose)


def test_purposes() -> None:
    """Each is one bit, and none is all."""
    look: Callable[[object], int] = mask_of
    assert look("analytics") | look("performance") | look("errors") == look(None) == ALL_PURPOSES == 7
