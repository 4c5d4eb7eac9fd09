"""How redaction is scored: what counts as found, the figures of known tools, the table and the command."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from benchmarks import ROOT
from benchmarks.redaction import __main__ as command
from benchmarks.redaction import corpus, peers, report
from benchmarks.redaction.peers import Tool
from benchmarks.redaction.rows import KeyRow, Payload, Plant, Planted, TextRow
from benchmarks.redaction.score import Score, score
from benchmarks.redaction.survival import bare_leaves, leaked, replaced, survives, without_planted

EMAIL = Plant("email", "anna.berg@example.com", ("anna.berg@example.com",))
CARD = Plant("card", "4111 1111 1111 1111", ("4111 1111 1111 1111",))
TOKEN = Plant("api_key", "ghp_abcdefgh1234", ("abcdefgh1234",))
MARK = re.compile(r"\[X\]")


def row(before: str, plant: Plant, after: str) -> TextRow:
    """Return a text with one planted value."""
    text = before + plant.text + after
    return TextRow(text, (Planted(plant, len(before), len(before) + len(plant.text)),), "test")


ROWS = [row("mail ", EMAIL, " now"), row("card ", CARD, ""), row("key ", TOKEN, " used")]
SMALL = corpus.Corpus(
    [*ROWS, TextRow("nothing here", (), "test"), TextRow("nor here", (), "test")],
    [
        KeyRow("password", "strict", "password"),
        KeyRow("max_tokens", "hard", "tokens"),
        KeyRow("order.id", "plain", "things"),
    ],
    [Payload("flat", {"password": "zqcanary77", "id": "keep-me"}, ("zqcanary77",), ("keep-me",))],
)


def nothing(text: Any) -> Any:
    """Redact nothing."""
    return text


def perfect(text: str) -> str:
    """Redact exactly what is planted."""
    for plant in (EMAIL, CARD, TOKEN):
        text = text.replace(plant.text, "[X]")
    return text


def everything(_: Any) -> Any:
    """Redact all there is."""
    return "[X]"


def perfect_value(value: dict[str, Any]) -> dict[str, Any]:
    """Redact what stands under a password."""
    return {key: "[X]" if key == "password" else each for key, each in value.items()}


def tool(text: Callable[[str], str], value: Callable[[Any], Any] | None) -> Tool:
    """Return a tool of that kind."""
    return Tool("ours", text, lambda before: replaced(before, text(before), MARK), value)


@pytest.mark.parametrize(
    "plant,output,left",
    [
        (EMAIL, "mail [X] now", False),
        (EMAIL, "mail anna.berg@example.com now", True),
        (EMAIL, "mail anna.berg@[X] now", True),
        (EMAIL, "mail [X]@example.com now", False),
        (EMAIL, "mail anna.[X] now", False),
        (CARD, "card [X]", False),
        (CARD, "card [X] 1111", True),
        (CARD, "card [X] 11", False),
        (CARD, "card 4-1-1-1[X]", True),
        (TOKEN, "key ghp_[X] used", False),
        (TOKEN, "key [X]1234 used", True),
        (TOKEN, "key [X]234 used", False),
    ],
)
def test_harmless_remainder(plant: Plant, output: str, left: bool) -> None:  # noqa: FBT001 - an expectation
    """Up to three identifying characters in a row, or an address without its local part, are no leak."""
    (planted,) = [each for each in ROWS if each.planted[0].plant is plant]
    assert survives(plant, without_planted(planted), output) is left


def test_what_stands_elsewhere_is_not_the_values() -> None:
    """Characters that the text has in another place too are no remainder of what was planted."""
    planted = row("order 1111 paid by ", CARD, "")
    assert not survives(CARD, without_planted(planted), "order 1111 paid by [X]")
    assert survives(CARD, without_planted(planted), "order 1111 paid by [X]1111")


def test_encoded_address() -> None:
    """An address counts as left in whatever form it is left."""
    encoded = Plant("email_encoded", "anna.berg%40example.com", ("anna.berg%40example.com",))
    assert survives(encoded, "GET /?to= HTTP", "GET /?to=anna.berg@example.com HTTP")
    assert survives(encoded, "GET /?to= HTTP", "GET /?to=anna.berg%2540example.com HTTP")
    assert not survives(encoded, "GET /?to= HTTP", "GET /?to=[X] HTTP")


@pytest.mark.parametrize(
    "text,output,spans",
    [
        ("a b c", "a b c", []),
        ("a b c", "a [X] c", [(2, 3)]),
        ("a b c", "[X]", [(0, 5)]),
        ("a b c d", "[X] b c [X]", [(0, 1), (6, 7)]),
        ("a b c d", "a [X][X]", [(2, 2), (2, 7)]),
        ("a b c d", "rewritten [X]", [(0, 7)]),
        ("a b c d", "rewritten", [(0, 7)]),
    ],
)
def test_replaced(text: str, output: str, spans: list[tuple[int, int]]) -> None:
    """Where something was replaced is told from the output; where it cannot be, it is the whole text."""
    assert replaced(text, output, MARK) == spans


@pytest.mark.parametrize(
    "value",
    [
        {"a": "x zqcanary77"},
        {"zqcanary77": 1},
        [("a", ("zqcanary77",))],
        {"a": b"zqcanary77"},
        {"a": '{"b": "zq\\u0063anary77"}'},
        {"a": '"{\\"b\\": \\"zq\\\\u0063anary77\\"}"'},
        {"a": "zq%63anary77"},
        {"a": ValueError("zqcanary77")},
        {"a": "canary"},
    ],
)
def test_leaked(value: Any) -> None:
    """A canary leaks wherever it, or six characters of it, are left: in texts, keys, bytes, URLs and objects."""
    assert leaked("zqcanary77", bare_leaves(value))
    assert not leaked("zqcanary77", bare_leaves({"a": "[X]", "b": "nary77"[:5]}))


def test_perfect_tool() -> None:
    """A tool that finds all, and nothing else, has full marks and misses no target of the tiers that are there."""
    result = score(tool(perfect, perfect_value), SMALL)
    assert result.failures == []
    assert result.swallowed_share == 0
    assert (result.precision, result.changed_share, result.recall("core"), result.recall("extended")) == (
        100,
        0,
        100,
        100,
    )
    assert (result.keys["strict"], result.caught) == (1, {"strict": 1, "hard": 0, "plain": 0})
    assert (result.canaries, result.leaks, result.lost) == (1, {"flat": 0}, 0)
    assert report.missed(result) == []


def test_tool_that_does_nothing() -> None:
    """A tool that finds nothing misses everything, and changes nothing."""
    result = score(tool(nothing, nothing), SMALL)
    assert (result.precision, result.changed_share, result.recall("core"), result.recall(kind="api_key")) == (
        100,
        0,
        0,
        0,
    )
    assert [failure.what for failure in result.failures] == [
        "missed",
        "missed",
        "missed",
        "key leaked",
        "canary leaked",
    ]
    assert {"core recall", "email", "card", "extended recall", "strict keys leaked", "canaries leaked"} <= {
        *report.missed(result)
    }


def test_tool_that_replaces_everything() -> None:
    """A tool that leaves nothing has full recall, and no precision."""
    result = score(tool(everything, everything), SMALL)
    assert (result.precision, result.changed_share, result.recall("core"), result.swallowed_share) == (
        60,
        100,
        100,
        100,
    )
    assert (result.caught["hard"], result.lost) == (1, 1)
    assert {"precision", "clean rows changed", "hard negative keys redacted"} <= {*report.missed(result)}


def test_tool_that_raises() -> None:
    """What a tool raises at a payload counts as a leak of all of it, and the run goes on."""

    def failing(value: dict[str, Any]) -> dict[str, Any]:
        if "id" in value:
            raise ValueError("too deep")
        return value

    result = score(tool(perfect, failing), SMALL)
    assert [failure.what for failure in result.failures] == ["key leaked", "raised", "canary leaked"]


def test_tool_without_keys_and_payloads() -> None:
    """A tool for texts alone has no figures of keys and payloads, and misses no target of theirs."""
    result = score(tool(perfect, None), SMALL)
    lines = report.table([result]).splitlines()
    assert [" ".join(line.split()) for line in lines if "keys" in line or "canaries" in line] == [
        "strict keys leaked - <= 0",
        "hard negative keys redacted - <= 0",
        "other keys redacted -",
        "canaries leaked - <= 0",
    ]
    assert report.missed(result) == []


def test_table() -> None:
    """A line has a tool's figure each, what ours has to reach, and whether it does."""
    other = Score("other")
    lines = report.table([score(tool(nothing, None), SMALL), other]).splitlines()
    cells = [" ".join(line.split()) for line in lines]
    assert cells[0] == "ours other to reach"
    assert "core recall 0.00 % 100.00 % >= 99.7 % MISSED" in cells
    assert "precision 100.00 % 100.00 % >= 99.7 % holds" in cells


