"""The `console` transport: a line a record on standard output, for eyes on a terminal, else for machines.

What the lines look like is `clippy_otel.delivery.rendering`' own. No text of a record can begin a new line or steer a
terminal: whatever does not print is written as a JSON escape.
"""

from __future__ import annotations

import json
import sys
from typing import TextIO

from clippy_otel.delivery.decoders import DECODERS
from clippy_otel.delivery.rendering import MACHINE_LINES, TERMINAL_LINES
from clippy_otel.ports import Outcome, Signal, Verdict


class ConsoleTransport:
    """Write what is delivered to a text stream, each request at once, and flush it.

    A closed or broken stream refuses: it does not come back. A full disk or a busy pipe is tried again. A stream whose
    reader has stopped reading blocks send(): there is no portable way to give up on a write.

    Args:
        stream: Where to; None: whatever sys.stdout is when something is sent.
        signal: The signal of the requests.
    """

    limits_payload = False

    def __init__(self, stream: TextIO | None = None, *, signal: Signal = "logs") -> None:
        self._stream = stream
        self._signal: Signal = signal

    def prepare(self, data: bytes) -> bytes:
        """Return the request as it is."""
        return data

    def send(self, prepared: bytes, timeout_s: float) -> Outcome:  # noqa: ARG002 - see the class
        """Write the records of a request."""
        stream = sys.stdout if self._stream is None else self._stream
        try:
            records = DECODERS[self._signal](prepared)
        except ValueError:
            return Outcome(Verdict.REFUSED, message="console: a malformed request")
        try:
            line_of = (TERMINAL_LINES if stream.isatty() else MACHINE_LINES)[self._signal]
            encoding = getattr(stream, "encoding", None) or "utf-8"
            stream.write("".join(f"{_encodable(_printable(line_of(record)), encoding)}\n" for record in records))
            stream.flush()
        except OSError as error:
            verdict = Verdict.REFUSED if isinstance(error, BrokenPipeError) else Verdict.RETRY
            return Outcome(verdict, message=f"console: {error.strerror or type(error).__name__}")
        except Exception as error:  # noqa: BLE001 - closed (ValueError), absent (None), or an application's own stream
            return Outcome(Verdict.REFUSED, message=f"console: {type(error).__name__}")
        return Outcome(Verdict.DELIVERED)

    def abort(self) -> None:
        """Have nothing to abort."""

    def close(self) -> None:
        """Leave the stream open: it is not ours."""

    def after_fork(self) -> None:
        """Have nothing to forget."""


def _printable(line: str) -> str:
    """Escape line breaks, terminal controls, text direction marks and the like."""
    return line if line.isprintable() else "".join(c if c.isprintable() else _escape(c) for c in line)


def _encodable(line: str, encoding: str) -> str:
    """Escape all beyond ASCII where the stream's encoding has no bytes for some of it."""
    try:
        line.encode(encoding)
    except UnicodeEncodeError:
        return "".join(c if c.isascii() else _escape(c) for c in line)
    return line


def _escape(character: str) -> str:
    return json.dumps(character)[1:-1]
