"""The scope: who and what a piece of work is about, what happened in it, and the session it belongs to.

A scope lives in a context variable: whatever inherits the context (tasks, `asyncio.to_thread`) shares it, and scopes
of different contexts never mix. Where no scope is open, a process-wide one holds; new threads and `run_in_executor`
see that one. An inner scope adds to the outer ones: what it leaves out is looked up in them.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from types import MappingProxyType, TracebackType
from typing import Any, Final, NamedTuple, TypeVar, cast

from clippy_otel import _fork, _guard, semconv
from clippy_otel.breadcrumbs import MAX_BREADCRUMBS, Breadcrumb, Breadcrumbs
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.marks import MAX_MARKS, Marks
from clippy_otel.ports import Clock, IdSource
from clippy_otel.session import Lifecycle, SessionTracker

_F = TypeVar("_F", bound=Callable[..., Any])
_EMPTY: Final[Mapping[str, Any]] = MappingProxyType({})


class Scope:
    """User, session, conversation, attributes, breadcrumbs and marks of one logical piece of work.

    A context manager, an async context manager and a decorator. One object may be entered by several tasks at once;
    as a decorator it opens a scope of its own for each call.
    """

    def __init__(
        self,
        scopes: Scopes,
        *,
        tracker: SessionTracker | None = None,
        attributes: Mapping[str, Any] = _EMPTY,
    ) -> None:
        self._scopes = scopes
        self._tracker = tracker
        # Replaced as a whole and never changed in place: readers on other threads see one state or the other.
        self._attributes: Mapping[str, Any] = dict(attributes)
        self._breadcrumbs = Breadcrumbs(scopes.max_breadcrumbs)
        self._marks = Marks()

    def set_user(self, user_id: str | None) -> None:
        """Say whose work this is; None or "" for nobody's. What leaves the process is the keyed pseudonym."""
        self.set_attribute(semconv.USER_ID, (_text(user_id) or None) if user_id is not None else None)

    def set_attribute(self, key: str, value: Any) -> None:
        """Put an attribute on everything recorded in this scope from now on; None takes it away."""
        changed = {**self._attributes, _text(key): value}
        self._attributes = {k: v for k, v in changed.items() if v is not None}

    @property
    def attributes(self) -> Mapping[str, Any]:
        """What this scope itself adds to events: read-only, user and conversation among it."""
        return MappingProxyType(dict(self._attributes))

    @property
    def session_id(self) -> str:
        """The id of the session that this scope's events belong to."""
        return self._session_tracker().current.id

    @property
    def previous_session_id(self) -> str | None:
        """The id of the session before it; None for none."""
        return self._session_tracker().current.previous_id

    def new_session(self) -> str:
        """End the session, begin another one and return its id."""
        tracker = self._session_tracker()
        with _guard.host_safe("session"):
            self._scopes.report(tracker.roll())
        return tracker.current.id

    def _session_tracker(self) -> SessionTracker:
        return self._tracker or self._scopes.fields()[0]

    def __enter__(self) -> Scope:
        _open.set(_Node(self, _open.get()))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        # The stack is the context's, so that sibling tasks can hold one scope. Where this context never entered it
        # (a generator finalised elsewhere), there is nothing to leave.
        _open.set(_without(self, _open.get()))

    async def __aenter__(self) -> Scope:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, tb)

    def __call__(self, function: _F) -> _F:
        """Decorate a function or coroutine function: each call runs in a scope of its own with these settings."""
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise ConfigurationError(
                "scope: a generator cannot be decorated, for its body runs in its consumer's context; enter the scope "
                "around the loop that consumes it"
            )
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def call_async(*args: Any, **kwargs: Any) -> Any:
                with self._fresh():
                    return await function(*args, **kwargs)

            return cast("_F", call_async)

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            with self._fresh():
                return function(*args, **kwargs)

        return cast("_F", call)

    def _fresh(self) -> Scope:
        return Scope(self._scopes, tracker=self._tracker, attributes=self._attributes)


class ProcessScope(Scope):
    """What holds where no scope is open: it always has a session."""

    def __init__(self, scopes: Scopes, tracker: SessionTracker) -> None:
        super().__init__(scopes, tracker=tracker)
        self.tracker = tracker


