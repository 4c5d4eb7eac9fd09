"""The commands in one parser, and how the chosen one is run."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from clippy_otel._version import __version__
from clippy_otel.cli import demo, redact, spool


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
    demo.add_to(commands)
    redact.add_to(commands)
    spool.add_to(commands)
    return parser
