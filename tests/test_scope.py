"""Scopes are the context's, sessions end by idleness and age, and a forked child has its own."""

from __future__ import annotations

import asyncio
import contextvars
import os
import sys
import threading
from collections.abc import Generator, Iterator
from typing import Any

import pytest

from clippy_otel import semconv
from clippy_otel.breadcrumbs import Breadcrumb
from clippy_otel.clock import RANDOM_IDS, SYSTEM_CLOCK
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.scope import Scopes
from clippy_otel.session import Lifecycle, SessionTracker
from clippy_otel.testing import FakeClock, SequentialIds
from tests._fakes import RaisingMapping

MINUTE_MS = 60_000


@pytest.fixture
def clock() -> FakeClock:
    """Time that stands still."""
    return FakeClock()


@pytest.fixture
def scopes(clock: FakeClock) -> Scopes:
    """Scopes on that time, with ids that count."""
    return Scopes(clock, SequentialIds())


def names(lifecycle: tuple[Lifecycle, ...]) -> list[str]:
    """Return the events of what is to be recorded."""
    return [record.event for record in lifecycle]


def test_outside_of_any_scope_the_process_wide_one_holds(scopes: Scopes) -> None:
    """What is set on the current scope with none open is on everything."""
    scopes.current().set_user("alice")
    assert scopes.current() is scopes.process
    assert scopes.fields()[1] == {semconv.USER_ID: "alice"}


def test_an_inner_scope_adds_to_the_outer_ones_and_wins(scopes: Scopes) -> None:
    """Attributes are looked up from the innermost scope outwards, and leave with it."""
    scopes.process.set_attribute("release", "1")
    with scopes.open(user_id="alice", attributes={"a": 1, "b": 1}):
        with scopes.open(conversation_id="c-1", attributes={"b": 2}) as inner:
            assert scopes.current() is inner
            assert scopes.fields()[1] == {
                "release": "1",
                semconv.USER_ID: "alice",
                semconv.GEN_AI_CONVERSATION_ID: "c-1",
                "a": 1,
                "b": 2,
            }
        assert scopes.fields()[1] == {"release": "1", semconv.USER_ID: "alice", "a": 1, "b": 1}
    assert scopes.fields()[1] == {"release": "1"}


def test_none_and_empty_take_a_user_away(scopes: Scopes) -> None:
    """A scope whose user logs out is nobody's."""
    with scopes.open(user_id="alice") as scope:
        scope.set_user(None)
        assert scopes.fields()[1] == {}
        scope.set_user("")
        assert dict(scope.attributes) == {}


def test_the_callers_mapping_is_neither_kept_nor_changed(scopes: Scopes) -> None:
    """What the caller does with its mapping later does not reach the scope, nor the other way round."""
    attributes = {"a": 1}
    with scopes.open(attributes=attributes) as scope:
        attributes["b"] = 2
        scope.set_attribute("c", 3)
        assert scopes.fields()[1] == {"a": 1, "c": 3}
    assert attributes == {"a": 1, "b": 2}


def test_sibling_tasks_may_enter_one_scope_and_leave_in_any_order(scopes: Scopes) -> None:
    """Entering and leaving is the context's business: tasks that share a scope object do not disturb each other."""

    async def main() -> None:
        shared = scopes.open(user_id="alice")
        both_in = asyncio.Barrier(2) if hasattr(asyncio, "Barrier") else None

        async def work(name: str, *, last: bool) -> None:
            async with shared, scopes.open(attributes={"task": name}):
                if both_in is not None:
                    await both_in.wait()
                await asyncio.sleep(0.02 if last else 0)
                assert scopes.fields()[1] == {semconv.USER_ID: "alice", "task": name}
            assert scopes.current() is scopes.process

        await asyncio.gather(work("one", last=True), work("two", last=False))

    asyncio.run(main())


def test_a_task_inherits_the_scope_it_was_started_in(scopes: Scopes) -> None:
    """A task started inside a scope goes on in it after the starter has left."""

    async def main() -> None:
        async def work() -> str:
            await asyncio.sleep(0.01)
            return str(scopes.fields()[1][semconv.USER_ID])

        with scopes.open(user_id="alice"):
            task = asyncio.create_task(work())
        assert scopes.current() is scopes.process
        assert await task == "alice"

    asyncio.run(main())


