"""The command: `python -m benchmarks.redaction` scores all tools on the corpus and prints the table."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from typing import Final

from benchmarks.redaction import peers, report
from benchmarks.redaction.corpus import Corpus, build
from benchmarks.redaction.score import Score, score

_SEED: Final = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status: 1 where ours misses a target, else 0."""
    options = _parser().parse_args(arguments)
    corpus = build(options.seed, options.part, fast=options.fast)
    print(_headline(corpus, options.seed, options.part))
    names = options.only or (["ours"] if options.failures == "ours" else None)
    logging.disable(logging.WARNING)  # Presidio says at each start which models it was not given
    try:
        results = _scored(corpus, names)
    finally:
        logging.disable(logging.NOTSET)
    for result in results:
        if result.name == options.failures:
            print(report.failures(result, options.about))
    print(report.table(results))
    ours = next((result for result in results if result.name == "ours"), None)
    return 1 if ours is not None and report.missed(ours) else 0


def _scored(corpus: Corpus, names: list[str] | None) -> list[Score]:
    results: list[Score] = []
    for tool in peers.tools(names):
        if isinstance(tool, str):
            print(tool)
        else:
            print(f"scoring {tool.name}", file=sys.stderr, flush=True)
            results.append(score(tool, corpus))
    return results


def _headline(corpus: Corpus, seed: int, part: str) -> str:
    canaries = sum(len(payload.canaries) for payload in corpus.payloads)
    strict = sum(key.group == "strict" for key in corpus.keys)
    hard = sum(key.group == "hard" for key in corpus.keys)
    clean = sum(not row.planted for row in corpus.texts)
    return (
        f"seed {seed}, {part}: {len(corpus.texts)} texts, {clean} of them clean; {len(corpus.keys)} keys, {strict} sensitive and "
        f"{hard} that only look so; {len(corpus.payloads)} payloads with {canaries} canaries"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.redaction", description="Score redaction beside its peers."
    )
    parser.add_argument("--seed", type=int, default=_SEED, help="of the corpus (%(default)s)")
    parser.add_argument(
        "--part", choices=("all", "open", "held-out"), default="all", help="which templates and keys (%(default)s)"
    )
    parser.add_argument("--only", action="append", metavar="TOOL", help="one of the tools; repeatable")
    parser.add_argument("--failures", metavar="TOOL", help="print what this tool failed at")
    parser.add_argument("--about", metavar="WORD", help="only failures whose kind or sort contains this")
    parser.add_argument("--fast", action="store_true", help="an eighth of the texts: a first look")
    return parser


if __name__ == "__main__":
    sys.exit(main())
