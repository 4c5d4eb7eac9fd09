"""Whose a stream is: a kernel lock on its lock file, taken before anybody can see the file, and held for life.

The kernel frees the lock when its process dies, however it dies: no leases, no clocks; a process that is merely stopped
keeps it. A forked child closes the descriptor and never unlocks, for that would free its parent's lock.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any, Final

from clippy_otel.delivery.spool.books import Books, has_absorbed, is_of_another_version
from clippy_otel.delivery.spool.directory import LOCK, Directory

fcntl: Any
try:
    import fcntl
except ImportError:  # a system without these locks
    fcntl = None

_NS_PER_US: Final = 1000


def are_there_locks() -> bool:
    """Return whether this system has what all of this rests on."""
    return fcntl is not None


class Claim:
    """A stream that is ours.

    Attributes:
        name: Its name: when it began (us since the epoch), by which process, and 8 random hex digits.
        books: What its lock file holds.
    """

    def __init__(self, directory: Directory, name: str, descriptor: int, books: Books) -> None:
        self.name = name
        self.books = books
        self._directory = directory
        self._descriptor = descriptor

    def is_gone(self) -> bool:
        """Return whether somebody has removed the lock file by hand."""
        return os.fstat(self._descriptor).st_nlink == 0

    def release(self, *, remove: bool) -> None:
        """Give the stream up: for others to adopt, or, where nothing is left of it, for good."""
        if remove:
            self._directory.unlink(self.name + LOCK)
        self.forget()

    def forget(self) -> None:
        """Close what is open; the lock goes when no process has it open any more."""
        os.close(self._descriptor)


def new_claim(directory: Directory, now_ns: int) -> Claim:
    """Begin a stream.

    Raises:
        OSError: The directory cannot be written to.
    """
    return claim_name(directory, f"{now_ns // _NS_PER_US:016d}-{os.getpid()}-{os.urandom(4).hex()}")


def claim_name(directory: Directory, name: str) -> Claim:
    """Make a lock file of that name, where there is none, and take it.

    Raises:
        OSError: The directory cannot be written to.
    """
    draft = f".{name}{LOCK}"
    descriptor = directory.create(draft)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        books = Books(directory, draft)
        directory.publish(draft, name + LOCK)
    except OSError:
        directory.unlink(draft)
        os.close(descriptor)
        raise
    return Claim(directory, name, descriptor, books)


def adopt(directory: Directory, name: str) -> Claim | None:
    """Take the stream of a dead process; return None where its process lives, or somebody else was quicker.

    Raises:
        OSError: The file cannot be used.
    """
    try:
        descriptor = directory.open(name + LOCK)
    except FileNotFoundError:
        return None
    try:
        if not is_of_another_version(descriptor) and try_lock(descriptor):
            found = os.fstat(descriptor)
            # Whoever had it before may have removed it between our opening and our locking it.
            if found.st_nlink > 0 and directory.inode_of(name + LOCK) == found.st_ino:
                return Claim(directory, name, descriptor, Books(directory, name + LOCK))
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None


def try_lock(descriptor: int) -> bool:
    """Lock a file; return False where another process has."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_locked(directory: Directory, name: str) -> bool:
    """Return whether a lock file's process lives: it is there, and locked."""
    try:
        descriptor = directory.open(name)
    except FileNotFoundError:
        return False
    try:
        return not try_lock(descriptor)
    finally:
        os.close(descriptor)


def was_absorbed(directory: Directory, name: str) -> bool:
    """Return whether the books of a stream stand in another one's already, and only its lock file was left."""
    for other in directory.names():
        if other.endswith(LOCK) and not other.startswith((".", name)):
            with contextlib.suppress(FileNotFoundError):
                descriptor = directory.open(other)
                try:
                    if has_absorbed(descriptor, name):
                        return True
                finally:
                    os.close(descriptor)
    return False


@contextlib.contextmanager
def sweeping(directory: Directory) -> Iterator[bool]:
    """Hold the lock of the directory itself, for what only one process may do at a time; yield whether it was free."""
    is_ours = try_lock(directory.descriptor)
    try:
        yield is_ours
    finally:
        if is_ours:
            fcntl.flock(directory.descriptor, fcntl.LOCK_UN)