def test_targets() -> None:
    """What ours has to reach is what was promised."""
    assert {measure.name.strip(): measure.target for measure in report.MEASURES if measure.target is not None} == {
        "core recall": 99.7,
        "email": 99.0,
        "us_ssn": 100.0,
        "card": 99.5,
        "phone": 99.5,
        "extended recall": 99.0,
        "contextual recall": 92.0,
        "precision": 99.7,
        "clean rows changed": 0.1,
        "strict keys leaked": 0,
        "hard negative keys redacted": 0,
        "canaries leaked": 0,
    }


def test_failures_are_shown() -> None:
    """What failed is shown with its kind, and only what was asked for."""
    result = score(tool(nothing, None), SMALL)
    assert report.failures(result, "card") == (
        "missed [card]: 'card 4111 1111 1111 1111'\n    -> 'card 4111 1111 1111 1111'"
    )
    assert report.failures(result).count("missed") == 3


def test_missing_tool(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tool that is not installed is left out, with a line that says so."""
    monkeypatch.setitem(__import__("sys").modules, "depii", None)
    (line,) = peers.tools(["depii"])
    assert isinstance(line, str)
    assert line.startswith("depii is left out, it is not installed")


@pytest.mark.parametrize("name", ["logfire", "naive", "ours", "depii", "fastscrub", "presidio"])
def test_tools_redact(name: str) -> None:
    """Each tool that is installed finds a social security number or a password, and says where."""
    (found,) = peers.tools([name])
    if isinstance(found, str):
        pytest.skip(found)
    text = "the password is 536-22-8726 for now"
    assert "536-22-8726" not in found.text(text)
    assert any(start < 27 and end > 16 for start, end in found.spans(text))
    assert found.catches("password") in {True, None}
    assert found.catches("colour") in {False, None}


@pytest.mark.parametrize("redact,status", [(perfect, 0), (nothing, 1)])
def test_exit_status(
    redact: Callable[[str], str], status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command ends with 1 where ours misses a target; the others' figures do not matter."""
    monkeypatch.setattr(command, "build", lambda *_, **__: SMALL)
    scored = [tool(redact, perfect_value), "other is left out, it is not installed"]
    monkeypatch.setattr(peers, "tools", lambda _: iter(scored))
    assert command.main(["--failures", "ours", "--only", "ours"]) == status
    printed = capsys.readouterr().out
    assert "other is left out" in printed
    assert ("missed [card]" in printed) is bool(status)
    assert "core recall" in printed


def test_documented_figures_are_of_these_measures() -> None:
    """The table of the page about accuracy has the lines and the targets that the command prints, and a date."""
    page = (ROOT / "docs" / "redaction-accuracy.md").read_text(encoding="utf-8")
    lines = [
        line.strip("|").split("|") for line in page.partition("## Figures")[2].splitlines() if line.startswith("|")
    ]
    cells = [[cell.strip() for cell in line] for line in lines]
    targets = {line[0]: line[-1] for line in cells[2:]}
    assert list(targets) == [measure.name.strip() for measure in report.MEASURES]
    assert [targets[measure.name.strip()] for measure in report.MEASURES] == [
        report.target(each) for each in report.MEASURES
    ]
    assert re.search(r"\b20\d\d-\d\d-\d\d, [^|]*`python -m benchmarks\.redaction [^`]*`", page)
