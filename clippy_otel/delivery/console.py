"""The `console` transport: a line a record on standard output, for eyes on a terminal, else for machines.

On a terminal: local time, severity where it is not INFO, name, key=value pairs. Elsewhere: one JSON object a line, an
Event with `severity` (and `body`, where there is one) beside it; floats that are no number are the texts "NaN",
"Infinity" and "-Infinity", bytes are base64, as in OTLP's own JSON.

No text of a record can begin a new line or steer a terminal: whatever does not print is written as a JSON escape.
"""

from __future__ import annotations

import base64
import json
import math
import re
import sys
from datetime import datetime, timezone
from typing import Any, Final, TextIO

from clippy_otel.delivery.events import event_of
from clippy_otel.otlp.decode import DecodedLog, decode_logs
from clippy_otel.ports import Event, Outcome, Verdict

_SEVERITIES: Final = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")  # four SeverityNumbers each, from 1
_PLAIN: Final = re.compile(r"[^\s\"'=\\{}\[\],]+")  # what needs no quotes to be told from its neighbours
_SHOWN_SESSION: Final = 8  # digits of the session's id on a terminal, enough to tell it from the next


class ConsoleTransport:
    """Write what is delivered to a text stream, each request at once, and flush it.

    A closed or broken stream refuses: it does not come back. A full disk or a busy pipe is tried again. A stream whose
    reader has stopped reading blocks send(): there is no portable way to give up on a write.

    Args:
        stream: Where to; None: whatever sys.stdout is when something is sent.
    """

    limits_payload = False

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream

    def prepare(self, data: bytes) -> bytes:
        """Return the request as it is."""
        return data

    def send(self, prepared: bytes, timeout_s: float) -> Outcome:  # noqa: ARG002 - see the class
        """Write the records of a request."""
        stream = sys.stdout if self._stream is None else self._stream
        try:
            logs = decode_logs(prepared)
        except ValueError:
            return Outcome(Verdict.REFUSED, message="console: a malformed request")
        try:
            render = _line if stream.isatty() else _json
            encoding = getattr(stream, "encoding", None) or "utf-8"
            stream.write("".join(f"{_encodable(render(log), encoding)}\n" for log in logs))
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


def _json(log: DecodedLog) -> str:
    shown: dict[str, Any] = {**event_of(log), "severity": _severity(log)}
    if log.body is not None:
        shown["body"] = log.body
    return _printable(json.dumps(_jsonable(shown), ensure_ascii=False, allow_nan=False))


def _line(log: DecodedLog) -> str:
    event, severity = event_of(log), _severity(log)
    parts = [_local_time(log)]
    if severity not in ("", "INFO"):
        parts.append(severity)
    if event["type"]:
        parts.append(event["type"])
    if log.body is not None:
        parts.append(_text(log.body))
    parts.extend(f"{_text(key)}={_text(value)}" for key, value in event["data"].items())
    parts.extend(_origin(event))
    return _printable(" ".join(parts))


def _origin(event: Event) -> list[str]:
    trace_id, session_id = event["metadata"]["trace_id"], event["metadata"]["session_id"]
    shown = {"trace": trace_id, "session": session_id[:_SHOWN_SESSION]}
    return [f"{name}={_text(value)}" for name, value in shown.items() if value]


def _severity(log: DecodedLog) -> str:
    if log.severity_text or not 1 <= log.severity_number <= 4 * len(_SEVERITIES):
        return log.severity_text
    return _SEVERITIES[(log.severity_number - 1) // 4]


def _local_time(log: DecodedLog) -> str:
    seconds, nanoseconds = divmod(log.time_unix_nano or log.observed_time_unix_nano, 1_000_000_000)
    # By way of UTC: converting to local time raises for no time that 64 bits of nanoseconds can say.
    moment = datetime.fromtimestamp(seconds, timezone.utc).astimezone()
    return f"{moment:%H:%M:%S}.{nanoseconds // 1_000_000:03d}"


def _text(value: Any) -> str:
    """Return a key or value as it stands where that is clear, else as JSON."""
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        return value
    return json.dumps(_jsonable(value), ensure_ascii=False, allow_nan=False)


def _jsonable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _jsonable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_jsonable(item) for item in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


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
