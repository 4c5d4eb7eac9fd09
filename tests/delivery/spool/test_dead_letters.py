"""Dead letters: kept with the reason, bounded, listed, sent once more by hand, and thrown away."""

from __future__ import annotations

from pathlib import Path

import pytest

from clippy_otel.delivery.spool.by_hand import drop, drop_rejected, replay
from clippy_otel.delivery.spool.listing import rejected, waiting
from clippy_otel.ports import SIGNALS, SpoolOptions
from tests.delivery.spool._spools import (
    EVERYTHING,
    Opened,
    bytes_of,
    files,
    make_item,
    numbered,
    opened,
)


def reject(one: Opened, count: int, reason: str = "400: no such tenant", *, first: int = 0, size: int = 8) -> None:
    """Have records rejected that lay on the disk."""
    one.write(numbered(count, first, size=size))
    items = one.spool.read("logs", count, EVERYTHING)
    one.spool.settle(items, reason=reason)
    one.ledger.move("logs", "spooled", "rejected", len(items))


def test_they_are_kept_with_their_reason(tmp_path: Path) -> None:
    """From the disk and from memory, of every signal; they are not read again."""
    with opened(tmp_path) as one:
        reject(one, 3)
        points = make_item(b"points", "metrics", records=7, subjects=b"SUBJECT1SUBJECT2", purposes=2)
        one.spool.settle([points], reason="too large " + "ü" * 2000)
        one.spool.settle([make_item(b"delivered")])
        assert one.deliver_all() == []
        letters = list(rejected(tmp_path))
        assert [letter.item.data for letter in letters] == [*(item.data for item in numbered(3)), b"points"]
        assert [letter.reason for letter in letters[:3]] == ["400: no such tenant"] * 3
        assert letters[3].item._replace(size_bytes=0) == points
        assert letters[3].reason.startswith("too large üü")
        assert len(letters[3].reason.encode()) <= 1003
        assert one.spool.size().rejected == 10
        one.spool.tend()
        assert one.spool.size().rejected == 10
    with opened(tmp_path) as one:
        one.spool.tend()
        assert one.spool.size().rejected == 10
        assert one.deliver_all() == []


def test_they_are_bounded(tmp_path: Path) -> None:
    """To an eighth of the spool: the oldest file goes first; they stay rejected in the books."""
    with opened(tmp_path, SpoolOptions(max_bytes=1_048_576)) as one:
        for first in range(0, 1000, 20):
            reject(one, 20, first=first, size=1000)
        one.spool.tend()
        size = sum(path.stat().st_size for path in tmp_path.glob("*.dead"))
        assert size <= 131_072 + 65_536
        letters = list(rejected(tmp_path))
        assert 30 < len(letters) < 200
        assert [letter.item.data for letter in letters] == [
            item.data for item in numbered(len(letters), 1000 - len(letters), size=1000)
        ]
        assert one.row() == {"offered": 1000, "rejected": 1000}


def test_those_of_others_are_bounded_too(tmp_path: Path) -> None:
    """Of processes that ended; a living one's are its own."""
    small = SpoolOptions(max_bytes=1_048_576)
    for number in range(4):
        with opened(tmp_path, small) as one:
            reject(one, 60, first=100 * number, size=1000)
    with opened(tmp_path, small) as living, opened(tmp_path, small) as one:
        reject(living, 60, first=900, size=1000)
        reject(one, 10, first=1000, size=1000)
        one.spool.tend()
        left = {letter.item.data for letter in rejected(tmp_path)}
        assert left >= {item.data for item in (*numbered(60, 900, size=1000), *numbered(10, 1000, size=1000))}
        assert not left & {item.data for item in numbered(60, size=1000)}


