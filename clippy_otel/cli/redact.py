"""`clippy-otel redact`: its options, and the redactor that they ask for.

Exit status: 0; 1 where a line was cut or could not be judged, and with --explain where something was found; 2 for wrong
usage.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clippy_otel.privacy import Redactor, Rule

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - argparse has no public name for it

_WRONG_USAGE = 2


def add_to(commands: Commands) -> None:
    """Add the command to the parser's."""
    about = "redact personal data and secrets in text or JSON lines"
    parser = commands.add_parser(
        "redact",
        help=about,
        description=f"{about.capitalize()}: from a file or standard input to standard output, line by line. A line that"
        " is a JSON object, array or text is redacted as such, by its keys too. With --explain ends with status 1 if"
        " something is found.",
    )
    parser.add_argument("file", nargs="?", metavar="FILE", help="what is read (default: standard input)")
    parser.add_argument("--json", action="store_true", help="print JSON only: a line that is text becomes a JSON text")
    parser.add_argument("--explain", action="store_true", help="print what is found and by which rule, not the text")
    parser.add_argument("--fields", default="", metavar="A,B", help="more fields that are redacted")
    parser.add_argument("--keep", default="", metavar="A,B", help="fields that are left as they are")
    parser.add_argument(
        "--rules", metavar="MODULE:NAME", help="a Rule, or a sequence of them, beside the built-in ones"
    )
    parser.set_defaults(run=_run)


def _run(given: argparse.Namespace) -> int:
    from clippy_otel.cli.redaction import run  # noqa: PLC0415 - for this command only

    try:
        redactor = _redactor(given)
        source = sys.stdin.buffer if given.file in (None, "-") else open(given.file, "rb")  # noqa: SIM115, PTH123 - below
    except (ImportError, AttributeError, ValueError, OSError) as error:
        sys.stderr.write(f"clippy-otel redact: {error}\n")
        return _WRONG_USAGE
    try:
        with source:
            return run(source, sys.stdout.buffer, redactor, as_json=given.json, explain=given.explain)
    except BrokenPipeError:  # who reads has seen enough; what is still buffered would raise once more at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _redactor(given: argparse.Namespace) -> Redactor:
    from clippy_otel.cli.redaction import LIMITS  # noqa: PLC0415 - as in _run
    from clippy_otel.privacy import Redactor  # noqa: PLC0415 - as in _run
    from clippy_otel.privacy.defaults import with_defaults  # noqa: PLC0415 - as in _run

    return Redactor(
        with_defaults(_rules(given.rules)),
        redact_fields=_listed(given.fields),
        keep_fields=_listed(given.keep),
        limits=LIMITS,
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part for item in text.split(",") if (part := item.strip()))


def _rules(place: str | None) -> tuple[Rule, ...]:
    """Return the rules that a module of the user's has under a name."""
    if place is None:
        return ()
    from importlib import import_module  # noqa: PLC0415 - as in _run

    module, separator, name = place.partition(":")
    if not module or not separator or not name:
        raise ValueError("--rules: MODULE:NAME is needed, as in myapp.privacy:RULES")
    sys.path.insert(0, "")  # as `python -m` has it: modules of the directory that it is run in
    found: Any = getattr(import_module(module), name)
    return tuple(found) if isinstance(found, list) or type(found) is tuple else (found,)
