"""A number that all processes of a state directory share: it changes when one of them has decided something.

Mapped into memory, so that looking at it with each record costs 20 ns and no system call. It is read there and written
through the file: a page that the disk has no room for is then an error, and no signal.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from clippy_otel.state import open_private, publish

_BYTES: Final = 8


class Counter:
    """The number.

    Args:
        path: Where; made where it does not exist, in a directory that does.

    Attributes:
        view: The number, as its first item.

    Raises:
        OSError: It cannot be made, opened or mapped.
    """

    def __init__(self, path: Path) -> None:
        from mmap import PROT_READ, mmap  # noqa: PLC0415 - for who has a state directory

        self._path = path
        _publish_if_missing(path)
        descriptor = open_private(path, os.O_RDONLY)
        try:
            if os.fstat(descriptor).st_size < _BYTES:  # what lies behind the end of a file must not be touched
                raise OSError(5, "it is damaged", str(path))
            self.view: Sequence[int] = memoryview(mmap(descriptor, _BYTES, prot=PROT_READ)).cast("q")
        finally:
            os.close(descriptor)

    def step(self) -> None:
        """Let all processes see another number.

        Two that do it at once may write the same one. Each has written before what it tells of: whoever sees the
        number of the first one finds that of both, or sees another number later.

        Raises:
            OSError: It cannot be written.
        """
        descriptor = open_private(self._path, os.O_RDWR)
        try:
            number = int.from_bytes(os.pread(descriptor, _BYTES, 0), sys.byteorder)
            os.pwrite(descriptor, (number + 1).to_bytes(_BYTES, sys.byteorder), 0)
        finally:
            os.close(descriptor)


def _publish_if_missing(path: Path) -> None:
    """Make the file, with a number of zero."""
    if not path.exists():
        publish(path, bytes(_BYTES))
