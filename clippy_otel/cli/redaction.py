"""Lines in, redacted lines out: what `clippy-otel redact` does.

Guarantee: a line at a time is held, save for a private key, whose block is one piece of up to 256 lines. A line of more
than a megabyte is cut, and said to be. Bytes that are no UTF-8 go through as they are.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import IO, Any, Final, NamedTuple

from clippy_otel import _guard
from clippy_otel.privacy import Limits, Redactor

_MAX_LINE_BYTES: Final = 1_048_576
_MAX_BLOCK_LINES: Final = 256  # an RSA key of 16,384 bits has 200
# A line is one value here, and has no application waiting for it.
LIMITS: Final = Limits(max_value_bytes=_MAX_LINE_BYTES, max_nodes=200_000, max_time_ms=30_000)

_BLOCK_BEGIN: Final = b"-----BEGIN"
_BLOCK_END: Final = b"-----END"
_ESCAPED: Final = "surrogateescape"


def run(source: IO[bytes], target: IO[bytes], redactor: Redactor, *, as_json: bool, explain: bool) -> int:
    """Redact each line of a source into a target, or explain it; return the exit status.

    Args:
        source: Read to its end.
        target: Flushed after each line, so that it can be followed.
        redactor: With LIMITS.
        as_json: Print JSON only.
        explain: Print what is found, and not the text.
    """
    status = 0
    failures = sum(_guard.counts().values())
    for piece in _pieces(source):
        if piece.is_cut:
            sys.stderr.write(f"clippy-otel redact: line {piece.number} has more than {_MAX_LINE_BYTES:,} bytes: cut\n")
            status = 1
        body = piece.text.rstrip("\r\n")
        if explain:
            lines = list(_explained(redactor, body, piece.number, as_json=as_json))
            status = 1 if lines else status
            target.write("".join(f"{line}\n" for line in lines).encode("utf-8", _ESCAPED))
        else:
            target.write(_encoded(_redacted(redactor, body, as_json=as_json) + piece.text[len(body) :]))
        target.flush()
    return 1 if sum(_guard.counts().values()) > failures else status


class _Piece(NamedTuple):
    """A line, or a block of lines that is one value."""

    number: int  # of its first line, from 1
    text: str  # with its end of line
    is_cut: bool


def _pieces(source: IO[bytes]) -> Iterator[_Piece]:
    lines = _lines(source)
    for number, line, is_first_cut in lines:
        block, size, is_cut = [line], len(line), is_first_cut
        while _BLOCK_BEGIN in block[0] and _BLOCK_END not in block[-1] and len(block) < _MAX_BLOCK_LINES:
            following = next(lines, None)
            if following is None:
                break
            block.append(following[1])
            size += len(following[1])
            is_cut = is_cut or following[2]
            if size > _MAX_LINE_BYTES:
                break
        yield _Piece(number, b"".join(block).decode("utf-8", _ESCAPED), is_cut)


def _lines(source: IO[bytes]) -> Iterator[tuple[int, bytes, bool]]:
    number = 0
    while line := source.readline(_MAX_LINE_BYTES + 1):
        number += 1
        is_cut = len(line) > _MAX_LINE_BYTES and not line.endswith(b"\n")
        if is_cut:
            while (rest := source.readline(_MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
                pass
            line += rest[-1:] if rest.endswith(b"\n") else b""
        yield number, line, is_cut


def _redacted(redactor: Redactor, body: str, *, as_json: bool) -> str:
    found, value = _parsed(body)
    if not found:
        text = redactor.redact_text(body)
        return json.dumps(text) if as_json else text
    result = redactor.redact(value)
    return body if result is value else json.dumps(result, ensure_ascii=False)


def _explained(redactor: Redactor, body: str, number: int, *, as_json: bool) -> Iterator[str]:
    found, value = _parsed(body)
    for finding in redactor.explain(value if found else body):
        if as_json:
            yield json.dumps({"line": number, **finding._asdict()})
        else:
            yield f"{number}: {finding.path or '-'} {finding.rule} {finding.start}-{finding.end}"


def _parsed(body: str) -> tuple[bool, Any]:
    """Return whether a line is a JSON object, array or text, and its value."""
    if body.lstrip()[:1] not in ("{", "[", '"'):
        return False, None
    try:
        return True, json.loads(body, object_pairs_hook=_distinct)
    except (ValueError, RecursionError):
        return False, None


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object whose keys stand once: of two alike only one would be looked at, and both would be printed."""
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("a key stands twice")
    return value


def _encoded(text: str) -> bytes:
    try:
        return text.encode("utf-8", _ESCAPED)
    except UnicodeEncodeError:  # a lone surrogate, from an escape in JSON
        return text.encode("utf-8", "backslashreplace")
