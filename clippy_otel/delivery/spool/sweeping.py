"""What killed processes left half done is cleared up: by one process at a time, and only what is surely old."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from clippy_otel.delivery.spool.directory import LOCK, SEGMENT, Directory
from clippy_otel.delivery.spool.locks import claim_name, sweeping
from clippy_otel.delivery.spool.tombstones import remove_heeded

_STALE_S: Final = 60.0  # a draft is complete within milliseconds


def sweep(directory: Directory, ours: Collection[str], now_ns: int) -> None:
    """Remove drafts and heeded tombstones, and give segments a lock file again whose own was removed by hand.

    Args:
        directory: Where.
        ours: The names of our streams.
        now_ns: The wall clock, nanoseconds since the epoch.

    Raises:
        OSError: The directory cannot be read or written.
    """
    with sweeping(directory) as is_ours:
        if not is_ours:
            return
        for name in directory.names():
            if name.startswith(".") and directory.age_s(name, now_ns) > _STALE_S:
                directory.unlink(name)
        for stream in _orphans(directory, now_ns).difference(ours):
            claim_name(directory, stream).release(remove=False)  # then it is adopted like any
        remove_heeded(directory)


def _orphans(directory: Directory, now_ns: int) -> set[str]:
    """Return the streams that have segments and no lock file, and that nobody has written to for a while."""
    names = directory.names()
    segments = [name for name in names if name.endswith(SEGMENT) and name[0] != "."]
    streams = {name.partition(".")[0] for name in segments if name.partition(".")[0] + LOCK not in names}
    return {
        stream
        for stream in streams
        if all(directory.age_s(name, now_ns) > _STALE_S for name in segments if name.startswith(f"{stream}."))
    }
