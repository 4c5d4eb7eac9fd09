"""How a tool did on the corpus, as figures, and what it failed at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from benchmarks.redaction.corpus import Corpus
from benchmarks.redaction.peers import Tool
from benchmarks.redaction.rows import TIERS, KeyRow, Payload, TextRow
from benchmarks.redaction.survival import bare_leaves, leaked, survives, without_planted


class Failure(NamedTuple):
    """One thing that a tool did wrong.

    Attributes:
        what: "missed", "changed", "over-redacted", "key leaked", "key redacted", "canary leaked", "kept value lost", "raised".
        kind: Of the value, the key or the payload; for a clean text the file of its template.
        before: The text, the key or the payload.
        after: What the tool made of it.
    """

    what: str
    kind: str
    before: str
    after: str


class Score:
    """What is counted of one tool.

    Attributes:
        planted: Values planted, by kind.
        found: Those of which nothing identifying is left, by kind.
        spans: How often something was replaced.
        right_spans: How often that was, at least in part, something planted.
        beside: Characters that stand beside something planted.
        swallowed: Those of them that were replaced with it.
        clean: Texts with nothing planted.
        changed: Those of them that came back changed.
        keys: Names asked for, by group; none where the tool does not look at names.
        caught: Those of them whose value was redacted, by group.
        canaries: In all payloads.
        leaks: Those that survived, by the payload's shape; None where the tool knows no nested values.
        keeps: Values in payloads that hold nothing personal.
        lost: Those that did not survive.
        failures: What went wrong, in the order of the corpus.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.planted: Counter[str] = Counter()
        self.found: Counter[str] = Counter()
        self.spans = self.right_spans = 0
        self.beside = self.swallowed = 0
        self.clean = self.changed = 0
        self.keys: Counter[str] = Counter()
        self.caught: Counter[str] = Counter()
        self.canaries = self.keeps = self.lost = 0
        self.leaks: Counter[str] | None = None
        self.failures: list[Failure] = []

    def recall(self, tier: str | None = None, *, kind: str | None = None) -> float:
        """Return the share of the planted values that were found, in percent: of one tier, or of one kind."""
        kinds = [kind] if kind else [each for each in TIERS if TIERS[each] == tier]
        planted = sum(self.planted[each] for each in kinds)
        return 100 * sum(self.found[each] for each in kinds) / planted if planted else 100.0

    @property
    def precision(self) -> float:
        """The share of what was replaced that was planted, in percent."""
        return 100 * self.right_spans / self.spans if self.spans else 100.0

    @property
    def swallowed_share(self) -> float:
        """The share of the text beside something planted that was replaced with it, in percent."""
        return 100 * self.swallowed / self.beside if self.beside else 0.0

    @property
    def changed_share(self) -> float:
        """The share of the clean texts that came back changed, in percent."""
        return 100 * self.changed / self.clean if self.clean else 0.0


def score(tool: Tool, corpus: Corpus) -> Score:
    """Return how a tool does on the corpus."""
    result = Score(tool.name)
    for row in corpus.texts:
        _score_text(tool, row, result)
    for key in corpus.keys:
        _score_key(tool, key, result)
    if tool.value is not None:
        result.leaks = Counter()
    for payload in corpus.payloads:
        _score_payload(tool, payload, result)
    return result


def _score_text(tool: Tool, row: TextRow, result: Score) -> None:
    output = tool.text(row.text)
    spans = tool.spans(row.text)
    result.spans += len(spans)
    for start, end in spans:
        if any(start < planted.end and planted.start < end for planted in row.planted):
            result.right_spans += 1
        elif row.planted:
            result.failures.append(Failure("over-redacted", row.source, row.text, output))
    if not row.planted:
        result.clean += 1
        if output != row.text:
            result.changed += 1
            result.failures.append(Failure("changed", row.source, row.text, output))
        return
    covered, planted_at = _positions(spans), _positions((start, end) for _, start, end in row.planted)
    result.beside += len(row.text) - len(planted_at)
    result.swallowed += len(covered - planted_at)
    rest = without_planted(row)
    for planted in row.planted:
        kind = planted.plant.kind
        result.planted[kind] += 1
        if survives(planted.plant, rest, output):
            result.failures.append(Failure("missed", kind, row.text, output))
        else:
            result.found[kind] += 1


def _positions(spans: Iterable[tuple[int, int]]) -> set[int]:
    return {at for start, end in spans for at in range(start, end)}


def _score_key(tool: Tool, row: KeyRow, result: Score) -> None:
    caught = tool.catches(row.key)
    if caught is None:
        return
    result.keys[row.group] += 1
    result.caught[row.group] += caught
    if caught is not (row.group == "strict"):
        result.failures.append(Failure("key redacted" if caught else "key leaked", row.family, row.key, ""))


def _score_payload(tool: Tool, payload: Payload, result: Score) -> None:
    result.canaries += len(payload.canaries)
    result.keeps += len(payload.keeps)
    if tool.value is None or result.leaks is None:
        return
    output = _redacted(tool, payload.value, result, payload.shape)
    leaves = bare_leaves(output)
    leaks = [canary for canary in payload.canaries if leaked(canary, leaves)]
    lost = [keep for keep in payload.keeps if not any(leaf in each for each in leaves for leaf in bare_leaves(keep))]
    result.leaks[payload.shape] += len(leaks)
    result.lost += len(lost)
    before, after = repr(payload.value), repr(output)
    result.failures += [Failure("canary leaked", payload.shape, f"{canary} in {before}", after) for canary in leaks]
    result.failures += [Failure("kept value lost", payload.shape, f"{keep} in {before}", after) for keep in lost]


def _redacted(tool: Tool, value: Any, result: Score, shape: str) -> Any:
    """Return what the tool makes of a value: the value itself, all of it leaked, where the tool raises."""
    try:
        return tool.value(value) if tool.value else value
    except Exception as error:  # noqa: BLE001 - what a peer raises counts against it, and the run goes on
        result.failures.append(Failure("raised", shape, repr(value), repr(error)))
        return value
