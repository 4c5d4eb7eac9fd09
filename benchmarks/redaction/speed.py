"""How fast redaction is, beside others' in the same run: logfire's scrubber, depii, fastscrub, and a naive alternation.

Measured is the CPU time of the calling thread alone. No clean text is ever seen twice. But most are made of words that
have been seen, or differ from another in nothing but digits, as the messages of an application do, and ours remembers
both; so one set of short texts, and the long ones, have words that have never been seen. In the row of the mapping
everything has been: thirteen attributes, against a whole span of the bare SDK. Hostile is the slowest of some hundred
texts of 20 KB that each repeat one thing. A peer that is not installed has no rows.
"""

from __future__ import annotations

import contextlib
import importlib.util
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from unittest import mock

from benchmarks import sides
from benchmarks.data import SPAN_NAME
from benchmarks.harness import Benchmark, Row, Sides
from benchmarks.redaction import peers
from benchmarks.redaction.speed_texts import HOSTILE, Texts
from benchmarks.spans import DiscardingSpanExporter
from clippy_otel.privacy import AI_CONTENT, DEFAULT_RULES, Redactor

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

Scrub = Callable[[str], object]

ROUNDS: Final = 15
CALLS: Final = 1_000
_LONG_SHARE: Final = 20  # of the calls, one in so many for a text of 2,000 characters
_SLOW_SHARE: Final = 10  # and of all, for a peer that takes so long that few calls are steady
_SLOW: Final = frozenset({"depii"})
_RE2: Final = "re2"
_SHORT: Final = "60 clean characters"
_LONG: Final = "2 KB clean"
# Budgets against logfire's scrubber, on the standard library and with RE2.
_BUDGETS: Final = {_SHORT: 0.4, _LONG: 0.9}
_RE2_BUDGET: Final = 0.2
_MOST_WORK: Final = 2.0
_HOSTILE_MS: Final = 5.0
_MAPPING_SHARE: Final = 0.1

ATTRIBUTES: Final[dict[str, Any]] = {
    "http.request.method": "POST",
    "http.route": "/chat/{id}",
    "http.response.status_code": 200,
    "server.address": "api.internal",
    "server.port": 8080,
    "gen_ai.request.model": "large-2",
    "gen_ai.usage.input_tokens": 143,
    "gen_ai.usage.output_tokens": 58,
    "feature.id": "code.completion",
    "sampling.temperature": 0.2,
    "deployment.environment.name": "production",
    "cache.hit": True,
    "document.kind": "report",
}
"""What a span carries whose keys and values have all been seen before."""


class Timed(NamedTuple):
    """One row of texts: ours on one engine beside a peer."""

    row: Row
    texts: Callable[[int], list[str]]
    share: int  # of the calls, one in so many
    engine: str
    peer: str


def benchmarks() -> tuple[Benchmark, ...]:
    """Return the benchmark of this module."""
    hostile = (Row(f"the worst of the hostile 20 KB, beside {peer}", "ms") for peer in _hostile_peers())
    rows = (*(timed.row for timed in timed_rows(Texts())), *_OWN_ROWS, *hostile)
    return (Benchmark("redaction", rows, ROUNDS, CALLS, _opened),)


_OWN_ROWS: Final = (
    Row("2 KB with personal data, beside 2 KB clean", "us", budget=_MOST_WORK),
    Row("13 seen attributes in one call, beside a bare span", "us", budget=_MAPPING_SHARE),
    Row("the worst of the hostile 20 KB, beside nothing", "ms", "difference", budget=_HOSTILE_MS),
)


def timed_rows(source: Texts) -> list[Timed]:
    """Return the rows of texts that can be measured with what is installed here."""
    sets = (
        (_SHORT, source.short, 1),
        ("60 of them with digits", source.with_digits, 1),
        ("60 of them without", source.without_digits, 1),
        ("60 of them, a new word in each", source.with_new_word, 1),
        (_LONG, source.long, _LONG_SHARE),
        ("2 KB with personal data", source.long_personal, _LONG_SHARE),
    )
    found = []
    for engine in ("re", _RE2) if importlib.util.find_spec(_RE2) else ("re",):
        for name, texts, share in sets:
            for peer in ("logfire", "depii", "fastscrub", "naive") if engine == "re" else ("logfire",):
                if peer == "naive" or importlib.util.find_spec(peer):
                    budget = _budget(name, engine) if peer == "logfire" else None
                    row = Row(f"{name}, {engine}, beside {peer}", "us", budget=budget)
                    found.append(Timed(row, texts, share, engine, peer))
    return found


