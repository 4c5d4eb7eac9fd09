"""The whole package on the embedded default: a simulated assistant whose telemetry goes into a SQLite file.

`make demo`, `clippy-otel demo`, or `python -m clippy_otel.demo [PATH]`. It plants personal data in what it records, and
ends with status 1 if any of it is found in the file, or if a record is unaccounted for.
"""

from __future__ import annotations

from clippy_otel.demo.running import DEFAULT_NAME, run

__all__ = ["DEFAULT_NAME", "run"]
