"""An exception as what is recorded of it: type, message, frames and fingerprint.

Frames are file, line and function; source lines only where they are asked for, local variables never (they hold
secrets, and formatting with them costs ten times as much). The chain of causes, the members of a group of exceptions
and the frames of each are bounded.
"""

from __future__ import annotations

import linecache
from collections.abc import Iterator
from types import TracebackType
from typing import Final, NamedTuple

MAX_FRAMES: Final = 50  # of one exception: the first half and the last half of them
MAX_CHAIN: Final = 5  # an exception and its causes
MAX_MEMBERS: Final = 5  # of a group of exceptions
MAX_SOURCE_CHARS: Final = 200  # of one line; a longer one is left out, for what is cut cannot be redacted any more
_MAX_TYPE_CHARS: Final = 256
_MARK: Final = "__clippy_otel_error_ids__"
_FINGERPRINT_BYTES: Final = 8


class CapturedError(NamedTuple):
    """What is recorded of an exception.

    Attributes:
        type: Its qualified class name, without `builtins.`.
        message: Its text, notes included; not redacted yet.
        stacktrace: Frames and messages of it, of its causes and of a group's first members, in Python's layout; not
            redacted yet.
        fingerprint: 16 hex digits, the same for errors of one type raised at one place (of a group: with a first
            member alike).
    """

    type: str
    message: str
    stacktrace: str
    fingerprint: str


def describe(error: object, *, source_lines: bool = False) -> CapturedError:
    """Return what is recorded of an exception, or of an error that is none: a text, or whatever was given.

    Args:
        error: The exception.
        source_lines: Whether each frame's line of source, up to 200 characters long, stands in the stack trace, read
            from its file.
    """
    kind, message = type_name(error), _message(error)
    if not isinstance(error, BaseException):
        return CapturedError(kind, message, "", fingerprint([kind, message]))
    parts = [part for each in (error, *_members(error)[:1]) for part in (type_name(each), *_places(each))]
    return CapturedError(kind, message, "\n".join(_lines(error, source_lines)), fingerprint(parts))


def fingerprint(parts: list[str]) -> str:
    """Return 16 hex digits that are the same for the same texts."""
    import hashlib  # noqa: PLC0415 - it loads OpenSSL, 3.5 MB, for who has errors

    text = "\n".join(parts).encode("utf-8", "replace")
    return hashlib.blake2b(text, digest_size=_FINGERPRINT_BYTES).hexdigest()


def seen_as(error: object, owner: str) -> str | None:
    """Return the id under which `owner` recorded this very exception object before; None where it did not."""
    ids = getattr(error, _MARK, None)
    marked, error_id = ids.get(owner, (None, None)) if isinstance(ids, dict) else (None, None)
    return error_id if marked == id(error) else None  # a copy carries the mark of what it was copied from


def mark_seen(error: object, owner: str, error_id: str) -> None:
    """Note on the exception itself that `owner` recorded it (built-in exceptions take no weak references)."""
    if isinstance(error, BaseException):
        error.__dict__.setdefault(_MARK, {})[owner] = (id(error), error_id)


def claim(error: object, owner: str, error_id: str) -> str:
    """Note on the exception itself that `owner` records it, unless it has already, and return the id that holds.

    Of several threads that claim one exception at the same moment, all are told the same id.
    """
    if not isinstance(error, BaseException):
        return error_id
    own = (id(error), error_id)
    marked, first_id = error.__dict__.setdefault(_MARK, {}).setdefault(owner, own)
    if marked == id(error):
        return str(first_id)
    error.__dict__[_MARK] = {owner: own}  # a copy has its original's table: it gets one of its own
    return error_id


def _lines(error: BaseException, source_lines: bool) -> Iterator[str]:  # noqa: FBT001 - handed down
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
        yield from _exception_lines(caught, source_lines)
        members = _members(caught)
        for number, member in enumerate(members[:MAX_MEMBERS], 1):
            yield f"  +---------------- {number} of {len(members)} ----------------"
            yield from _exception_lines(member, source_lines)
        if introduction:
            yield f"\n{introduction}\n"


def _exception_lines(error: BaseException, source_lines: bool) -> Iterator[str]:  # noqa: FBT001 - likewise
    """Yield the lines of one exception, without its causes."""
    frames = list(_frames(error.__traceback__))
    left_out = len(frames) - MAX_FRAMES
    for index, (file, line, function) in enumerate(frames):
        if left_out > 0 and MAX_FRAMES // 2 <= index < MAX_FRAMES // 2 + left_out:
            if index == MAX_FRAMES // 2:
                yield f"  [{left_out} frames left out]"
            continue
        yield f'  File "{file}", line {line}, in {function}'
        if source_lines and 0 < len(source := linecache.getline(file, line).strip()) <= MAX_SOURCE_CHARS:
            yield f"    {source}"
    yield f"{type_name(error)}: {_message(error)}"


def _frames(tb: TracebackType | None) -> Iterator[tuple[str, int, str]]:
    while tb is not None:
        code = tb.tb_frame.f_code
        yield code.co_filename, tb.tb_lineno or 0, code.co_name
        tb = tb.tb_next


def _places(error: BaseException) -> Iterator[str]:
    return (f"{file}:{function}" for file, _, function in _frames(error.__traceback__))


def _members(error: BaseException) -> tuple[BaseException, ...]:
    """Return what a group of exceptions is made of, as Python 3.11 and its backport have it; of any other: nothing."""
    if not any(kind.__name__ == "BaseExceptionGroup" for kind in type(error).__mro__):
        return ()
    members = getattr(error, "exceptions", ())
    return tuple(member for member in members if isinstance(member, BaseException))


def type_name(error: object) -> str:
    """Return the qualified name of an error's class, without `builtins.`, cut at 256 characters."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    return name[:_MAX_TYPE_CHARS]


def _message(error: object) -> str:
    try:
        notes = getattr(error, "__notes__", ())
        return "\n".join([str(error), *(note for note in notes if isinstance(note, str))])
    except Exception:  # noqa: BLE001 - a __str__ of the application's that raises: say so instead of its text
        return f"<unprintable {type(error).__name__}>"
