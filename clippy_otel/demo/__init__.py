"""The whole package on the embedded default: a simulated assistant, its telemetry in a SQLite file, nothing else needed.

`python -m clippy_otel.demo [PATH]`, `make demo`, or `clippy-otel demo`. It plants personal data in what it records, and
ends with status 1 if any of it is found in the file, or if a record is unaccounted for.
"""

from __future__ import annotations

from clippy_otel.demo.running import DEFAULT_NAME, NotOursError, run

__all__ = ["DEFAULT_NAME", "NotOursError", "run"]
