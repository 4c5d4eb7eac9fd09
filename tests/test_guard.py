"""The host-safety guard: it swallows our exceptions, counts them, and never tells what they say."""

from __future__ import annotations

import logging

import pytest

from clippy_otel import _guard

pytestmark = pytest.mark.swallows


@pytest.fixture(autouse=True)
def _empty_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start each test with nothing swallowed."""
    monkeypatch.setattr(_guard, "_swallowed", {})


def test_an_exception_goes_no_further_and_is_counted() -> None:
    """A block that raises ends quietly; the error is at hand and counted under its place."""
    with _guard.host_safe("here") as guarded:
        raise ValueError
    assert isinstance(guarded.error, ValueError)
    assert _guard.counts()["here"] == 1


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_what_is_not_an_exception_passes(kind: type[BaseException]) -> None:
    """KeyboardInterrupt and its like are the host's and go through."""
    with pytest.raises(kind), _guard.host_safe("here"):
        raise kind


def test_the_first_of_a_place_warns_and_the_rest_are_debug(caplog: pytest.LogCaptureFixture) -> None:
    """A failure that repeats does not flood the log, and its text, which may be private, is never logged."""
    caplog.set_level(logging.DEBUG, "clippy_otel")
    for _ in range(3):
        with _guard.host_safe("a place of its own"):
            msg = "alice@example.com"
            raise ValueError(msg)
    assert [record.levelno for record in caplog.records] == [logging.WARNING, logging.DEBUG, logging.DEBUG]
    assert "ValueError" in caplog.text
    assert "alice" not in caplog.text


def test_a_failing_log_filter_of_the_host_does_no_harm() -> None:
    """Where logging itself raises, the guard stays quiet."""

    def broken(_: logging.LogRecord) -> bool:
        raise RuntimeError

    _guard.logger.addFilter(broken)
    try:
        with _guard.host_safe("broken log"):
            raise ValueError
    finally:
        _guard.logger.removeFilter(broken)
    assert _guard.counts()["broken log"] == 1


def test_a_guard_inside_a_log_handler_does_not_recurse() -> None:
    """A handler that itself fails inside our guard ends after one turn."""
    entered = 0

    class Handler(logging.Handler):
        def emit(self, _: logging.LogRecord) -> None:
            nonlocal entered
            entered += 1
            with _guard.host_safe("inner"):
                raise ValueError

    handler = Handler()
    _guard.logger.addHandler(handler)
    try:
        with _guard.host_safe("outer"):
            raise ValueError
    finally:
        _guard.logger.removeHandler(handler)
    assert entered == 1


def test_the_table_of_places_is_bounded() -> None:
    """Place names made at run time cannot grow the table without bound."""
    for number in range(1000):
        with _guard.host_safe(f"place {number}"):
            raise ValueError
    assert len(_guard.counts()) <= 256
