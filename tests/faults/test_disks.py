"""A disk that is full, that somebody else fills, that cannot be written to, or that is not ours.

The application goes on and exits with 0; what could not be kept is counted, and what could is delivered.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests._sinks import Sink
from tests.faults._processes import (
    Application,
    Received,
    Row,
    accounted,
    free_port,
    is_balanced,
    length,
    lying_in,
    received,
    show,
    wait_until,
)

COUNT = int(length(1000, 5000))
NOBODY = 65_534
FILE_BYTES = 60_000
# As root, nothing is unwritable: without these capabilities it is an ordinary owner.
POWERLESS = ("setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner")


def settings_for(url: str, state: Path, **settings: Any) -> dict[str, Any]:
    """Return the settings of an application whose backend is away for now."""
    return {"endpoint": url, "state_directory": str(state), "flush_interval_ms": 200, **settings}


@contextlib.contextmanager
def small_disk(path: Path, size: str) -> Iterator[None]:
    """Mount a file system of that size in memory; skip the test where that is not allowed."""
    path.mkdir()
    options = f"size={size},mode=0700"
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", path], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("mounting a file system is not allowed here")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", path], check=True)


@contextlib.contextmanager
def directory(path: Path) -> Iterator[None]:
    """Make an ordinary directory."""
    path.mkdir()
    yield


def deliver_what_is_left(url: str, port: int, state: Path) -> tuple[Received, dict[str, int]]:
    """Start a process that records nothing, its backend being there; return what arrived, and its books."""
    with Sink(port=port) as sink:
        with Application(settings_for(url, state), wait=True, timeout_ms=30_000) as application:
            application.wait_for("ready")
            assert wait_until(lambda: lying_in(state) == 0)
            books = application.finish()["ledger"]["logs"]
        return received(sink.requests), books


def check(fault: str, application: Application, came: Received, books: dict[str, int]) -> None:
    """Check an application's books, and show what became of its events."""
    show(Row(fault, application.emitted, came.distinct, came.duplicated, accounted(books)))
    assert is_balanced(books)
    assert books["offered"] == application.emitted + 2  # the session's start and end
    assert set(books) <= {"offered", "exported", "spooled", "queue_full", "failed"}
    assert came.duplicated == 0


@pytest.mark.parametrize("durability", ["spool_on_failure", "always"])
def test_disk_that_becomes_full(durability: str, tmp_path: Path) -> None:
    """What fits is delivered by the next process, the rest is counted."""
    disk = tmp_path / "disk"
    with small_disk(disk, "80k"), free_port() as port:
        url = f"http://127.0.0.1:{port}"
        settings = settings_for(url, disk, spool={"durability": durability})
        with Application(settings, count=COUNT, timeout_ms=1000) as application:
            books = application.finish()["ledger"]["logs"]
        came, next_books = deliver_what_is_left(url, port, disk)
    check(f"disk becomes full, {durability}", application, came, books)
    assert books["spooled"] > 50
    assert books["queue_full"] + books.get("failed", 0) > COUNT // 2
    assert next_books == {"adopted": books["spooled"], "exported": books["spooled"], **lost_of(books)}
    assert is_all(came, books["spooled"])


def is_all(came: Received, count: int) -> bool:
    """Return whether so many arrived, of which up to two may be a session's start and end."""
    return count - 2 <= came.distinct <= count


def lost_of(books: dict[str, int]) -> dict[str, int]:
    """Return what the next process says beside what it has delivered: what the one before could not keep."""
    lost = {column: count for column, count in books.items() if column in ("queue_full", "failed")}
    return {"offered": sum(lost.values()), **lost}


def test_file_that_may_not_grow(tmp_path: Path) -> None:
    """The same where it is the system's limit of a file's size that refuses."""
    with free_port() as port:
        url = f"http://127.0.0.1:{port}"
        with Application(
            settings_for(url, tmp_path), count=COUNT, timeout_ms=1000, file_bytes=FILE_BYTES
        ) as application:
            books = application.finish()["ledger"]["logs"]
        came, next_books = deliver_what_is_left(url, port, tmp_path)
    check("a file that may not grow", application, came, books)
    assert next_books["exported"] == next_books["adopted"] == books["spooled"] > 50


def test_disk_that_somebody_else_fills(tmp_path: Path) -> None:
    """What was spooled before is delivered though there is no room for anything any more; then all goes on."""
    disk = tmp_path / "disk"
    with small_disk(disk, "2m"), free_port() as port:
        url = f"http://127.0.0.1:{port}"
        with Application(settings_for(url, disk), count=COUNT, rate=1000, wait=True, timeout_ms=30_000) as application:
            application.wait_for_events(COUNT // 2)
            fill(disk / "other")
            application.wait_for("recorded")
            with Sink(port=port) as sink:
                assert wait_until(lambda: lying_in(disk) == 0)
                books = application.finish()["ledger"]["logs"]
                came = received(sink.requests)
    check("disk filled by another tenant", application, came, books)
    assert books["exported"] >= COUNT // 4
    assert is_all(came, books["exported"])


def fill(path: Path) -> None:
    """Leave no room on the file system of a path."""
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(bytes(4096)):
            pass


def read_only_mount(state: Path) -> tuple[str, ...]:
    """Have a state directory lie on a file system that cannot be written to."""
    subprocess.run(["mount", "-o", "remount,ro", state], check=True)
    return ()


def without_permission(state: Path) -> tuple[str, ...]:
    """Have a state directory that its owner may not write to."""
    state.chmod(0o500)
    if os.geteuid() == 0 and shutil.which(POWERLESS[0]) is None:
        pytest.skip("root may write anywhere, and nothing here takes that from it")
    return POWERLESS if os.geteuid() == 0 else ()


def of_somebody_else(state: Path) -> tuple[str, ...]:
    """Have the directories be somebody else's, who lets everybody in."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a directory away")
    theirs = state / "clippy_otel"
    theirs.mkdir()
    theirs.chmod(0o777)
    os.chown(theirs, NOBODY, NOBODY)
    return ()


def by_link(state: Path) -> tuple[str, ...]:
    """Have a link where the directory should be."""
    (state.parent / "elsewhere").mkdir()
    (state / "clippy_otel").symlink_to(state.parent / "elsewhere")
    return ()


@pytest.mark.parametrize("unusable", [read_only_mount, without_permission, of_somebody_else, by_link])
def test_directory_that_cannot_be_used(unusable: Callable[[Path], tuple[str, ...]], tmp_path: Path) -> None:
    """Memory holds what it can; nothing is written to where nothing may be."""
    disk = tmp_path / "disk"
    with small_disk(disk, "1m") if unusable is read_only_mount else directory(disk), free_port() as port:
        command = unusable(disk)
        before = sorted(tmp_path.rglob("*"))
        url = f"http://127.0.0.1:{port}"
        with Application(
            settings_for(url, disk), count=COUNT, wait=True, timeout_ms=10_000, command=command
        ) as application:
            application.wait_for("recorded")
            with Sink(port=port) as sink:
                books = application.finish()["ledger"]["logs"]
                came = received(sink.requests)
        after = sorted(tmp_path.rglob("*"))
    check(f"directory {unusable.__name__.replace('_', ' ')}", application, came, books)
    assert after == before
    assert books.get("spooled", 0) == 0
    assert books["queue_full"] >= COUNT - 100
    assert 90 <= came.distinct <= 100
