"""Group commits: who returns is synced, many share one sync, and nobody waits for a frame beneath."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from clippy_otel.delivery.spool.directory import Directory
from clippy_otel.delivery.spool.group_commit import GroupCommit
from clippy_otel.delivery.spool.segments import Segment


@pytest.fixture
def segment(tmp_path: Path) -> Segment:
    """Return a segment that something is written to."""
    directory = Directory(tmp_path)
    made = Segment(directory, "1-1-aaaaaaaa.000000.seg", 0, limit=1 << 20, descriptor=directory.create("s.seg"))
    write(made)
    return made


def write(segment: Segment) -> None:
    """Write a byte."""
    offset = segment.reserve(1)
    os.pwrite(segment.descriptor, b"x", offset)
    del segment.writing[offset]


def test_who_returns_is_synced_and_many_share_one_sync(segment: Segment, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight threads: every one's write is on the disk when it goes on, with far fewer syncs than writes."""
    commits = GroupCommit()
    written: set[tuple[int, int]] = set()
    synced: set[tuple[int, int]] = set()
    syncs = []

    def sync(_: int) -> None:
        before = set(written)
        time.sleep(0.002)
        synced.update(before)
        syncs.append(1)

    monkeypatch.setattr(os, "fdatasync", sync)
    late: list[tuple[int, int]] = []
    segment.writing[segment.reserve(1)] = 1  # somebody is stuck in a write: nobody has to wait for that

    def work(thread: int) -> None:
        for number in range(20):
            write(segment)
            written.add((thread, number))
            commits.sync(segment)
            if (thread, number) not in synced:
                late.append((thread, number))

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not late
    assert len(syncs) < 100


def test_a_failure_is_told_to_whoever_synced(segment: Segment, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nobody is stuck after it."""
    commits = GroupCommit()

    def fail(_: int) -> None:
        raise OSError(5, "input/output error")

    monkeypatch.setattr(os, "fdatasync", fail)
    with pytest.raises(OSError, match="input/output"):
        commits.sync(segment)
    monkeypatch.undo()
    commits.sync(segment)
    assert segment.synced == segment.end == 1


def test_a_frame_above_the_one_that_syncs_does_not_wait_for_it(
    segment: Segment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signal handler in the middle of a sync syncs by itself."""
    commits, depth = GroupCommit(), []
    real = os.fdatasync

    def interrupted(descriptor: int) -> None:
        depth.append(1)
        if len(depth) == 1:
            write(segment)
            commits.sync(segment)
        real(descriptor)

    monkeypatch.setattr(os, "fdatasync", interrupted)
    commits.sync(segment)
    assert len(depth) == 2


def test_a_disk_that_does_not_answer_holds_nobody_up_for_ever(
    segment: Segment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits for another one's sync goes on after a while."""
    monkeypatch.setattr("clippy_otel.delivery.spool.group_commit._PATIENCE_S", 0.05)
    commits, hanging, go_on = GroupCommit(), threading.Event(), threading.Event()

    def hang(_: int) -> None:
        hanging.set()
        go_on.wait(10)

    monkeypatch.setattr(os, "fdatasync", hang)
    thread = threading.Thread(target=lambda: commits.sync(segment))
    thread.start()
    assert hanging.wait(10)
    commits.sync(segment)
    assert thread.is_alive()
    go_on.set()
    thread.join()
