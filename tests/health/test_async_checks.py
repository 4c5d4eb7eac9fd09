"""Async checks and the async methods: in the application's loop where it is known, else in one of our own."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from clippy_otel.health import HealthCheck, HealthStatus, time_left_s
from tests.health._checks import Hanging, Scripted, join_check_threads

HEALTHY, UNKNOWN, DEGRADED, UNHEALTHY = HealthStatus
HANG_S = 60.0  # no test waits for it


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop go on until something is true."""
    while not condition():  # noqa: ASYNC110 - what sets it is no coroutine
        await asyncio.sleep(0.001)


async def checked_times(health: HealthCheck, number: int) -> None:
    """Ask until a service has been checked so often."""
    while (await health.acheck_now("db")).total_checks < number:
        pass


class Where:
    """An async check that notes the loop that it runs in.

    Attributes:
        loops: One a call.
    """

    def __init__(self) -> None:
        self.loops: list[Any] = []

    async def __call__(self) -> bool:
        """Note the loop."""
        await asyncio.sleep(0)
        self.loops.append(asyncio.get_running_loop())
        return True


def test_without_a_loop_of_the_applications_it_has_its_own(health: HealthCheck) -> None:
    """One a service, the same at each check, and another one than other services have."""
    one, other = Where(), Where()
    health.register_service("one", one)
    health.register_service("other", other)
    for name in ("one", "one", "other"):
        assert health.check_now(name).status is HEALTHY
    assert one.loops[0] is one.loops[1] is not other.loops[0]
    health.shutdown()
    assert one.loops[0].is_closed()


@pytest.mark.parametrize("ask", ["acheck_now", "ahealth_report", "ais_healthy", "bind_loop"])
def test_in_the_applications_loop(health: HealthCheck, ask: str) -> None:
    """The async methods make it known, and bind_loop() does."""
    check = Where()
    health.register_service("db", check)

    async def application() -> None:
        if ask == "acheck_now":
            assert (await health.acheck_now("db")).status is HEALTHY
        elif ask == "ahealth_report":
            assert (await health.ahealth_report(fresh=True)).status is HEALTHY
        elif ask == "ais_healthy":
            assert await health.ais_healthy(fresh=True)
        else:
            health.bind_loop()
            await asyncio.to_thread(health.check_now, "db")
        assert check.loops == [asyncio.get_running_loop()]
        assert await health.ais_healthy()

    asyncio.run(application())
    assert len(check.loops) == 1


def test_when_the_applications_loop_is_gone_it_has_its_own(health: HealthCheck) -> None:
    """A loop that is closed, or does not run, is none."""
    check = Where()
    health.register_service("db", check)
    asyncio.run(health.acheck_now("db"))
    assert health.check_now("db").status is HEALTHY
    stopped = asyncio.new_event_loop()
    health.bind_loop(stopped)
    assert health.check_now("db").total_checks == 3
    stopped.close()
    assert health.check_now("db").status is HEALTHY
    assert check.loops[1] is check.loops[2] is check.loops[3] is not check.loops[0]


def test_the_loop_goes_on_while_checks_run(health: HealthCheck) -> None:
    """Neither a sync nor an async check blocks it."""
    check = Hanging()
    health.register_service("sync", check)

    async def application() -> int:
        asking = asyncio.ensure_future(health.acheck_now("sync"))
        await until(check.begun.is_set)
        check.release.set()
        return (await asking).total_checks

    assert asyncio.run(application()) == 1


async def raise_later(error: BaseException) -> None:
    """Raise, a moment later."""
    await asyncio.sleep(0)
    raise error


@pytest.mark.parametrize("error", [ValueError("x"), asyncio.CancelledError(), TimeoutError("x"), KeyError(1)])
@pytest.mark.parametrize("known", [False, True])
def test_what_they_raise_is_a_failure(health: HealthCheck, error: BaseException, *, known: bool) -> None:
    """In either loop, whatever it is."""
    health.register_service("db", partial(raise_later, error))
    seen = asyncio.run(health.acheck_now("db")) if known else health.check_now("db")
    assert seen.status is DEGRADED
    assert str(seen.message).startswith(type(error).__name__)


def test_one_that_does_not_end_is_cancelled(health: HealthCheck) -> None:
    """After its timeout, in either loop; then its service can be checked again."""
    cancelled: list[str] = []

    async def hang() -> None:
        try:
            await asyncio.sleep(HANG_S)
        finally:
            cancelled.append("it")

    health.register_service("db", hang, timeout_ms=20)
    assert health.check_now("db").message == "timed out after 20 ms"

    async def application() -> None:
        for number in (2, 3):
            await checked_times(health, number)
        await until(lambda: len(cancelled) >= 2)

    asyncio.run(application())
    assert health.health_report().services["db"].status is UNHEALTHY