def test_a_new_thread_sees_the_process_wide_scope(scopes: Scopes) -> None:
    """Threads inherit no context, so a scope does not leak into them."""
    seen: list[object] = []
    with scopes.open(user_id="alice"):
        thread = threading.Thread(target=lambda: seen.append(scopes.current()))
        thread.start()
        thread.join()
    assert seen == [scopes.process]


def test_leaving_in_another_context_is_harmless(scopes: Scopes) -> None:
    """A generator that is finalised elsewhere leaves a scope that this context never entered: nothing happens."""

    def generate() -> Generator[int]:
        with scopes.open(user_id="alice"):
            yield 1

    generator = generate()
    assert contextvars.copy_context().run(next, generator) == 1
    with scopes.open(user_id="bob"):
        generator.close()
        assert scopes.fields()[1] == {semconv.USER_ID: "bob"}


def test_scopes_of_two_telemetries_do_not_mix(scopes: Scopes, clock: FakeClock) -> None:
    """An isolated telemetry does not see the scopes of another one, also where they are nested."""
    other = Scopes(clock, SequentialIds())
    with scopes.open(user_id="alice"), other.open(user_id="bob"):
        assert scopes.fields()[1] == {semconv.USER_ID: "alice"}
        assert other.fields()[1] == {semconv.USER_ID: "bob"}


def test_a_decorated_function_runs_in_a_scope_of_its_own_each_time(scopes: Scopes) -> None:
    """Calls of a decorated function share its settings but not what they set."""

    @scopes.open(user_id="alice")
    def work(value: int) -> object:
        before = dict(scopes.fields()[1])
        scopes.current().set_attribute("value", value)
        return before

    assert [work(1), work(2)] == [{semconv.USER_ID: "alice"}] * 2
    assert work.__name__ == "work"


def test_a_decorated_coroutine_runs_in_the_scope_while_it_is_awaited(scopes: Scopes) -> None:
    """The scope lasts for the body, not for the call that makes the coroutine."""

    @scopes.open(user_id="alice")
    async def work() -> object:
        await asyncio.sleep(0)
        return scopes.fields()[1]

    assert asyncio.run(work()) == {semconv.USER_ID: "alice"}


def test_a_generator_cannot_be_decorated(scopes: Scopes) -> None:
    """A generator's body runs in its consumer's context, so a scope around the call would hold nothing."""
    with pytest.raises(ConfigurationError, match="generator"):

        @scopes.open(user_id="alice")
        def generate() -> Iterator[int]:
            yield 1


def test_a_session_starts_with_the_first_event_and_lasts(scopes: Scopes, clock: FakeClock) -> None:
    """The first touch records a start, those within half an hour of each other nothing."""
    tracker = scopes.process.tracker
    assert names(tracker.touch(clock.time_ns())) == ["session.start"]
    session = tracker.current
    for _ in range(7):
        clock.advance(ms=29 * MINUTE_MS)
        assert tracker.touch(clock.time_ns()) == ()
    assert tracker.current == session
    assert session.previous_id is None


def test_a_session_is_recorded_from_its_start_to_its_end(scopes: Scopes, clock: FakeClock) -> None:
    """Before its first event there is none, though its id may be read."""
    tracker = scopes.process.tracker
    before = tracker.recorded
    tracker.touch(clock.time_ns())
    during = tracker.recorded
    tracker.end()
    assert (before, during, tracker.recorded) == (None, tracker.current, None)


def test_half_an_hour_without_an_event_ends_a_session(scopes: Scopes, clock: FakeClock) -> None:
    """The end bears the time of the last event, and the next session names the one before."""
    tracker = scopes.process.tracker
    tracker.touch(clock.time_ns())
    first, last_ns = tracker.current, clock.time_ns()
    clock.advance(ms=30 * MINUTE_MS)
    ended, started = tracker.touch(clock.time_ns())
    assert ended == Lifecycle("session.end", first, last_ns)
    assert started.event == "session.start"
    assert started.session.previous_id == first.id
    assert started.session.id != first.id
    assert tracker.current == started.session


def test_a_session_lasts_four_hours_at_most(scopes: Scopes, clock: FakeClock) -> None:
    """Also one that is never idle is rolled over."""
    tracker = scopes.process.tracker
    tracker.touch(clock.time_ns())
    rollovers = 0
    for _ in range(16 * 2 + 1):
        clock.advance(ms=15 * MINUTE_MS)
        rollovers += len(tracker.touch(clock.time_ns())) // 2
    assert rollovers == 2


