"""Users are counted exactly where there is room for their hashes, and else with the error that is promised."""

from __future__ import annotations

import random

import pytest

from clippy_otel.analytics.users import HASH_BITS, UserCounts, Users

SECOND_NS = 1_000_000_000


def hashes(count: int, seed: int = 1) -> list[int]:
    """Return different hashes."""
    return random.Random(seed).sample(range(1 << HASH_BITS), count)


def test_counts_are_exact_where_there_is_room() -> None:
    """Each owner's are its own, however often somebody is seen, the smallest and the largest hash included."""
    users = Users(1_000 * SECOND_NS, 1_000)
    some = [0, (1 << HASH_BITS) - 1, *hashes(498)]
    for _ in range(2):
        for user in some:
            users.see(0, user, 0)
            if user % 2:
                users.see(1, user, 0)
    assert users.counts(0, 0) == UserCounts(500, 500)
    assert users.counts(1, 0).total == sum(user % 2 for user in some)
    assert users.counts(2, 0) == UserCounts(0, 0)


def test_owners_without_users() -> None:
    """One whose users nobody knows has none, whoever comes after it."""
    users = Users(SECOND_NS, 1_000)
    users.see(3, 7, 0)
    users.see(1, 7, 0)
    assert [users.counts(owner, 0).total for owner in range(5)] == [0, 1, 0, 1, 0]


@pytest.mark.parametrize("count", [3_000, 50_000, 200_000])
def test_estimates(count: int) -> None:
    """With room for 2,000 hashes they are within 4 standard errors of 2.4 %, for each of 5 seeds."""
    for seed in range(5):
        users = Users(1_000 * SECOND_NS, 2_000)
        some = hashes(count, seed)
        for number, user in enumerate(some):
            users.see(0, user, 0 if number % 2 else 2_000 * SECOND_NS)
        found = users.counts(0, 2_000 * SECOND_NS)
        assert found.total == pytest.approx(count, rel=4 * 0.024)
        assert found.active == pytest.approx(count / 2, rel=4 * 0.034)


def test_the_owners_with_most_users_give_up_first() -> None:
    """Where one has thousands, those that have few stay exact."""
    users = Users(SECOND_NS, 2_000)
    for owner in range(100):
        for user in hashes(5, owner):
            users.see(owner, user, 0)
    for user in hashes(20_000):
        users.see(100, user, 0)
    assert [users.counts(owner, 0).total for owner in range(100)] == [5] * 100
    assert users.counts(100, 0).total == pytest.approx(20_000, rel=4 / 1_300**0.5)


def test_room_for_others() -> None:
    """What gives way takes less room at once, and its estimates go on; two hashes an owner always have room."""
    users = Users(SECOND_NS, 2_000)
    for owner in range(2):
        for user in hashes(900, owner):
            users.see(owner, user, 0)
    users.give_way(8 * 1_000)
    assert len(users._words) <= 1_000
    assert users.counts(0, 0).total == pytest.approx(900, rel=4 / 430**0.5)
    users.give_way(8 * 5_000)
    assert len(users._words) <= 4
    assert users.counts(0, 0).total > 0


def test_the_window() -> None:
    """Somebody is active until the window has gone by; being seen again begins it anew."""
    users = Users(1_000 * SECOND_NS, 100)
    users.see(0, 1, 500 * SECOND_NS)
    users.see(0, 2, 500 * SECOND_NS)
    users.see(0, 2, 800 * SECOND_NS)
    times = (800, 1_499, 1_500, 1_799, 1_800, 10**9)
    assert [users.counts(0, at * SECOND_NS).active for at in times] == [2, 2, 1, 1, 0, 0]
    assert users.counts(0, 10**18).total == 2


def test_times_do_not_come_round() -> None:
    """After thousands of windows those who were seen long ago are not active again, and those just seen are."""
    users = Users(1_000, 100)
    users.see(0, 1, 0)
    for now in range(0, 10_000_000, 700):
        users.see(0, 2, now)
        assert users.counts(0, now).active == (2 if now < 1_000 else 1)


def test_a_clock_that_goes_back() -> None:
    """Whoever is seen then is active, and nobody is lost."""
    users = Users(1_000 * SECOND_NS, 100)
    users.see(0, 1, 10**6 * SECOND_NS)
    users.see(0, 2, 0)
    assert users.counts(0, 0) == UserCounts(2, 2)
