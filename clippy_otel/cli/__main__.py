"""`python -m clippy_otel.cli`: the same as `clippy-otel`."""

from __future__ import annotations

import sys

from clippy_otel.cli.arguments import main

if __name__ == "__main__":
    sys.exit(main())
