"""`clippy-otel demo`: its options."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - argparse has no public name for it


def add_to(commands: Commands) -> None:
    """Add the command to the parser's."""
    about = "run a simulated assistant and show what its telemetry says"
    parser = commands.add_parser(
        "demo",
        help=about,
        description=f"{about.capitalize()}. Its records go into clippy-demo.db, which an earlier demo may have left; no"
        " server is needed. Ends with status 1 if planted personal data is found in that file, or if a record is"
        " unaccounted for.",
    )
    parser.add_argument(
        "--directory", type=Path, default=Path(), metavar="DIR", help="where the file is written (default: here)"
    )
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    parser.set_defaults(run=_run)


def _run(given: argparse.Namespace) -> int:
    from clippy_otel.demo import DEFAULT_NAME, run  # noqa: PLC0415 - for this command only

    return run(given.directory / DEFAULT_NAME, as_json=given.json)
