"""What clippy_otel costs, beside the bare OpenTelemetry SDK in the same run: `python -m benchmarks`.

Absolute figures are of one machine at one moment; what carries over is each row's ratio, or its difference, with its
spread. Both sides get the same events, as often, in turns.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]  # where `python -m benchmarks.…` works
