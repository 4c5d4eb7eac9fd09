"""The command: `python -m benchmarks` measures all rows, prints the table and keeps the figures as JSON."""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
from collections.abc import Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks import components, durability, export, machine, metrics, report, sampling, spans, stalls, startup, track
from benchmarks.harness import WARM_UP_ROUNDS, Benchmark, Result, run
from benchmarks.redaction import speed

_SEED: Final = 1  # of the order of the sides in each round
_QUICK_ROUNDS: Final = 5
_QUICK_SHARE: Final = 5  # of the calls, one in so many
_RESULTS: Final = Path(__file__).parent / "results" / "latest.json"
# What would decide where either side delivers, and how.
_SETTINGS: Final = ("OTEL_", "CLIPPY_OTEL_")
_PROXIES: Final = frozenset({"http_proxy", "https_proxy", "all_proxy"})


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status: 1 where a budget is missed and --check was given, else 0."""
    rooms = (track, components, spans, sampling, metrics, export, stalls, durability, startup, speed)
    benchmarks = tuple(benchmark for room in rooms for benchmark in room.benchmarks())
    options = _parser([benchmark.name for benchmark in benchmarks]).parse_args(arguments)
    chosen = [benchmark for benchmark in benchmarks if not options.only or benchmark.name in options.only]
    _forget_settings(os.environ)
    found = machine.describe()
    print(report.headline(found), flush=True)
    results = _measure(chosen, rounds=options.rounds, quick=options.quick)
    print(report.table(results))
    how = {"seed": _SEED, "warm_up_rounds": WARM_UP_ROUNDS, "load_after": machine.load()}
    _keep(options.json, report.as_json(results, found, how))
    return 1 if options.check and any(result.holds is False for result in results) else 0


def _measure(benchmarks: Sequence[Benchmark], *, rounds: int | None, quick: bool) -> list[Result]:
    rng, results = random.Random(_SEED), list[Result]()
    for benchmark in benchmarks:
        count = rounds or (_QUICK_ROUNDS if quick else benchmark.rounds)
        calls = max(benchmark.calls // _QUICK_SHARE, 1) if quick else benchmark.calls
        print(f"{benchmark.name}: {count} rounds of {calls} on each side", file=sys.stderr, flush=True)
        results.extend(run(benchmark, rounds=count, calls=calls, rng=rng))
    return results


def _parser(names: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure clippy_otel against the bare SDK."
    )
    parser.add_argument(
        "--rounds", type=_positive, metavar="N", help="rounds of each benchmark instead of its own number"
    )
    parser.add_argument(
        "--only", action="append", choices=names, metavar="NAME", help=f"one of {', '.join(names)}; repeatable"
    )
    parser.add_argument(
        "--json", type=Path, default=_RESULTS, metavar="PATH", help="where the figures are kept (%(default)s)"
    )
    parser.add_argument("--quick", action="store_true", help="few rounds of few calls: shows that it runs, little more")
    parser.add_argument("--check", action="store_true", help="exit with status 1 where a budget is missed")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def _forget_settings(environment: MutableMapping[str, str]) -> None:
    """Take out of the environment what would decide where either side delivers, and how."""
    for name in list(environment):
        if name.startswith(_SETTINGS) or name.lower() in _PROXIES:
            del environment[name]


def _keep(path: Path, figures: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(f"kept in {path}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
