"""Errors that nobody handles, seen by the hooks that Python and asyncio have for them.

Each hook is a link in a chain: it shows the error and calls, exactly once, what was there before it. Taken out, it is
gone where it is on top of its chain; where somebody else's hook stands on it, it only hands on from then on. The owner
is held weakly: where it is gone, so is the hook.

KeyboardInterrupt and SystemExit are no errors, and neither is what is typed at Python's prompt. asyncio is not loaded
for its hook: one that is imported after the hooks were put in is not seen. The hook stands on the class that its own
event loops derive from, the running one and those to come; other event loops, such as uvloop's, are not reached.
"""

from __future__ import annotations

import sys
import threading
import types
import weakref
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from clippy_otel import _guard
from clippy_otel.capture import type_name
from clippy_otel.severity import ErrorSeverity

_NO_ERRORS: Final = (KeyboardInterrupt, SystemExit)


class Escaped(NamedTuple):
    """An error that nobody handled.

    Attributes:
        error: The exception; None where Python had no memory left for it.
        severity: CRITICAL where it ends the program.
        context: By which hook it was seen, and in which thread or function.
    """

    error: BaseException | None
    severity: ErrorSeverity
    context: Mapping[str, str]


_Show = Callable[[Escaped], object]


class _Place(NamedTuple):
    """Where a hook stands."""

    owner: Any
    name: str
    read: Callable[..., Escaped | None]  # what the hook is called with; None: no error


class Unhandled:
    """The hooks of one owner.

    Args:
        show: A method of the owner's, which is called with each error: on the thread that it happened on, at any
            moment (`__del__` among them).
    """

    def __init__(self, show: _Show) -> None:
        self._show = weakref.WeakMethod(show)
        self._hooks: dict[tuple[int, str], _Hook] = {}

    def install(self, *, exceptions: bool, rejections: bool) -> None:
        """Put hooks in where they are wanted, and take them out where they are not.

        Args:
            exceptions: Those of `sys` and `threading`.
            rejections: That of asyncio, if the application has imported it.
        """
        wanted = (*(_exceptions() if exceptions else ()), *(_rejections() if rejections else ()))
        keys = {(id(place.owner), place.name) for place in wanted}
        for key in self._hooks.keys() - keys:
            self._hooks.pop(key).end()
        for place in wanted:
            key = (id(place.owner), place.name)
            if key not in self._hooks:
                self._hooks[key] = _Hook(place, self._show)

    def remove(self) -> None:
        """Take all of them out. Idempotent."""
        self.install(exceptions=False, rejections=False)


class _Hook:
    """One link of a chain; a method, where the chain is a class's."""

    def __init__(self, place: _Place, show: weakref.WeakMethod[_Show]) -> None:
        self._place = place
        self._show: weakref.WeakMethod[_Show] | None = show
        _uncover(place)
        self.previous: Callable[..., Any] = getattr(place.owner, place.name)
        setattr(place.owner, place.name, self)

    def is_live(self) -> bool:
        return self._show is not None and self._show() is not None

    def end(self) -> None:
        self._show = None
        _uncover(self._place)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            show = None if self._show is None else self._show()
            if show is not None:
                with _guard.host_safe("unhandled error"):
                    escaped = self._place.read(*args, **kwargs)
                    if escaped is not None and not isinstance(escaped.error, _NO_ERRORS):
                        show(escaped)
        finally:
            result = self.previous(*args, **kwargs)
        return result

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return self if instance is None else types.MethodType(self, instance)


def _uncover(place: _Place) -> None:
    """Take the hooks that have ended off the top of a chain."""
    top = below = getattr(place.owner, place.name)
    while isinstance(below, _Hook) and not below.is_live():
        below = below.previous
    if below is not top:
        setattr(place.owner, place.name, below)


def _exceptions() -> Iterator[_Place]:
    yield _Place(sys, "excepthook", _of_program)
    yield _Place(threading, "excepthook", _of_thread)
    yield _Place(sys, "unraisablehook", _unraisable)


def _rejections() -> Iterator[_Place]:
    if "asyncio.base_events" in sys.modules:
        # Imported, not looked up: where another thread is importing it at this moment, that is waited for.
        from asyncio.base_events import BaseEventLoop  # noqa: PLC0415 - for who has loaded it

        yield _Place(BaseEventLoop, "call_exception_handler", _of_loop)


def _of_program(_kind: type[BaseException], error: BaseException | None, _tb: object = None) -> Escaped | None:
    if hasattr(sys, "ps1"):  # somebody sits at Python's prompt and sees it
        return None
    return Escaped(error, ErrorSeverity.CRITICAL, {"hook": "sys.excepthook"})


def _of_thread(args: threading.ExceptHookArgs) -> Escaped | None:
    if issubclass(args.exc_type, _NO_ERRORS):
        return None
    thread = "" if args.thread is None else args.thread.name
    return Escaped(args.exc_value, ErrorSeverity.ERROR, {"hook": "threading.excepthook", "thread": thread})


def _unraisable(args: sys.UnraisableHookArgs) -> Escaped | None:
    # Of the object only its name or its kind: it may be half gone, and its text is its own matter.
    name = getattr(args.object, "__qualname__", None) or type_name(args.object)
    context = {"hook": "sys.unraisablehook", "object": str(name)}
    return Escaped(args.exc_value, ErrorSeverity.ERROR, context)


def _of_loop(_loop: object, context: Mapping[str, Any]) -> Escaped | None:
    # Not its message, in which there may be the arguments of a callback.
    error = context.get("exception")
    return None if error is None else Escaped(error, ErrorSeverity.ERROR, {"hook": "asyncio"})
