"""One run of the demo: a new file, the assistant, the summary. Once a process: statistics are the process's."""

from __future__ import annotations

import json
import sys
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
_MAX_QUEUE: Final = 1_000  # more than the assistant records at all: what is shown does not depend on who is faster


class NotOursError(Exception):
    """The demo will not write over this file."""


def run(path: Path, *, as_json: bool = False) -> int:
    """Let the assistant play, print what its telemetry says, and return the exit status.

    Args:
        path: The file that its telemetry goes into: a new one, or that of an earlier run, which is written anew.
        as_json: Whether the summary is printed for a machine.

    Returns:
        0; or 1 where a planted secret was found in the file, or a record is not accounted for.

    Raises:
        NotOursError: There is something else at the path.
    """
    if not _is_ours(path):
        raise NotOursError(f"{path} is there already and is no earlier demo's file")
    for name in (path, *summary.beside(path)):
        name.unlink(missing_ok=True)
    with quietly():
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
        telemetry.flush()  # now: after the shutdown there are no services any more that a metric could show
        telemetry.shutdown()
    found = summary.summarise(telemetry, path)
    sys.stdout.write(json.dumps(found, indent=2) + "\n" if as_json else report.render(found))
    return 0 if found["ok"] else 1


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
