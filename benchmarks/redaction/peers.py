"""The tools that are scored: ours and others, each as its own documentation says how to use it.

A tool that is not installed is left out. Presidio runs its pattern recognisers alone, without a model. What only some
tools look for, and no row plants (IP and MAC addresses, dates, places, URLs), is turned off where it can be.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from benchmarks.redaction.survival import Spans, replaced

_VALUE: Final = "q7Zt4vBx"  # of a key that is asked for: nothing by itself
_NOT_PLANTED: Final = frozenset(
    {"IP_ADDRESS", "MAC_ADDRESS", "URL", "GEO_COORDINATES", "DATE_TIME", "IMEI", "VIN", "UUID", "BIC"}
)
_LEAST_SCORE: Final = 0.4  # of Presidio's: its weakest patterns, such as any nine digits, stay below
_OUR_PLACEHOLDER: Final = re.compile(r"\[REDACTED\]")


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool in the form in which it is scored.

    Attributes:
        name: Heads its column.
        text: Redact a text.
        spans: Say where it would redact a text.
        value: Redact a nested value; None: it cannot.
    """

    name: str
    text: Callable[[str], str]
    spans: Callable[[str], Spans]
    value: Callable[[Any], Any] | None

    def catches(self, key: str) -> bool | None:
        """Say whether a value is redacted because of its key; None: the tool does not look at keys."""
        if self.value is None:
            return None
        found = self.value({key: _VALUE})
        return _VALUE not in repr(found)


class MissingToolError(Exception):
    """A tool is not installed here."""


def tools(names: list[str] | None = None) -> Iterator[Tool | str]:
    """Yield the tools, ours first; in place of one that is not installed a line that says so.

    Args:
        names: Those wanted; None: all.
    """
    for name, make in _MAKERS.items():
        if names is None or name in names:
            try:
                yield make()
            except ImportError as error:
                yield f"{name} is left out, it is not installed: {error}"


def ours() -> Tool:
    """Return this package's redactor, as it is by default."""
    from clippy_otel.privacy import Redactor  # noqa: PLC0415 - a peer can be measured without it

    redactor = Redactor()
    return Tool(
        "ours",
        redactor.redact_text,
        lambda text: replaced(text, redactor.redact_text(text), _OUR_PLACEHOLDER),
        redactor.redact,
    )


def depii() -> Tool:
    """Return depii with its context rules, which are on by default, and without what no row plants."""
    package: Any = importlib.import_module("depii")
    redactor = package.Redactor(
        exclude_entities=[name for name in package.supported_entities() if name in _NOT_PLANTED]
    )
    redact_obj: Any = importlib.import_module("depii.structured").redact_obj
    return Tool(
        "depii",
        lambda text: str(redactor.redact(text).text),
        lambda text: [(span.start, span.end) for span in redactor.scan(text)],
        lambda value: redact_obj(value, redactor),
    )


def presidio() -> Tool:
    """Return Presidio's pattern recognisers for English, without a model."""
    registry: Any = importlib.import_module("presidio_analyzer.recognizer_registry").RecognizerRegistry()
    base: Any = importlib.import_module("presidio_analyzer").EntityRecognizer
    registry.load_predefined_recognizers(languages=["en"])
    artifacts: Any = importlib.import_module("presidio_analyzer.nlp_engine").NlpArtifacts
    chosen = [each for each in registry.recognizers if "Spacy" not in each.name]
    wanted = [(each, [entity for entity in each.supported_entities if entity not in _NOT_PLANTED]) for each in chosen]

    def spans(text: str) -> Spans:
        empty = artifacts([], [], [], [], None, "en")
        found = [hit for each, entities in wanted if entities for hit in each.analyze(text, entities, empty) or ()]
        return _merged([(hit.start, hit.end) for hit in base.remove_duplicates(found) if hit.score >= _LEAST_SCORE])

    return Tool("presidio", lambda text: _cut(text, spans(text)), spans, None)


def logfire() -> Tool:
    """Return logfire's scrubber with its default patterns."""
    scrubbing: Any = importlib.import_module("logfire._internal.scrubbing")
    scrubber = scrubbing.Scrubber(None)

    def value(anything: Any) -> Any:
        return scrubber.scrub_value(("attributes",), anything)[0]

    def spans(text: str) -> Spans:
        return replaced(text, str(value(text)), re.compile(r"\[Scrubbed due to [^\]]*\]"))

    return Tool("logfire", lambda text: str(value(text)), spans, value)


def fastscrub() -> Tool:
    """Return fastscrub, which knows texts only."""
    scrub: Callable[[str], str] = importlib.import_module("fastscrub").scrub
    placeholder = re.compile(r"\[REDACTED_[A-Z_]+\]")
    return Tool("fastscrub", scrub, lambda text: replaced(text, scrub(text), placeholder), None)


_NAIVE: Final = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.]+|\b\d{3}-\d{2}-\d{4}\b|\b(?:\d[ -]?){13,16}\b|\+?\d?[ .-]?\(?\d{3}\)?[ .-]?\d{3}[ .-]?\d{4}\b"
)
_NAIVE_KEY: Final = re.compile(r"pass|secret|token|key|auth|cookie|ssn|email|phone|card|address|session", re.IGNORECASE)


def naive() -> Tool:
    """Return what one writes in an afternoon: one alternation of four patterns, and words that keys must not contain."""

    def value(anything: Any) -> Any:
        if isinstance(anything, dict):
            return {key: "[REDACTED]" if _NAIVE_KEY.search(str(key)) else value(each) for key, each in anything.items()}
        if isinstance(anything, (list, tuple)):
            return [value(each) for each in anything]
        return _NAIVE.sub("[REDACTED]", anything) if isinstance(anything, str) else anything

    return Tool(
        "naive",
        lambda text: _NAIVE.sub("[REDACTED]", text),
        lambda text: [found.span() for found in _NAIVE.finditer(text)],
        value,
    )


_MAKERS: Final[dict[str, Callable[[], Tool]]] = {
    "ours": ours,
    "depii": depii,
    "presidio": presidio,
    "logfire": logfire,
    "fastscrub": fastscrub,
    "naive": naive,
}


def _merged(spans: Spans) -> Spans:
    merged: Spans = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _cut(text: str, spans: Spans) -> str:
    for start, end in reversed(spans):
        text = f"{text[:start]}[REDACTED]{text[end:]}"
    return text
