"""Pauses: how long after which failure, and what ends them."""

from __future__ import annotations

import pytest

from clippy_otel.delivery.pauses import BACKOFF_JITTER, Pauses


@pytest.fixture(autouse=True)
def _still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold the clock at 100 s."""
    monkeypatch.setattr("clippy_otel.delivery.pauses.time.monotonic", lambda: 100.0)


def test_pauses_double_up_to_a_minute() -> None:
    """1, 2, 4 … 60 s, plus or minus a fifth; only the first of them is told."""
    subject = Pauses()
    assert subject.remaining_s() == 0
    for number, expected_s in enumerate([1, 2, 4, 8, 16, 32, 60, 60, *[60] * 20]):
        assert subject.after_failure(None) is (number == 0)
        assert expected_s * (1 - BACKOFF_JITTER) <= subject.remaining_s() <= expected_s * (1 + BACKOFF_JITTER)


def test_an_answer_ends_all_pauses_and_starts_the_count_anew() -> None:
    """After a success the next failure is a first one."""
    subject = Pauses()
    subject.after_failure(500.0)
    subject.after_answer()
    assert subject.remaining_s() == 0
    assert subject.after_failure(None)
    assert subject.remaining_s() < 2


def test_only_the_peer_ends_what_the_peer_asked_for() -> None:
    """Asking by name overrides our own backoff, not a Retry-After."""
    subject = Pauses()
    subject.after_failure(None)
    subject.end_backoff()
    assert subject.remaining_s() == 0
    subject.after_failure(30.0)
    subject.end_backoff()
    assert subject.remaining_s() == 30.0
