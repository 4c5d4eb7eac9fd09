"""What redaction is timed on: texts of their size, never the same twice, and clean to both sides."""

from __future__ import annotations

import random

import pytest

from benchmarks import harness
from benchmarks.redaction import peers, speed
from benchmarks.redaction.speed_texts import HOSTILE, HOSTILE_CHARS, LONG_CHARS, SHORT_CHARS, Texts
from clippy_otel.privacy import Redactor


def test_texts_are_of_their_size() -> None:
    """Each set has the length that its rows name."""
    texts = Texts()
    assert {len(text) for text in texts.short(200) + texts.with_new_word(200)} == {SHORT_CHARS}
    assert len(texts.short(7)) == 7
    assert {len(text) for text in texts.long(20) + texts.long_personal(20)} == {LONG_CHARS}
    assert {len(text) for text in HOSTILE} == {HOSTILE_CHARS}


def test_texts_are_like_messages() -> None:
    """One set has digits and the other has none, and both have what separates keys from values."""
    texts = Texts()
    assert all(any(char.isdigit() for char in text) for text in texts.with_digits(200))
    without = texts.without_digits(200)
    assert not any(char.isdigit() for text in without for char in text)
    assert sum(":" in text or "=" in text for text in without) >= 60


def test_no_text_twice() -> None:
    """No text is ever seen again, so that no cache of whole texts helps."""
    texts = Texts()
    short = [text for _ in range(2) for make in (texts.short, texts.with_new_word) for text in make(2_000)]
    made = [*short, *texts.long(20), *texts.long_personal(20)]
    assert len(set(made)) == len(made)


@pytest.mark.parametrize("name", ["ours", "logfire"])
def test_clean_texts_are_clean(name: str) -> None:
    """Neither side redacts anything in the clean sets, and ours does in the personal one."""
    (tool,) = peers.tools([name])
    assert not isinstance(tool, str)
    texts = Texts()
    for text in [*texts.short(600), *texts.with_new_word(300), *texts.long(20)]:
        assert tool.text(text) == text
    assert name != "ours" or all(tool.text(text) != text for text in texts.long_personal(20))


def test_attributes_are_clean() -> None:
    """The mapping of the row about seen attributes comes back as the same object."""
    attributes = dict(speed.ATTRIBUTES)
    assert len(attributes) == 13
    assert Redactor().redact_attributes(attributes) is attributes


def test_budgets_are_those_promised() -> None:
    """The rows with a budget are those of the contract, with its figures."""
    (benchmark,) = speed.benchmarks()
    budgets = {row.name: row.budget for row in benchmark.rows if row.budget is not None and "re2" not in row.name}
    assert list(budgets.values()) == [0.4, 0.9, 2.0, 0.1, 5.0]
    assert {row.budget for row in benchmark.rows if "re2" in row.name} <= {0.2, None}


def test_rows_are_of_what_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A peer or an engine that is not installed has no rows."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert {(timed.engine, timed.peer) for timed in speed.timed_rows(Texts())} == {("re", "naive")}


def test_both_sides_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each row has a figure of both sides, save the hostile one, beside which there is nothing."""
    monkeypatch.setattr(speed, "HOSTILE", HOSTILE[:2])
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    (benchmark,) = speed.benchmarks()
    results = harness.run(benchmark, rounds=1, calls=20, rng=random.Random(1))
    assert len(results) == 9
    assert all(result.ours > (0.0,) for result in results)
    assert [result.row.name for result in results if result.bare <= (0.0,)] == [results[-1].row.name]
