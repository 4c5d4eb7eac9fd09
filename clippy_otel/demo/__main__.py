"""`python -m clippy_otel.demo [PATH]`."""

from __future__ import annotations

import sys
from pathlib import Path

from clippy_otel.demo.running import DEFAULT_NAME, NotOursError, run


def main(arguments: list[str]) -> int:
    """Run the demo and return the exit status."""
    path = Path(arguments[0] if arguments else DEFAULT_NAME)
    usage = "usage: python -m clippy_otel.demo [PATH]"
    if len(arguments) > 1 or path.name.startswith("-"):
        sys.stderr.write(f"{usage}\n")
        return 2
    try:
        return run(path)
    except NotOursError as error:
        sys.stderr.write(f"{usage}\n{error}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
