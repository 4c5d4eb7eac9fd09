"""Opening the SQLite file, and what SQLite and the operating system say about it in the store's own words."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from clippy_otel.store import schema
from clippy_otel.store.errors import StoreBusyError, StoreRefusedError, StoreUnavailableError

# How long SQLite itself waits for another writer; the store looks at its deadline in between.
BUSY_SLICE_S: Final = 0.05
# Some kinds of busy are answered at once, without that wait: time for the other one to get on.
BUSY_PAUSE_S: Final = 0.005
# A reader in WAL mode waits for nothing but the recovery from a writer's crash.
READ_TIMEOUT_S: Final = 5.0
_SQL_ERROR: Final = 1  # SQLITE_ERROR: the statement does not fit the tables

Identity = tuple[int, int]  # device and inode


def open_for_writing(path: Path) -> sqlite3.Connection:
    """Open the store at a path, creating the file, its tables, and one missing directory."""
    _create_private(path)
    connection = sqlite3.connect(path, timeout=BUSY_SLICE_S, isolation_level=None, check_same_thread=False)
    try:
        schema.prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def open_for_reading(path: Path) -> sqlite3.Connection:
    """Open the existing file at a path so that nothing in it can be changed."""
    return sqlite3.connect(f"{path.as_uri()}?mode=ro", timeout=READ_TIMEOUT_S, isolation_level=None, uri=True)


def identity(path: Path) -> Identity | None:
    """Return which file is at a path, None where there is none."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


@contextlib.contextmanager
def store_errors() -> Iterator[None]:
    """Raise what SQLite and the operating system raise inside as the store's own errors."""
    try:
        yield
    except sqlite3.OperationalError as error:
        # Codes came with Python 3.11; the texts are older than this package.
        if getattr(error, "sqlite_errorcode", None) == _SQL_ERROR:
            raise StoreRefusedError(str(error)) from error
        kind = StoreBusyError if "lock" in str(error) else StoreUnavailableError
        raise kind(str(error)) from error
    except sqlite3.Error as error:
        raise StoreRefusedError(str(error)) from error
    except OSError as error:
        raise StoreUnavailableError(error.strerror or type(error).__name__) from error


def _create_private(path: Path) -> None:
    """Create a missing file that only its owner can read; SQLite gives the files beside it the same permissions."""
    if path.exists():
        return
    with contextlib.suppress(FileExistsError):
        path.parent.mkdir(mode=0o700)
    with contextlib.suppress(FileExistsError):
        if sys.platform == "linux":
            # Not by opening it: closing any descriptor of a file drops all locks that this process has on it.
            os.mknod(path, 0o600)
        else:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
