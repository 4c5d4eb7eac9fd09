"""One run of the demo: a new file, the assistant, the summary. Once a process: statistics are the process's."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from clippy_otel.demo import report, summary
from clippy_otel.demo.assistant import play, quietly
from clippy_otel.health import HealthOptions
from clippy_otel.store.errors import StoreError
from clippy_otel.store.sqlite import SqliteStore
from clippy_otel.telemetry import configure

DEFAULT_NAME: Final = "clippy-demo.db"
SERVICE: Final = "clippy-demo"
_MAX_QUEUE: Final = 1_000  # more than the assistant records: nothing depends on whether the worker keeps up
_VARIABLES: Final = ("OTEL_", "CLIPPY_OTEL_")


def run(path: Path, *, as_json: bool = False) -> int:
    """Let the assistant play, print what its telemetry says, and return the exit status.

    Args:
        path: The file that its telemetry goes into: a new one, or that of an earlier run, which is written anew.
        as_json: Whether the summary is printed for a machine.

    Returns:
        0; 1 where a planted secret was found in the file, or a record is not accounted for; 2 where there is something
        else at the path, which is left as it is.
    """
    if not _is_ours(path):
        sys.stderr.write(f"{path}: a new file in a directory that exists is needed, or an earlier demo's\n")
        return 2
    for name in (path, *summary.beside(path)):
        name.unlink(missing_ok=True)
    with quietly(), _settings_of_its_own():
        telemetry = configure(
            SERVICE,
            transport="local",
            store=f"sqlite:///{path}",
            max_queue_size=_MAX_QUEUE,
            logging_level="INFO",
            health=HealthOptions(check_interval_ms=0),
            replace=True,
        )
        play(telemetry)
        telemetry.flush()  # before the shutdown, after which no metric shows a service any more
        telemetry.shutdown()
    found = summary.summarise(telemetry, path)
    sys.stdout.write(json.dumps(found, indent=2) + "\n" if as_json else report.render(found))
    return 0 if found["ok"] else 1


@contextlib.contextmanager
def _settings_of_its_own() -> Iterator[None]:
    """Keep the environment's settings out, such as a sampling rate that belongs to an application."""
    kept = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith(_VARIABLES)}
    try:
        yield
    finally:
        os.environ.update(kept)


def _is_ours(path: Path) -> bool:
    """Say whether the demo may write this file anew: none is there, or a store of an earlier run."""
    if not path.exists():
        return path.parent.is_dir()
    try:
        return path.is_file() and any(
            log.resource.get("service.name") == SERVICE for log in SqliteStore(path).logs(limit=1)
        )
    except StoreError:
        return False
