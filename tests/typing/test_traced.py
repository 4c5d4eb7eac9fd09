"""Decorating with `traced` keeps the exact types, for mypy in its strict mode."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]


def test_types_are_kept(tmp_path: Path) -> None:
    """The checked file asserts each type and marks each mistake; mypy agrees with all of it."""
    pytest.importorskip("mypy", reason="mypy comes with `make lint`, which checks the same file")
    options: list[str | Path] = ["--config-file", _ROOT / "pyproject.toml", "--cache-dir", tmp_path / "cache"]
    command: list[str | Path] = [sys.executable, "-m", "mypy", *options, _ROOT / "tests" / "typing" / "_traced.py"]
    checked = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