def test_reading_a_session_before_its_first_event_does_not_change_it(scopes: Scopes, clock: FakeClock) -> None:
    """The id that is read first is the id that is recorded later."""
    read = scopes.current().session_id
    (started,) = scopes.process.tracker.touch(clock.time_ns())
    assert started.session.id == read


def test_a_session_id_from_outside_has_no_lifecycle_here(scopes: Scopes, clock: FakeClock) -> None:
    """Who gave the id says when it begins and ends; a scope without one is in the process's session."""
    with scopes.open(session_id="browser-1") as scope:
        tracker = scopes.fields()[0]
        assert tracker.touch(clock.time_ns()) == ()
        clock.advance(ms=60 * MINUTE_MS)
        assert tracker.touch(clock.time_ns()) == ()
        assert scope.session_id == "browser-1"
        assert tracker.external_id == "browser-1"
        with scopes.open(user_id="alice") as inner:
            assert scopes.fields()[0].current.id == "browser-1"
            assert inner.session_id == "browser-1"


def test_a_new_session_can_be_asked_for(scopes: Scopes, clock: FakeClock) -> None:
    """new_session() records the end of the old and the start of the new, which names the old."""
    reported: list[Lifecycle] = []
    scopes.report = reported.extend
    scopes.process.tracker.touch(clock.time_ns())
    before = scopes.current().session_id
    after = scopes.current().new_session()
    assert names(tuple(reported)) == ["session.end", "session.start"]
    assert (scopes.current().session_id, scopes.current().previous_session_id) == (after, before)
    with scopes.open(session_id="browser-1") as scope:
        scope.new_session()
        assert scope.previous_session_id == "browser-1"