class Scopes:
    """The scopes of one telemetry: the process-wide one, and those that contexts hold open."""

    def __init__(self, clock: Clock, ids: IdSource) -> None:
        self._clock = clock
        self._ids = ids
        self.max_breadcrumbs = MAX_BREADCRUMBS
        self.max_marks = MAX_MARKS  # of each scope
        self.process = ProcessScope(self, SessionTracker(clock, ids))
        self.report: Callable[[tuple[Lifecycle, ...]], None] = _report_to_nobody
        _fork.renew_in_child(self.process.tracker)

    def open(
        self,
        *,
        user_id: str | None = None,
        session_id: str | None = None,
        conversation_id: str | None = None,
        attributes: Mapping[str, Any] | None = None,
    ) -> Scope:
        """Return a new scope, to be entered; what is None is taken from the scopes around it."""
        external_id = _text(session_id) if session_id is not None else ""
        tracker = SessionTracker(self._clock, self._ids, external_id=external_id) if external_id else None
        given: dict[str, Any] = {}
        with _guard.host_safe("scope"):  # a mapping of the application's that raises when read, or is none
            given = dict(attributes or _EMPTY)
        scope = Scope(self, tracker=tracker, attributes=given)
        if user_id is not None:
            scope.set_user(user_id)
        if conversation_id is not None:
            scope.set_attribute(semconv.GEN_AI_CONVERSATION_ID, _text(conversation_id))
        return scope

    def current(self) -> Scope:
        """Return the innermost open scope, or the process-wide one."""
        node = _open.get()
        while node is not None:
            if node.scope._scopes is self:  # noqa: SLF001 - one room
                return node.scope
            node = node.outer
        return self.process

    def limit_breadcrumbs(self, max_count: int) -> None:
        """Keep at most `max_count` breadcrumbs, 0 or more, in the process-wide scope and in those opened from now on.

        Default 50. A scope that is open already holds as many as before, of which breadcrumbs() returns no more.
        """
        self.max_breadcrumbs = max_count
        limited = Breadcrumbs(max_count)
        for crumb in self.process._breadcrumbs.held():  # noqa: SLF001 - one room
            limited.add(crumb)
        self.process._breadcrumbs = limited  # noqa: SLF001 - one room

    def add_breadcrumb(self, crumb: Breadcrumb) -> None:
        """Add a breadcrumb, redacted already, to the innermost open scope, or to the process-wide one."""
        self.current()._breadcrumbs.add(crumb)  # noqa: SLF001 - one room

    def breadcrumbs(self) -> tuple[Breadcrumb, ...]:
        """Return what led here: the outermost scope's breadcrumbs first, oldest first in each, the newest of them all.

        So a busy process-wide scope does not push out those of the scopes in it.
        """
        opened: dict[Scope, None] = {}  # each once, however often it was entered; innermost first
        node = _open.get()
        while node is not None:
            if node.scope._scopes is self and node.scope is not self.process:  # noqa: SLF001 - one room
                opened[node.scope] = None
            node = node.outer
        outermost_first = (self.process, *reversed(opened))
        held = [crumb for scope in outermost_first for crumb in scope._breadcrumbs.held()]  # noqa: SLF001 - one room
        return tuple(held[max(len(held) - self.max_breadcrumbs, 0) :])

    def mark(self, name: str, moment_ns: int) -> None:
        """Set a mark in the innermost open scope, or in the process-wide one.

        Args:
            name: Its name, of which 255 characters count.
            moment_ns: On the clock that the marks are compared on.
        """
        self.current()._marks.set(name, moment_ns, self.max_marks)  # noqa: SLF001 - one room

    def marked(self, name: str) -> int | None:
        """Return when a mark was set, looked up from the innermost open scope outwards; None where it is in none."""
        node = _open.get()
        while node is not None:
            if node.scope._scopes is self:  # noqa: SLF001 - one room
                moment_ns = node.scope._marks.get(name)  # noqa: SLF001 - one room
                if moment_ns is not None:
                    return moment_ns
            node = node.outer
        return self.process._marks.get(name)  # noqa: SLF001 - one room

    def fields(self) -> tuple[SessionTracker, Mapping[str, Any]]:
        """Return what an event recorded here and now takes from its scopes: its session's tracker, and attributes.

        User and conversation are among the attributes, by their semantic-convention names; the innermost scope wins.
        """
        process, node = self.process, _open.get()
        if node is None:
            return process.tracker, process._attributes  # noqa: SLF001 - one room
        tracker: SessionTracker | None = None
        attributes: Mapping[str, Any] = _EMPTY
        while node is not None:
            scope = node.scope
            if scope._scopes is self:  # noqa: SLF001 - one room
                tracker = tracker or scope._tracker  # noqa: SLF001 - one room
                attributes = _over(scope._attributes, attributes)  # noqa: SLF001 - one room
            node = node.outer
        return tracker or process.tracker, _over(process._attributes, attributes)  # noqa: SLF001 - one room


class _Node(NamedTuple):
    """The stack of open scopes, as an immutable list: entering in one task does not touch another one's."""

    scope: Scope
    outer: _Node | None


_open: ContextVar[_Node | None] = ContextVar("clippy_otel_scope", default=None)


def _over(outer: Mapping[str, Any], inner: Mapping[str, Any]) -> Mapping[str, Any]:
    """Lay the inner attributes over the outer ones; usually one of them is empty and nothing is copied."""
    if not inner:
        return outer
    return {**outer, **inner} if outer else inner


def _text(value: object) -> str:
    """Return an id or a key as text, whatever the application gave."""
    if isinstance(value, str):
        return value
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - a __str__ of the application's that raises: say so instead
        return f"<unprintable {type(value).__name__}>"


def _without(scope: Scope, node: _Node | None) -> _Node | None:
    """Return the stack without the innermost entry of `scope`; the rest as it was."""
    above: list[Scope] = []
    found = node
    while found is not None and found.scope is not scope:
        above.append(found.scope)
        found = found.outer
    if found is None:
        return node
    rest = found.outer
    for kept in reversed(above):
        rest = _Node(kept, rest)
    return rest


def _report_to_nobody(_: tuple[Lifecycle, ...]) -> None:
    """Drop lifecycle records: before configure there is no pipeline to take them."""
