"""Severities: their words, their order, and OpenTelemetry's numbers."""

from __future__ import annotations

import pickle

import pytest

from clippy_otel.severity import ErrorSeverity


def test_each_has_opentelemetrys_number() -> None:
    """The first number of each of the logs data model's ranges."""
    assert {severity.name: severity.number for severity in ErrorSeverity} == {
        "DEBUG": 5,
        "INFO": 9,
        "WARNING": 13,
        "ERROR": 17,
        "CRITICAL": 21,
    }


def test_they_are_ordered_by_how_bad_they_are() -> None:
    """Not by their letters, and also beside their words."""
    expected = [
        ErrorSeverity.DEBUG,
        ErrorSeverity.INFO,
        ErrorSeverity.WARNING,
        ErrorSeverity.ERROR,
        ErrorSeverity.CRITICAL,
    ]
    assert sorted(ErrorSeverity, key=lambda severity: severity.value) != expected
    assert sorted(ErrorSeverity) == expected
    assert max(ErrorSeverity.CRITICAL, ErrorSeverity.ERROR) is ErrorSeverity.CRITICAL
    assert ErrorSeverity.ERROR >= "warning"
    assert ErrorSeverity.DEBUG <= ErrorSeverity.DEBUG < "info"
    assert not ErrorSeverity.INFO > ErrorSeverity.WARNING
    with pytest.raises(ValueError, match="loud"):
        _ = ErrorSeverity.INFO < "loud"


def test_each_is_equal_to_its_word() -> None:
    """So that a mapping by severity can be asked by word, and a pickled one is the same."""
    by_severity: dict[str, int] = {ErrorSeverity.ERROR: 1}
    assert by_severity["error"] == 1
    assert pickle.loads(pickle.dumps(ErrorSeverity.ERROR)) is ErrorSeverity.ERROR  # noqa: S301 - our own bytes


@pytest.mark.parametrize(
    "given, expected",
    [
        ("error", ErrorSeverity.ERROR),
        ("CRITICAL", ErrorSeverity.CRITICAL),
        (ErrorSeverity.INFO, ErrorSeverity.INFO),
        ("loud", None),
        (17, None),
        (None, None),
    ],
)
def test_a_word_names_one_in_any_case(given: object, expected: ErrorSeverity | None) -> None:
    """What is no severity's word is none."""
    assert ErrorSeverity.named(given) is expected