def test_threads_that_meet_a_rollover_cause_one(scopes: Scopes, clock: FakeClock) -> None:
    """However many threads touch an idle session at once, it ends once."""
    tracker = scopes.process.tracker
    tracker.touch(clock.time_ns())
    clock.advance(ms=31 * MINUTE_MS)
    recorded: list[Lifecycle] = []
    barrier = threading.Barrier(8)

    def touch() -> None:
        barrier.wait()
        recorded.extend(tracker.touch(clock.time_ns()))

    threads = [threading.Thread(target=touch) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert names(tuple(recorded)) == ["session.end", "session.start"]


def test_a_clock_that_goes_back_does_not_end_a_session(scopes: Scopes, clock: FakeClock) -> None:
    """A corrected wall clock is not idleness."""
    tracker = scopes.process.tracker
    tracker.touch(clock.time_ns())
    clock.advance(ms=-120 * MINUTE_MS)
    assert tracker.touch(clock.time_ns()) == ()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_has_its_own_session_after_the_parents(scopes: Scopes, clock: FakeClock) -> None:
    """The child's first session names the parent's as its previous one; the parent's goes on."""
    tracker = scopes.process.tracker
    tracker.touch(clock.time_ns())
    parents = tracker.current
    child = os.fork()
    if child == 0:
        (started,) = tracker.touch(clock.time_ns())
        os._exit(0 if started.session.previous_id == parents.id != started.session.id else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert tracker.current == parents


def test_threads_that_make_the_first_event_share_one_session() -> None:
    """However the threads interleave, all see the one session whose start is recorded."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for _ in range(100):
            tracker = Scopes(SYSTEM_CLOCK, RANDOM_IDS).process.tracker
            seen: list[str] = []
            recorded: list[Lifecycle] = []

            def touch(tracker: SessionTracker, seen: list[str], recorded: list[Lifecycle]) -> None:
                recorded.extend(tracker.touch(SYSTEM_CLOCK.time_ns()))
                seen.append(tracker.current.id)

            threads = [threading.Thread(target=touch, args=(tracker, seen, recorded)) for _ in range(6)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert names(tuple(recorded)) == ["session.start"]
            assert set(seen) == {recorded[0].session.id, tracker.current.id}
            assert len(set(seen)) == 1
    finally:
        sys.setswitchinterval(interval)


class Broken(RaisingMapping):
    """A mapping that cannot be read, and an id that cannot be printed or compared."""

    def __str__(self) -> str:
        raise RuntimeError

    def __eq__(self, other: object) -> bool:
        raise RuntimeError

    __hash__ = None  # type: ignore[assignment] # as for a mapping


@pytest.mark.swallows
@pytest.mark.parametrize("bad", [Broken(), 5, object(), [1]])
def test_whatever_a_scope_is_opened_with_it_does_not_raise(scopes: Scopes, bad: Any) -> None:
    """A scope that cannot take what it is given goes on without it."""
    with scopes.open(user_id=bad, session_id=bad, conversation_id=bad, attributes=bad) as scope:
        scope.set_user(bad)
        scope.set_attribute(bad, 1)
        scope.set_attribute("ok", 1)
        assert scopes.fields()[1]["ok"] == 1
        assert isinstance(scopes.fields()[1][semconv.USER_ID], str)


def test_many_scopes_may_be_left_in_the_order_in_which_they_were_entered(scopes: Scopes) -> None:
    """Leaving is no recursion, however many scopes lie above."""
    opened = [scopes.open(attributes={"number": number}) for number in range(3000)]
    for scope in opened:
        scope.__enter__()
    for scope in opened:
        scope.__exit__(None, None, None)
    assert scopes.current() is scopes.process


def crumb(message: str) -> Breadcrumb:
    """Return a breadcrumb with this message."""
    return Breadcrumb(message, "default", "info", None, 1)


def messages(scopes: Scopes) -> list[str]:
    """Return the messages of the breadcrumbs that are seen here."""
    return [added.message for added in scopes.breadcrumbs()]


def test_a_breadcrumb_is_the_innermost_scopes(scopes: Scopes) -> None:
    """An inner scope sees those of the outer ones, before its own; the outer ones do not see the inner ones'."""
    scopes.add_breadcrumb(crumb("process"))
    with scopes.open():
        scopes.add_breadcrumb(crumb("outer"))
        with scopes.open() as inner:
            scopes.add_breadcrumb(crumb("inner"))
            with inner:  # entered once more: it is still one scope
                assert messages(scopes) == ["process", "outer", "inner"]
        assert messages(scopes) == ["process", "outer"]
        with scopes.open(), scopes.process:
            assert messages(scopes) == ["process", "outer"]
    assert messages(scopes) == ["process"]


def test_a_busy_process_does_not_push_out_a_scopes_breadcrumbs(scopes: Scopes) -> None:
    """At most fifty are seen in all, and those of the inner scopes are the last to go."""
    with scopes.open():
        scopes.add_breadcrumb(crumb("mine"))
        adding = [threading.Thread(target=scopes.add_breadcrumb, args=(crumb(str(n)),)) for n in range(60)]
        for thread in adding:
            thread.start()
            thread.join()
        assert messages(scopes) == [*map(str, range(11, 60)), "mine"]


def test_sibling_tasks_breadcrumbs_do_not_mix(scopes: Scopes) -> None:
    """Each task's own scope has its own."""

    async def work(name: str) -> list[str]:
        with scopes.open():
            scopes.add_breadcrumb(crumb(name))
            await asyncio.sleep(0.01)
            return messages(scopes)

    async def main() -> None:
        one, two = await asyncio.gather(work("one"), work("two"))
        assert (one, two) == (["one"], ["two"])

    asyncio.run(main())


def test_breadcrumbs_of_two_telemetries_do_not_mix(scopes: Scopes, clock: FakeClock) -> None:
    """An isolated telemetry adds to its own scopes, also where another one's are open."""
    other = Scopes(clock, SequentialIds())
    with scopes.open(), other.open(), scopes.open():
        scopes.add_breadcrumb(crumb("ours"))
        other.add_breadcrumb(crumb("theirs"))
        assert (messages(scopes), messages(other)) == (["ours"], ["theirs"])


def test_how_many_breadcrumbs_there_are_can_be_set(scopes: Scopes) -> None:
    """The newest of those there are stay; with none allowed there are none."""
    with scopes.open():
        for number in range(5):
            scopes.process._breadcrumbs.add(crumb(f"process {number}"))
            scopes.add_breadcrumb(crumb(str(number)))
        scopes.limit_breadcrumbs(6)
        assert messages(scopes) == ["process 4", *"01234"]
        scopes.limit_breadcrumbs(0)
        assert messages(scopes) == []
    scopes.limit_breadcrumbs(70)
    for number in range(80):
        scopes.add_breadcrumb(crumb(str(number)))
    assert messages(scopes) == [*map(str, range(10, 80))]
