"""The import contracts of pyproject.toml hold."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.architecture import _sources


def test_import_contracts() -> None:
    """Imports point down, siblings do not know each other, and every module has its layer."""
    lint = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    environment = {**os.environ, "NO_COLOR": "1"}
    checked = subprocess.run(
        [sys.executable, "-c", lint], cwd=_sources.ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
