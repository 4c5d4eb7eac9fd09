"""The command line, `clippy-otel`: its commands and their options. What a command does is loaded when it is asked for.

Exit status: 0; 1 where a check of the command failed; 2 for wrong usage.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from clippy_otel._version import __version__


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return the exit status.

    Args:
        arguments: What follows the program's name; None: those of this process.

    Raises:
        SystemExit: The arguments are wrong (2), or ask for help or the version (0).
    """
    given = _parser().parse_args(arguments)
    status: int = given.run(given)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="clippy-otel", description="Telemetry for Python services and AI assistants, over plain OTLP."
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    about = "run a simulated assistant and show what its telemetry says"
    demo = commands.add_parser(
        "demo",
        help=about,
        description=f"{about.capitalize()}. Its records go into clippy-demo.db, which an earlier demo may have left; no"
        " server is needed. Ends with status 1 if planted personal data is found in that file, or if a record is"
        " unaccounted for.",
    )
    demo.add_argument(
        "--directory", type=Path, default=Path(), metavar="DIR", help="where the file is written (default: here)"
    )
    demo.add_argument("--json", action="store_true", help="print the summary as JSON")
    demo.set_defaults(run=_demo)
    return parser


def _demo(given: argparse.Namespace) -> int:
    from clippy_otel.demo import DEFAULT_NAME, run  # noqa: PLC0415 - for this command only

    return run(given.directory / DEFAULT_NAME, as_json=given.json)


if __name__ == "__main__":
    sys.exit(main())
