"""A program with green threads, in a process of its own, since nothing takes a patch back.

Run with an order in JSON. It records while another green thread ticks, and prints what came of it.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from typing import Any, Final

RECORDS: Final = 105
_TICK_S: Final = 0.01
_LATE_S: Final = 0.1


def patch(by: str) -> None:
    """Have gevent or eventlet patch the standard library."""
    if by == "gevent":
        from gevent import monkey  # type: ignore[import-untyped] # noqa: PLC0415 - patched when the order says so

        monkey.patch_all()
    elif by == "eventlet":
        import eventlet  # type: ignore[import-untyped] # noqa: PLC0415 - likewise

        eventlet.monkey_patch()


class Ticks:
    """A thread that ticks, and how long it was held up, all in all."""

    def __init__(self) -> None:
        self.held_up_s = 0.0
        threading.Thread(target=self._tick, daemon=True).start()

    def _tick(self) -> None:
        before = time.monotonic()
        while True:
            time.sleep(_TICK_S)
            now = time.monotonic()
            if now - before > _LATE_S:
                self.held_up_s += now - before
            before = now


def record(telemetry: Any, numbers: range) -> None:
    """Record, giving others a turn."""
    for number in numbers:
        telemetry.collector.track("fault", {"n": number})
        time.sleep(0.002)


def main(order: dict[str, Any]) -> None:
    """Patch and configure, in the order asked for, and record."""
    if order["patched"] == "before":
        patch(order["by"])
    import clippy_otel  # noqa: PLC0415 - after the patch

    telemetry = clippy_otel.configure("green", **order["settings"])
    if order["patched"] == "after":
        patch(order["by"])
    telemetry.collector.track("warming up")
    telemetry.flush(5000)  # imports what it needs, which holds up everything
    if order["forks"]:
        child = os.fork()
        if child == 0:
            record(telemetry, range(RECORDS, 2 * RECORDS))
            sys.exit(0)
        os.waitpid(child, 0)
    ticks = Ticks()
    record(telemetry, range(RECORDS))
    result = telemetry.flush(5000)
    time.sleep(order["idle_s"])  # the delivery thread waits for more
    telemetry.collector.track("fault", {"n": -1})  # delivered at the exit
    sys.stdout.write(json.dumps({"ok": result.ok, "held_up_s": ticks.held_up_s}))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
