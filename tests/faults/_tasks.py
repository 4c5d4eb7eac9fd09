"""What a Celery worker runs. Run as a program it has a worker make so many records, and waits until they are made."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from celery import Celery, group  # type: ignore[import-untyped]

BROKER = os.environ["CLIPPY_TEST_BROKER"]
app = Celery("tasks", broker=BROKER, backend=BROKER)
app.conf.broker_connection_retry_on_startup = True
app.conf.task_ignore_result = False


def _configure() -> Any:
    import clippy_otel  # noqa: PLC0415 - not in the process that only asks

    telemetry = clippy_otel.configure("worker", **json.loads(os.environ["CLIPPY_TEST_SETTINGS"]))
    telemetry.collector.track("loaded")
    telemetry.flush(1000)
    return telemetry


telemetry = None if __name__ == "__main__" else _configure()


@app.task(name="make")  # type: ignore[untyped-decorator]
def make(number: int) -> int:
    """Record an event, and return the process's id."""
    assert telemetry is not None
    telemetry.collector.track("fault", {"n": number})
    telemetry.collector.count("tasks")
    return os.getpid()


if __name__ == "__main__":
    pids = group(make.s(number) for number in range(int(sys.argv[1]))).apply_async().get(timeout=45)
    sys.stdout.write(json.dumps(sorted(set(pids))))
