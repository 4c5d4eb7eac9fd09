"""`clippy-otel spool list|replay|drop`: its options.

Exit status: 0; 1 where a directory could not be read or written; 2 for wrong usage.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from clippy_otel.cli.spools import Destination

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - argparse has no public name for it

_FAILED = 1
_WRONG_USAGE = 2


def add_to(commands: Commands) -> None:
    """Add the command to the parser's."""
    about = "look at what could not be delivered yet, send it once more, or throw it away"
    parser = commands.add_parser(
        "spool",
        help=about,
        description=f"{about.capitalize()}. Applications may run meanwhile. Without --directory, those of all services"
        " in the user's state directory.",
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="print what waits, a destination and stream a line; no contents")
    listing.add_argument("--rejected", action="store_true", help="print what backends have refused, and why")
    _add_common(listing, _list)
    replaying = actions.add_parser(
        "replay",
        help="have what backends have refused delivered once more",
        description="Have what backends have refused delivered once more, by the application that runs for this"
        " destination, or by the next one that starts.",
    )
    _add_common(replaying, _replay)
    dropping = actions.add_parser("drop", help="erase what waits, or what was refused; it cannot be undone")
    dropping.add_argument("--rejected", action="store_true", help="only what backends have refused")
    dropping.add_argument("--yes", action="store_true", help="do it: without, nothing is erased")
    _add_common(dropping, _drop)


def _add_common(parser: argparse.ArgumentParser, run: Callable[[argparse.Namespace], int]) -> None:
    parser.add_argument("--directory", type=Path, metavar="DIR", help="the application's state_directory")
    parser.add_argument("--service", metavar="NAME", help="only this service's (without --directory)")
    parser.add_argument("--destination", metavar="ID", help="only this one, as `list` prints it")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def _list(given: argparse.Namespace) -> int:
    from clippy_otel.cli import spools  # noqa: PLC0415 - for this command only

    show = spools.show_rejected if given.rejected else spools.show_waiting
    return _each(given, lambda found: show(found, as_json=given.json))


def _replay(given: argparse.Namespace) -> int:
    from clippy_otel.cli import spools  # noqa: PLC0415 - for this command only

    return _each(given, lambda found: spools.replay(found, as_json=given.json))


def _drop(given: argparse.Namespace) -> int:
    from clippy_otel.cli import spools  # noqa: PLC0415 - for this command only

    if not given.yes:
        sys.stderr.write("clippy-otel spool drop: nothing is erased without --yes\n")
        return _WRONG_USAGE
    return _each(given, lambda found: spools.drop(found, rejected=given.rejected, as_json=given.json))


def _each(given: argparse.Namespace, act: Callable[[Destination], None]) -> int:
    """Act on each destination that is asked for; one that fails is told, and does not keep the others from it."""
    from clippy_otel.cli import spools  # noqa: PLC0415 - for this command only

    status = 0
    found = spools.destinations(given.directory, given.service, given.destination)
    if given.destination is not None and not found:
        sys.stderr.write(f"clippy-otel spool: there is no destination {given.destination}\n")
        return _WRONG_USAGE
    for destination in found:
        try:
            act(destination)
        except OSError as error:  # noqa: PERF203 - a directory takes longer than this
            sys.stderr.write(f"clippy-otel spool: {destination.path}: {error.strerror or type(error).__name__}\n")
            status = _FAILED
    return status