def test_one_that_cannot_be_cancelled_is_not_started_again(health: HealthCheck) -> None:
    """In the application's loop too a service is checked once at a time."""
    begun: list[str] = []

    async def application() -> None:
        release = asyncio.Event()

        async def stubborn() -> None:
            begun.append("it")
            while not release.is_set():
                with contextlib.suppress(asyncio.CancelledError):
                    await release.wait()

        health.register_service("db", stubborn, timeout_ms=20)
        await checked_times(health, 3)
        assert begun == ["it"]
        release.set()
        while len(begun) < 2:
            await health.acheck_now("db")

    asyncio.run(application())


def test_one_that_blocks_its_own_loop_stops_no_other(health: HealthCheck) -> None:
    """Each service has a loop of its own."""
    blocking = Hanging()

    async def block() -> None:
        blocking()

    health.register_service("bad", block, timeout_ms=20)
    health.register_service("good", Where())
    report = health.health_report(fresh=True)
    assert [service.status for service in report.services.values()] == [DEGRADED, HEALTHY]
    blocking.release.set()


def test_asked_for_inside_of_its_loop_it_is_not_run(health: HealthCheck, caplog: pytest.LogCaptureFixture) -> None:
    """Who waits there would wait for himself: one warning, and what is known; sync checks run."""
    check, other = Where(), Scripted()
    health.register_service("async", check)
    health.register_service("sync", other)

    async def application() -> None:
        health.bind_loop()
        for _ in range(2):
            assert health.check_now("async").total_checks == 0
            assert health.health_report(fresh=True).services["sync"].status is HEALTHY

    with caplog.at_level(logging.WARNING, "clippy_otel"):
        asyncio.run(application())
    assert (len(caplog.records), check.loops, other.calls) == (1, [], 2)


def test_time_left_in_a_coroutine(health: HealthCheck) -> None:
    """A coroutine knows it as a function does, in either loop."""
    left: list[float] = []

    async def check() -> None:
        left.append(time_left_s())

    health.register_service("db", check, timeout_ms=30_000)
    health.check_now("db")
    asyncio.run(health.acheck_now("db"))
    assert [20 < seconds <= 30 for seconds in left] == [True, True]


@pytest.mark.parametrize("wrap", [lambda check: lambda: check(), partial])  # noqa: PLW0108 - a function of another kind
def test_functions_that_return_awaitables(health: HealthCheck, wrap: Callable[[Any], Any]) -> None:
    """What a check returns is awaited, whatever kind of function it is."""
    check = Where()
    health.register_service("db", wrap(check))
    assert health.check_now("db").status is HEALTHY
    assert len(check.loops) == 1


def test_no_loop_here(health: HealthCheck) -> None:
    """Where no loop runs, bind_loop() changes nothing."""
    health.bind_loop()
    health.register_service("db", Where())
    assert health.check_now("db").status is HEALTHY


def test_many_askers_in_a_loop(health: HealthCheck) -> None:
    """Concurrent reports share the checks, and all of them end."""
    check = Where()
    health.register_service("db", check)

    async def application() -> None:
        reports = await asyncio.gather(*(health.ahealth_report(fresh=True) for _ in range(20)))
        assert {report.status for report in reports} == {HEALTHY}

    asyncio.run(application())
    assert health.health_report().services["db"].total_checks == len(check.loops)
    assert threading.active_count() < 50


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_leaves_its_parents_loops_alone(health: HealthCheck) -> None:
    """It checks in one of its own; closing that does not keep the parent's from being woken."""

    async def woken_from_outside() -> None:
        event = asyncio.Event()
        threading.Timer(0.01, asyncio.get_running_loop().call_soon_threadsafe, (event.set,)).start()
        await event.wait()

    health.register_service("db", woken_from_outside, timeout_ms=10_000)
    assert health.check_now("db").status is HEALTHY
    join_check_threads()
    child = os.fork()
    if child == 0:
        seen = health.check_now("db")
        health.shutdown()
        os._exit(0 if (seen.status, seen.total_checks) == (HEALTHY, 1) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    seen = health.check_now("db")
    assert (seen.status, seen.total_checks) == (HEALTHY, 2)


def test_a_loop_is_closed_when_its_last_check_has_ended(health: HealthCheck) -> None:
    """Where that runs at the shutdown still, it is closed afterwards."""
    blocking, loops = Hanging(), []

    async def block() -> None:
        loops.append(asyncio.get_running_loop())
        blocking()

    health.register_service("db", block, timeout_ms=20)
    health.check_now("db")
    health.shutdown()
    assert not loops[0].is_closed()
    blocking.release.set()
    join_check_threads()
    assert loops[0].is_closed()