def test_they_are_sent_once_more_by_hand(tmp_path: Path) -> None:
    """They become a stream that the living process adopts; they leave `rejected`, and are no dead letters any more."""
    with opened(tmp_path) as one:
        reject(one, 5)
        assert replay(tmp_path) == 5
        assert list(rejected(tmp_path)) == []
        assert replay(tmp_path) == 0
        assert one.spool.tend()
        assert one.row() == {"offered": 5, "spooled": 5}
        assert one.deliver_all() == [item.data for item in numbered(5)]
        one.spool.tend()
        assert one.row() == {"offered": 5, "exported": 5}
        reject(one, 2)
        assert one.row() == {"offered": 7, "exported": 5, "rejected": 2}
    assert replay(tmp_path) == 2
    with opened(tmp_path) as other:  # which does not know that they were rejected
        other.spool.tend()
        assert other.row() == {"adopted": 2, "spooled": 2}
        other.spool.tend()
        assert len(other.deliver_all()) == 2
        assert other.row() == {"adopted": 2, "exported": 2}
        other.spool._opened.letters.survey(())  # type: ignore[union-attr] # it is open
    assert files(tmp_path) == []


def test_what_waits_is_listed(tmp_path: Path) -> None:
    """By stream, whether its process lives, and how much; nothing is taken."""
    assert waiting(tmp_path / "nowhere") == []
    assert list(rejected(tmp_path / "nowhere")) == []
    with opened(tmp_path) as one:
        one.write([*numbered(3), make_item(b"points", "metrics", records=4)])
        one.deliver(1)
        (stream,) = waiting(tmp_path)
        assert (stream.is_alive, dict(stream.records)) == (True, {"logs": 2, "spans": 0, "metrics": 4})
        assert stream.size_bytes == sum(path.stat().st_size for path in tmp_path.glob("*.seg"))
        assert stream.oldest_ns > 0
        assert one.deliver_all() == [item.data for item in numbered(2, 1)]
    (stream,) = waiting(tmp_path)
    assert (stream.is_alive, dict(stream.records)) == (False, dict(zip(SIGNALS, (0, 0, 4), strict=True)))


def test_everything_is_thrown_away(tmp_path: Path) -> None:
    """What ended processes left at once, and what a living one has at its next tend()."""
    with opened(tmp_path) as one:
        one.write(numbered(5))
        reject(one, 0)
        one.spool.settle([make_item(b"letter")], reason="no")
    with opened(tmp_path) as living:
        living.write(numbered(7, 10))
        assert drop(tmp_path) == 6
        living.spool.tend()
        assert living.row() == {"offered": 7, "erased": 7}
    assert b"00000001" not in bytes_of(tmp_path)
    assert b"letter" not in bytes_of(tmp_path)
    assert drop(tmp_path / "nowhere") == 0


def test_dead_letters_alone_are_thrown_away(tmp_path: Path) -> None:
    """A living process's too; what waits stays."""
    with opened(tmp_path) as one:
        reject(one, 4)
        one.write(numbered(3, 10))
        assert drop_rejected(tmp_path) == 4
        assert list(rejected(tmp_path)) == []
        assert b"00000001" not in b"".join(path.read_bytes() for path in tmp_path.glob("*.dead"))
        one.spool._opened.letters.survey(())  # type: ignore[union-attr] # it is open
        assert one.spool.size().rejected == 0
        reject(one, 2)
        assert len(list(rejected(tmp_path))) == 2
        assert one.spool.size()[::2] == (3, 2)
    assert drop_rejected(tmp_path / "nowhere") == 0


def test_a_damaged_dead_letter_costs_itself(tmp_path: Path) -> None:
    """The others are listed."""
    with opened(tmp_path) as one:
        reject(one, 5)
        (file,) = tmp_path.glob("*.dead")
        letters = list(rejected(tmp_path))
        content = bytearray(file.read_bytes())
        content[letters[2].offset + 40] ^= 1
        file.write_bytes(content)
        assert [letter.item.data for letter in rejected(tmp_path)] == [
            item.data for number, item in enumerate(numbered(5)) if number != 2
        ]


@pytest.mark.parametrize("reason", ["", "plain"])
def test_a_spool_that_cannot_be_opened_keeps_none(tmp_path: Path, reason: str) -> None:
    """Nothing is raised: they are counted only."""
    (tmp_path / "file").touch()
    one = Opened(tmp_path / "file")
    one.spool.settle([make_item()], reason=reason)
    assert one.spool.size().rejected == 0
