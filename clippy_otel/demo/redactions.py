"""What was redacted, field by field, in the records as they were stored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from clippy_otel.ports import Signal

if TYPE_CHECKING:
    from clippy_otel.otlp.decode_spans import DecodedSpan
    from clippy_otel.store.rows import StoredLog

PLACEHOLDER: Final = "[REDACTED]"


class Redaction(NamedTuple):
    """One field of one signal in which something was redacted."""

    signal: Signal
    field: str  # of what is nested: its whole path
    count: int  # type: ignore[assignment] # records; of a tuple it is a method
    example: str  # the shortest line with the placeholder in it


def redactions(logs: Iterable[StoredLog], spans: Iterable[DecodedSpan]) -> list[Redaction]:
    """Return the fields in which something was redacted, by signal and name."""
    found: dict[tuple[Signal, str], list[str]] = defaultdict(list)
    records: list[tuple[Signal, dict[str, Any]]] = [("logs", _of_log(log)) for log in logs]
    records += [("spans", _of_span(span)) for span in spans]
    for signal, contents in records:
        for field, lines in _redacted_lines(contents).items():
            found[signal, field].append(_shortest(lines))
    return [Redaction(*key, len(examples), _shortest(examples)) for key, examples in sorted(found.items())]


def _of_log(log: StoredLog) -> dict[str, Any]:
    return {"body": log.body, **log.attributes}


def _of_span(span: DecodedSpan) -> dict[str, Any]:
    events = [event.attributes for event in span.events]
    return {"name": span.name, "status": span.status_message, "event": events, **span.attributes}


def _redacted_lines(contents: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the lines with the placeholder in them, by field."""
    found: dict[str, list[str]] = defaultdict(list)
    for field, text in _texts(contents):
        for line in text.splitlines():
            if PLACEHOLDER in line:
                found[field].append(line.strip())
    return found


def _texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield all texts in a value with their fields; what is in a list has the list's."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from _texts(each, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each, path)


def _shortest(lines: Iterable[str]) -> str:
    return min(lines, key=lambda line: (len(line), line))
