"""The audit: each decision for good, in order, whatever others leave unfinished."""

from __future__ import annotations

import json
import os
import stat
import threading
from pathlib import Path

import pytest

from clippy_otel.consent import Decision
from clippy_otel.consent.audit import Audit
from clippy_otel.consent.decisions import ALL_PURPOSES, UNDECIDED
from clippy_otel.privacy.pseudonyms import Pseudonyms

PSEUDONYMS = Pseudonyms("a key for the tests")
NOW_NS = 1_767_225_600_123_456_789
SUBJECT = PSEUDONYMS.subject_hash("ada")


def write(path: Path, user: str | None, *, purposes: int = 1, granted: bool = False) -> Decision:
    """Write a decision of a user, and return it."""
    subject = b"" if user is None else PSEUDONYMS.subject_hash(user)
    decision = Decision(purposes, subject, granted)
    Audit(path).append(decision, None if user is None else PSEUDONYMS.pseudonym(user), NOW_NS)
    return decision


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the audit is."""
    return tmp_path / "consent.jsonl"


def test_a_line_says_what_was_decided(path: Path) -> None:
    """When, for what, whose by a pseudonym, which way, and by whom; and nobody else may read it."""
    write(path, "ada", purposes=5)
    write(path, None, purposes=2, granted=True)
    first, second = map(json.loads, path.read_text().splitlines())
    assert first == {
        "time": "2026-01-01T00:00:00.123457Z",
        "purposes": ["analytics", "errors"],
        "subject": PSEUDONYMS.pseudonym("ada"),
        "granted": False,
        "pid": os.getpid(),
    }
    assert (second["purposes"], second["subject"], second["granted"]) == (["performance"], None, True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_each_is_read_once_and_in_order(path: Path) -> None:
    """What was written since comes with the next reading."""
    audit = Audit(path)
    assert list(audit.new()) == []
    expected = [write(path, "ada"), write(path, None, purposes=ALL_PURPOSES), write(path, "bob", granted=True)]
    assert list(audit.new()) == expected
    assert list(audit.new()) == []
    more = write(path, "ada", granted=True)
    assert list(audit.new()) == [more]


@pytest.mark.parametrize("keep", range(1, 160, 3))
def test_a_torn_line_is_nobodys(path: Path, keep: int) -> None:
    """Wherever it was cut: it is ignored, and those before and after it count."""
    first = write(path, "ada")
    whole = path.read_bytes()
    write(path, "bob")
    path.write_bytes(path.read_bytes()[: len(whole) + keep])
    audit = Audit(path)
    read = list(audit.new())
    is_whole = len(path.read_bytes()) - len(whole) >= len(whole) - 1
    assert read[0] == first
    last = write(path, "eve")
    read += audit.new()
    assert (read[0], read[-1]) == (first, last)
    assert len(read) == (3 if is_whole else 2)


def test_what_is_no_decision_is_ignored(path: Path) -> None:
    """Lines of other versions, of nobody, and rubbish."""
    lines = [b"", b"\0" * 50, b"{}", b'{"time":"x"}', b"x" * 3_000_000, b'{"purposes":["analytics"],"granted":false}']
    path.write_bytes(b"\n".join(lines) + b"\n")
    last = write(path, "ada")
    assert list(Audit(path).new()) == [last]


def test_many_lines_are_read_in_pieces(path: Path) -> None:
    """More than one block of them, and none is cut in two or lost between."""
    one = write(path, "ada")
    line = path.read_bytes()
    path.write_bytes(line * 20_000)
    assert list(Audit(path).new()) == [one] * 20_000


def test_a_user_is_looked_up(path: Path) -> None:
    """In the whole file, the last decision for each purpose; others' lines are not that user's."""
    assert Audit(path).of(SUBJECT) == UNDECIDED
    write(path, "ada", purposes=3, granted=True)
    write(path, None, purposes=7)
    write(path, "bob", purposes=7)
    write(path, "ada", purposes=2)
    assert Audit(path).of(SUBJECT) == 1 | 2 << 3
    assert Audit(path).of(PSEUDONYMS.subject_hash("eve")) == UNDECIDED


def test_threads_and_processes_append_without_a_lock(path: Path) -> None:
    """Each line is whole."""

    def work(number: int) -> None:
        for _ in range(10):
            write(path, f"user {number}")

    children = []
    for number in range(3):
        child = os.fork()
        if child == 0:
            work(number)
            os._exit(0)
        children.append(child)
    threads = [threading.Thread(target=work, args=(number + 10,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for child in children:
        assert os.waitpid(child, 0)[1] == 0
    assert len(list(Audit(path).new())) == 60


def test_a_full_disk_is_said(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written in part is nobody's decision."""
    write(path, "ada")
    real = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: real(descriptor, data[:20]))
    with pytest.raises(OSError, match="No space left"):
        write(path, "bob")
    monkeypatch.undo()
    last = write(path, "eve")
    assert list(Audit(path).new())[1:] == [last]


def test_a_link_is_refused(path: Path, tmp_path: Path) -> None:
    """Nobody has us write elsewhere."""
    (tmp_path / "elsewhere").write_bytes(b"")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic"):
        write(path, "ada")
    assert (tmp_path / "elsewhere").read_bytes() == b""


def test_a_pipe_is_refused(path: Path) -> None:
    """And does not hold us up."""
    os.mkfifo(path)
    with pytest.raises(PermissionError):
        write(path, "ada")
