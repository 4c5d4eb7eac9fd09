"""The AI operations of a window, and what they look like.

Each operation is one packed record of 38 bytes and 9 for each phase: 1,000 of them take about 100 KB, whatever their
phases and models are called. Percentiles are computed when they are asked for. Cost: 2 us an operation, 2 ms a summary
of 1,000.
"""

from __future__ import annotations

import itertools
import math
import struct
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from clippy_otel.rolling import Summary, summarise

if TYPE_CHECKING:
    from clippy_otel.performance.ai_records import Ended
    from clippy_otel.subscriptions import AIOperationSeen

MAX_NAMES: Final = 64  # of models, and of phases; those that come later are "other"
OTHER: Final = "other"

_OTHER: Final = 254
_NONE: Final = 255
_UNKNOWN: Final = 0xFFFF_FFFF
_MOST_TOKENS: Final = _UNKNOWN - 1  # of one operation
_NOT_SEEN: Final = math.nan
_RECORD: Final = struct.Struct("<qddIIIBB")  # when, total, first chunk; input, output and all tokens; failed; model
_PHASE: Final = struct.Struct("<Bd")  # which, how long
_NO_COLUMNS: Final[tuple[Any, ...]] = ((),) * 8
_NAME_BYTES: Final = 150
_HELD_BYTES: Final = 104  # of a record with three phases


class AISummary(NamedTuple):
    """What the AI operations of the window look like: the newest `max_timings` that are not older than `window_ms`.

    Durations are in milliseconds, percentiles by nearest rank; all of them are None where there was no operation.

    Attributes:
        count: How many, 0 or more.
        errors: How many of them failed.
        mean: Their mean duration.
        min: The shortest.
        max: The longest.
        p50: Half of them took no longer.
        p75: Three quarters took no longer.
        p90: Nine tenths took no longer.
        p95: 95 of a hundred took no longer.
        p99: 99 of a hundred took no longer.
        total_tokens: The sum over the operations whose tokens are known, as a total or as input and output; None where
            they are known of none.
        input_tokens: Likewise of the input, where it is known by itself.
        output_tokens: Likewise of the output.
        first_chunk: Until the first chunk of those that were streamed; None for none.
        phases: By the phase's name, each phase's own time; of names beyond the first 64, "other".
        by_model: Durations by the model's name; of names beyond the first 64, "other".
    """

    count: int  # type: ignore[assignment] # of a tuple it is a method
    errors: int
    mean: float | None
    min: float | None
    max: float | None
    p50: float | None
    p75: float | None
    p90: float | None
    p95: float | None
    p99: float | None
    total_tokens: int | None
    input_tokens: int | None
    output_tokens: int | None
    first_chunk: Summary | None
    phases: Mapping[str, Summary]
    by_model: Mapping[str, Summary]


class AIOperations:
    """The newest AI operations.

    Args:
        max_count: How many are kept.
        window_ns: How far back a summary looks.
    """

    def __init__(self, max_count: int, window_ns: int) -> None:
        self._window_ns = window_ns
        self._records: deque[bytes] = deque(maxlen=max_count)  # added to and copied in one step each
        self._models = _Names()
        self._phases = _Names()

    def add(self, seen: AIOperationSeen | Ended, *, model: str | None, failed: bool, now_ns: int) -> None:
        """Add an operation, whose numbers are finite and 0 or more."""
        first_chunk_ms, input_tokens, output_tokens = seen.first_chunk_ms, seen.input_tokens, seen.output_tokens
        record = _RECORD.pack(
            now_ns,
            seen.total_ms,
            _NOT_SEEN if first_chunk_ms is None else first_chunk_ms,
            _UNKNOWN if input_tokens is None else min(input_tokens, _MOST_TOKENS),
            _UNKNOWN if output_tokens is None else min(output_tokens, _MOST_TOKENS),
            _total(seen),
            failed,
            _NONE if model is None else self._models.index(model),
        )
        for name, duration_ms in seen.phases.items():
            record += _PHASE.pack(self._phases.index(name), duration_ms)
        self._records.append(record)

    def summary(self, now_ns: int) -> AISummary:
        """Return what those within the window that ends now look like."""
        oldest_ns = now_ns - self._window_ns
        kept = [
            (fields, record) for record in list(self._records) if (fields := _RECORD.unpack_from(record))[0] > oldest_ns
        ]
        columns = tuple(zip(*(fields for fields, _ in kept), strict=True)) or _NO_COLUMNS
        _, totals, first_chunks, inputs, outputs, tokens, failed, models = columns
        durations = summarise(totals)
        figures = dict.fromkeys(Summary._fields) if durations is None else durations._asdict()
        return AISummary(
            **{**figures, "count": len(totals)},
            errors=sum(failed),
            total_tokens=_sum(tokens),
            input_tokens=_sum(inputs),
            output_tokens=_sum(outputs),
            first_chunk=summarise([value for value in first_chunks if not math.isnan(value)]),
            phases=_by_name(self._phases, (pair for _, record in kept for pair in _phases_of(record))),
            by_model=_by_name(self._models, zip(models, totals, strict=True)),
        )

    def held_bytes(self) -> int:
        """Estimate what they take."""
        return len(self._records) * _HELD_BYTES + (len(self._models) + len(self._phases)) * _NAME_BYTES


class _Names:
    """Small numbers for the first MAX_NAMES names, one for all others."""

    def __init__(self) -> None:
        self._indexes: dict[str, int] = {}
        self._next = itertools.count()

    def __len__(self) -> int:
        return len(self._indexes)

    def index(self, name: str) -> int:
        """Return the number of a name."""
        index = self._indexes.get(name)
        if index is None:
            if len(self._indexes) >= MAX_NAMES:
                return _OTHER
            index = self._indexes.setdefault(name, min(next(self._next), _OTHER))
        return index

    def by_index(self) -> dict[int, str]:
        """Return the names by their numbers."""
        return {**{index: name for name, index in list(self._indexes.items())}, _OTHER: OTHER}


def _total(seen: AIOperationSeen | Ended) -> int:
    if seen.total_tokens is not None:
        return min(seen.total_tokens, _MOST_TOKENS)
    if seen.input_tokens is None or seen.output_tokens is None:
        return _UNKNOWN
    return min(seen.input_tokens + seen.output_tokens, _MOST_TOKENS)


def _sum(counts: Iterable[int]) -> int | None:
    known = [count for count in counts if count != _UNKNOWN]
    return sum(known) if known else None


def _phases_of(record: bytes) -> Iterator[tuple[int, float]]:
    return _PHASE.iter_unpack(memoryview(record)[_RECORD.size :])


def _by_name(names: _Names, values: Iterable[tuple[int, float]]) -> dict[str, Summary]:
    found: dict[int, list[float]] = {}
    for index, value in values:
        found.setdefault(index, []).append(value)
    known = names.by_index()
    summaries = ((known.get(index), summarise(durations)) for index, durations in found.items())
    return {name: summary for name, summary in summaries if name is not None and summary is not None}
