"""A spool whose bytes are not what was written: only what is damaged is missing, and it is counted."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from clippy_otel.delivery.spool.records import HEADER_BYTES, RECORD, Header, scan
from clippy_otel.delivery.spool.stream import seed_of
from tests._sinks import Sink
from tests.faults._processes import (
    Application,
    Row,
    accounted,
    destination_in,
    free_port,
    is_balanced,
    length,
    lying_in,
    received,
    show,
    wait_until,
)

COUNT = int(length(300, 3000))
FLIPPED = 20


def records_in(segment: Path) -> list[Header]:
    """Return the records in a segment."""
    parts = scan(segment.read_bytes(), seed_of(segment.name.partition(".")[0]))
    return [part for part in parts if isinstance(part, Header) and part.kind == RECORD]


def flip(segment: Path, chance: random.Random) -> int:
    """Flip a bit in each of so many records, in their headers or in their bytes; return in how many."""
    data = bytearray(segment.read_bytes())
    chosen = chance.sample(records_in(segment)[:-1], FLIPPED)
    for header in chosen:
        # Not in the two bytes that change in place: a flipped bit there does no harm.
        at = chance.choice([header.offset + chance.randrange(8), chance.randrange(header.offset + 10, header.end)])
        data[at] ^= 1 << chance.randrange(8)
    segment.write_bytes(data)
    return len(chosen)


def tear(segment: Path, chance: random.Random) -> int:
    """Cut a segment in the middle of its last record, as a power cut does; return how many records that costs."""
    last = records_in(segment)[-1]
    with segment.open("rb+") as file:
        file.truncate(last.end - chance.randrange(1, last.end - last.offset - HEADER_BYTES))
    return 1


def flip_and_tear(segment: Path, chance: random.Random) -> int:
    """Do both."""
    return flip(segment, chance) + tear(segment, chance)


@pytest.mark.parametrize("harm", [flip, tear, flip_and_tear])
def test_records_that_are_damaged_between_two_processes(harm: Any, tmp_path: Path) -> None:
    """The next process delivers all others, each once, and says how many are missing."""
    chance = random.Random(length(7, 11))
    with free_port() as port:
        settings = {"endpoint": f"http://127.0.0.1:{port}", "state_directory": str(tmp_path)}
        with Application(settings, count=COUNT, timeout_ms=500) as application:
            application.finish()
        segment = min(destination_in(tmp_path).glob("*.seg"))
        damaged = harm(segment, chance)
        with Sink(port=port) as sink:
            with Application(settings, wait=True, timeout_ms=30_000) as following:
                following.wait_for("ready")
                assert wait_until(lambda: lying_in(tmp_path) == 0)
                books = following.finish()["ledger"]["logs"]
            came = received(sink.requests)
    fault = f"{harm.__name__.replace('_', ' ')} in a spool"
    show(Row(fault, application.emitted, came.distinct, came.duplicated, accounted(books)))
    assert is_balanced(books)
    assert books["exported"] == COUNT + 2 - damaged
    assert books.get("corrupt", 0) + books.get("lost_in_crash", 0) == damaged
    assert books["corrupt"] >= damaged * 3 // 4  # whose header is gone may count as lost in a crash
    assert COUNT - damaged <= came.distinct <= COUNT
    assert came.duplicated == 0
