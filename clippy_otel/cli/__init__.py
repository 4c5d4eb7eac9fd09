"""The command line, `clippy-otel`: one module a command. What a command does is loaded when it is asked for.

Exit status: 0; 1 where a check of the command failed; 2 for wrong usage.
"""

from __future__ import annotations

from clippy_otel.cli.arguments import main

__all__ = ["main"]
