"""An exception as what is recorded of it: type, message, frames and fingerprint.

Frames are file, line and function; source lines and local variables are never read (they hold secrets, and formatting
with them costs ten times as much). The chain of causes and the frames of each are bounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Final, NamedTuple

MAX_FRAMES: Final = 50  # of one exception: the first half and the last half of them
MAX_CHAIN: Final = 5  # an exception and its causes
_MARK: Final = "__clippy_otel_error_ids__"
_FINGERPRINT_BYTES: Final = 8


class CapturedError(NamedTuple):
    """What is recorded of an exception.

    Attributes:
        type: Its qualified class name, without `builtins.`.
        message: Its text, notes included; not redacted yet.
        stacktrace: Frames and messages of it and of its causes, in Python's layout; not redacted yet.
        fingerprint: 16 hex digits, the same for errors of one type raised at one place.
    """

    type: str
    message: str
    stacktrace: str
    fingerprint: str


def describe(error: object) -> CapturedError:
    """Return what is recorded of an exception, or of an error that is none: a text, or whatever was given."""
    if not isinstance(error, BaseException):
        text = _message(error)
        return CapturedError(_type_name(error), text, "", _fingerprint([_type_name(error), text]))
    kind, message = _type_name(error), _message(error)
    places = [f"{file}:{function}" for file, _, function in _frames(error.__traceback__)]
    return CapturedError(kind, message, "\n".join(_lines(error)), _fingerprint([kind, *places]))


def seen_as(error: object, owner: str) -> str | None:
    """Return the id under which `owner` recorded this very exception object before; None where it did not."""
    ids = getattr(error, _MARK, None)
    marked, error_id = ids.get(owner, (None, None)) if isinstance(ids, dict) else (None, None)
    return error_id if marked == id(error) else None  # a copy carries the mark of what it was copied from


def mark_seen(error: object, owner: str, error_id: str) -> None:
    """Note on the exception itself that `owner` recorded it (built-in exceptions take no weak references)."""
    if isinstance(error, BaseException):
        error.__dict__.setdefault(_MARK, {})[owner] = (id(error), error_id)


def _lines(error: BaseException) -> Iterator[str]:
    """Yield the lines of the stack traces, causes first, as Python prints them."""
    chain: list[tuple[BaseException, str]] = []
    link, following = "", error
    seen: set[int] = set()
    while len(chain) < MAX_CHAIN and id(following) not in seen:
        seen.add(id(following))
        chain.append((following, link))
        cause, context = following.__cause__, following.__context__
        if cause is not None:
            link, following = "The above exception was the direct cause of the following exception:", cause
        elif context is not None and not following.__suppress_context__:
            link, following = "During handling of the above exception, another exception occurred:", context
        else:
            break
    for caught, introduction in reversed(chain):
        yield "Traceback (most recent call last):"
        yield from _frame_lines(caught.__traceback__)
        yield f"{_type_name(caught)}: {_message(caught)}"
        if introduction:
            yield f"\n{introduction}\n"


def _frame_lines(tb: TracebackType | None) -> Iterator[str]:
    frames = list(_frames(tb))
    left_out = len(frames) - MAX_FRAMES
    for index, (file, line, function) in enumerate(frames):
        if left_out > 0 and MAX_FRAMES // 2 <= index < MAX_FRAMES // 2 + left_out:
            if index == MAX_FRAMES // 2:
                yield f"  [{left_out} frames left out]"
            continue
        yield f'  File "{file}", line {line}, in {function}'


def _frames(tb: TracebackType | None) -> Iterator[tuple[str, int, str]]:
    while tb is not None:
        code = tb.tb_frame.f_code
        yield code.co_filename, tb.tb_lineno or 0, code.co_name
        tb = tb.tb_next


def _type_name(error: object) -> str:
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _message(error: object) -> str:
    try:
        notes = getattr(error, "__notes__", ())
        return "\n".join([str(error), *(note for note in notes if isinstance(note, str))])
    except Exception:  # noqa: BLE001 - a __str__ of the application's that raises: say so instead of its text
        return f"<unprintable {type(error).__name__}>"


def _fingerprint(parts: list[str]) -> str:
    import hashlib  # noqa: PLC0415 - it loads OpenSSL, 3.5 MB, for who has errors

    text = "\n".join(parts).encode("utf-8", "replace")
    return hashlib.blake2b(text, digest_size=_FINGERPRINT_BYTES).hexdigest()
