"""The phases of one AI operation: parts of it with names, each of which counts the time that is its own."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Final

MAX_PHASES: Final = 32  # of one operation; the time of those that come later is "other"
OTHER: Final = "other"
_NS_PER_MS: Final = 1_000_000


class Phase:
    """A part of an operation: a context manager, sync and async.

    Phases may be nested, and each counts the time that is its own: its time less that of the phases inside of it.
    Where those run at once, in tasks beside each other, they may take longer than the outer one, whose own time is 0
    then. A phase that is open when the operation ends, ends with it.

    Attributes:
        name: Its name.
    """

    __slots__ = ("_inner_ns", "_outer", "_phases", "_started_ns", "_token", "name")

    def __init__(self, phases: Phases, name: str) -> None:
        self.name = name
        self._phases = phases
        self._started_ns: int | None = None  # while it is open
        self._inner_ns = 0
        self._outer: Phase | None = None
        self._token: Token[Phase | None] | None = None

    def __enter__(self) -> Phase:
        self._outer = _innermost.get()
        self._token = _innermost.set(self)
        self._inner_ns = 0
        self._started_ns = self._phases.now_ns()
        self._phases.open.append(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop(self._phases.now_ns())
        token, self._token = self._token, None
        if token is not None:
            try:
                _innermost.reset(token)
            except ValueError:  # left in another context than it was entered in: there is nothing to go back to
                return

    async def __aenter__(self) -> Phase:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, tb)

    def stop(self, now_ns: int) -> None:
        """Count its own time up to now; idempotent."""
        started_ns, self._started_ns = self._started_ns, None
        if started_ns is None:
            return
        elapsed_ns = max(now_ns - started_ns, 0)
        self._phases.add(self, max(elapsed_ns - self._inner_ns, 0))
        outer, self._outer = self._outer, None
        if outer is not None and outer._phases is self._phases:  # noqa: SLF001 - another one of this class
            outer._inner_ns += elapsed_ns  # noqa: SLF001 - likewise


_innermost: ContextVar[Phase | None] = ContextVar("clippy_otel_ai_phase", default=None)


class Phases:
    """The phases of one operation.

    Args:
        now_ns: The clock.

    Attributes:
        now_ns: The same.
        open: Those that have begun and not ended, outer ones first.
        own_ms: Milliseconds by name, those of one name together.
    """

    __slots__ = ("now_ns", "open", "own_ms")

    def __init__(self, now_ns: Callable[[], int]) -> None:
        self.now_ns = now_ns
        self.open: list[Phase] = []
        self.own_ms: dict[str, float] = {}

    def add(self, phase: Phase, own_ns: int) -> None:
        """Add up a phase that has ended."""
        if phase in self.open:
            self.open.remove(phase)
        name = phase.name if phase.name in self.own_ms or len(self.own_ms) < MAX_PHASES else OTHER
        self.own_ms[name] = self.own_ms.get(name, 0.0) + own_ns / _NS_PER_MS

    def stop(self, now_ns: int) -> None:
        """End those that are open."""
        for phase in self.open[::-1]:
            phase.stop(now_ns)
