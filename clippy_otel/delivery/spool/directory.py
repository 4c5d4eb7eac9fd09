"""The directory of one destination: made for us alone, ours or refused, and reached by its descriptor from then on.

Guarantee: 0700, its files 0600; neither the directory nor a file in it is followed where it is a link; one that belongs
to somebody else is refused. Whoever swaps a path after it was opened changes nothing: all names are looked up in the
descriptor.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
from pathlib import Path
from typing import Final

LOCK: Final = ".lock"
SEGMENT: Final = ".seg"
DEAD: Final = ".dead"
TOMBSTONE: Final = ".tomb"

_OPEN_DIRECTORY: Final = os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
_OPEN_FILE: Final = os.O_RDWR | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0)
_OTHERS: Final = 0o077
# A point for drafts; when it began, by which process (not for tombstones), 8 random digits; a segment's number.
_OURS: Final = re.compile(r"\.?[0-9]{16}-([0-9]+-)?[0-9a-f]{8}(\.[0-9]{6,})?\.(lock|seg|dead|tomb)")


class Directory:
    """An open spool directory; every method may raise OSError.

    Args:
        path: Where; made, with what is above it, where it does not exist.

    Attributes:
        descriptor: Of the open directory.
    """

    def __init__(self, path: Path) -> None:
        _make(path)
        self.descriptor = os.open(path, _OPEN_DIRECTORY)
        try:
            found = os.fstat(self.descriptor)
            _refuse_foreign(found, str(path))
            if found.st_mode & _OTHERS:
                os.fchmod(self.descriptor, 0o700)
        except OSError:
            os.close(self.descriptor)
            raise

    def create(self, name: str) -> int:
        """Make a file that must not exist yet, and return its descriptor."""
        return os.open(name, _OPEN_FILE | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=self.descriptor)

    def open(self, name: str) -> int:
        """Open a file for reading and writing, and return its descriptor."""
        # Without waiting: a pipe of that name must not hold us up.
        descriptor = os.open(name, _OPEN_FILE | os.O_NONBLOCK, dir_fd=self.descriptor)
        try:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise PermissionError(1, "it is no regular file", name)
            _refuse_foreign(found, name)
        except OSError:
            os.close(descriptor)
            raise
        return descriptor

    def names(self) -> list[str]:
        """Return the names of all files of a spool, sorted: streams by their age, segments by their number."""
        return sorted(filter(_OURS.fullmatch, os.listdir(self.descriptor)))  # noqa: PTH208 - it has no path

    def size_of(self, name: str) -> int:
        """Return a file's size in bytes; 0 where it is gone."""
        try:
            return os.stat(name, dir_fd=self.descriptor, follow_symlinks=False).st_size
        except FileNotFoundError:
            return 0

    def inode_of(self, name: str) -> int:
        """Return what identifies the file of that name; 0 where there is none."""
        try:
            return os.stat(name, dir_fd=self.descriptor, follow_symlinks=False).st_ino
        except FileNotFoundError:
            return 0

    def age_s(self, name: str, now_ns: int) -> float:
        """Return how long ago a file was written to, in seconds; 0 where it is gone."""
        try:
            written_ns = os.stat(name, dir_fd=self.descriptor, follow_symlinks=False).st_mtime_ns
        except FileNotFoundError:
            return 0.0
        return (now_ns - written_ns) / 1e9

    def changed_ns(self) -> int:
        """Return when a file last came, went or was renamed."""
        return os.fstat(self.descriptor).st_mtime_ns

    def publish(self, draft: str, name: str) -> None:
        """Give a complete draft its name."""
        os.rename(draft, name, src_dir_fd=self.descriptor, dst_dir_fd=self.descriptor)

    def unlink(self, name: str) -> None:
        """Remove a file, if it is there."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self.descriptor)

    def sync(self) -> None:
        """Have the names themselves survive a power cut."""
        os.fsync(self.descriptor)

    def close(self) -> None:
        """Close the descriptor; what is tried afterwards fails."""
        descriptor, self.descriptor = self.descriptor, -1
        os.close(descriptor)


def _make(path: Path) -> None:
    """Make a directory and what is missing above it, each for us alone."""
    missing = []
    for directory in (path, *path.parents):
        if directory.is_dir():
            break
        missing.append(directory)
    for directory in reversed(missing):
        with contextlib.suppress(FileExistsError):
            directory.mkdir(mode=0o700)


def _refuse_foreign(found: os.stat_result, name: str) -> None:
    if found.st_uid != os.geteuid():
        raise PermissionError(1, "it belongs to somebody else", name)