def _hostile_peers() -> list[str]:
    """Return the peers that are quick enough to be shown all hostile texts in each round."""
    return [peer for peer in ("logfire", "fastscrub") if importlib.util.find_spec(peer)]


def _budget(name: str, engine: str) -> float | None:
    if engine == _RE2:
        return _RE2_BUDGET if name in _BUDGETS else None
    return _BUDGETS.get(name)


@contextlib.contextmanager
def _opened(calls: int) -> Iterator[Sides]:
    rows = timed_rows(Texts())
    redactors = {engine: redactor(engine) for engine in {timed.engine for timed in rows}}
    hostile = _hostile_peers()
    others: dict[str, Scrub] = {name: _peer(name) for name in {*(timed.peer for timed in rows), *hostile}}
    source = Texts()
    exporter = DiscardingSpanExporter()
    with sides.bare_tracer(exporter, batch=sides.QUEUE_RECORDS) as (provider, tracer):

        def ours() -> tuple[float, ...]:
            plain = redactors["re"]
            texts = [_us(redactors[timed.engine].redact_text, timed, calls) for timed in rows]
            worst_ms = _worst_ms(plain.redact_text)
            personal_us = _us_of(plain.redact_text, source.long_personal(calls // _LONG_SHARE + 1))
            return (*texts, personal_us, mapping_us(plain, calls), worst_ms, *(worst_ms for _ in hostile))

        def bare() -> tuple[float, ...]:
            texts = [_us(others[timed.peer], timed, calls) for timed in rows]
            clean_us = _us_of(redactors["re"].redact_text, source.long(calls // _LONG_SHARE + 1))
            span = span_us(tracer, calls)
            provider.force_flush()
            return (*texts, clean_us, span, 0.0, *(_worst_ms(others[name]) for name in hostile))

        yield Sides(ours, bare)


def redactor(engine: str) -> Redactor:
    """Return a redactor as pipelines have it, on an engine: "re", or "re2", the default where that is installed."""
    rules = (*DEFAULT_RULES, AI_CONTENT)
    if engine == _RE2:
        return Redactor(rules)
    with mock.patch.dict(sys.modules, {_RE2: None}):  # as where it is not installed
        return Redactor(rules)


def mapping_us(subject: Redactor, calls: int) -> float:
    """Return the microseconds of one call for a mapping of which everything has been seen."""
    redact, mappings = subject.redact_attributes, [dict(ATTRIBUTES) for _ in range(calls)]
    for mapping in mappings[:2]:
        redact(mapping)
    start_ns = time.thread_time_ns()
    for mapping in mappings:
        redact(mapping)
    return (time.thread_time_ns() - start_ns) / 1000 / calls


def span_us(tracer: Tracer, calls: int) -> float:
    """Return the microseconds of a span of the bare SDK with the same attributes, from start to end."""
    start_span, mappings = tracer.start_span, [dict(ATTRIBUTES) for _ in range(calls)]
    start_ns = time.thread_time_ns()
    for mapping in mappings:
        start_span(SPAN_NAME, attributes=mapping).end()
    return (time.thread_time_ns() - start_ns) / 1000 / calls


def _peer(name: str) -> Scrub:
    (tool,) = peers.tools([name])
    if isinstance(tool, str):
        raise peers.MissingToolError(tool)
    return tool.text


def _us(scrub: Scrub, timed: Timed, calls: int) -> float:
    count = calls // timed.share // (_SLOW_SHARE if timed.peer in _SLOW else 1)
    return _us_of(scrub, timed.texts(count + 1))


def _worst_ms(scrub: Scrub) -> float:
    return max(_us_of(scrub, [text]) for text in HOSTILE) / 1000


def _us_of(scrub: Scrub, texts: Sequence[str]) -> float:
    """Return the microseconds of CPU that one text takes."""
    start_ns = time.thread_time_ns()
    for text in texts:
        scrub(text)
    return (time.thread_time_ns() - start_ns) / 1000 / len(texts)
