"""`python -m clippy_otel.demo [PATH]`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from clippy_otel.demo.running import DEFAULT_NAME, run


def main() -> int:
    """Run the demo at the path that the command line names, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m clippy_otel.demo", description="Run a simulated assistant.")
    parser.add_argument("path", nargs="?", type=Path, default=Path(DEFAULT_NAME), help="default: %(default)s")
    return run(parser.parse_args().path)


if __name__ == "__main__":
    sys.exit(main())
