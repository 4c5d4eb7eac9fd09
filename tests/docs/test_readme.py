"""The code of the README runs as it stands, and the README's demo output is what the demo prints."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
EXAMPLES = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def run(example: str, directory: Path) -> subprocess.CompletedProcess[str]:
    """Run an example in an empty directory, with warnings as errors."""
    command = [sys.executable, "-W", "error", "-c", example]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=60, check=False)


def test_there_are_examples() -> None:
    """The pattern above finds them."""
    assert len(EXAMPLES) >= 5


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_each_example_runs(number: int, tmp_path: Path) -> None:
    """A newcomer who copies an example gets no error and no warning."""
    done = run(EXAMPLES[number], tmp_path)
    assert done.returncode == 0, done.stderr
    if "127.0.0.1:9" not in EXAMPLES[number]:
        assert done.stderr == ""


def test_the_first_example_leaks_nothing(tmp_path: Path) -> None:
    """What the README says of its first example is so."""
    done = run(EXAMPLES[0], tmp_path)
    assert '"email": "[REDACTED]"' in done.stdout
    assert "did not answer [REDACTED] in time" in done.stdout
    assert "ada@example.com" not in done.stdout
    assert "user-123" not in done.stdout


def test_the_ledger_example_says_what_the_text_says(tmp_path: Path) -> None:
    """10 of 15 events pass the throttle; with the session's records all of them fail against a dead endpoint."""
    (example,) = [example for example in EXAMPLES if "127.0.0.1:9" in example]
    done = run(example, tmp_path)
    assert "{'offered': 17, 'spooled': 12, 'throttled': 5}" in done.stdout


def stable(text: str) -> str:
    """Return the demo's output without what differs from run to run: ids, pseudonyms and sizes."""
    text = re.sub(r"[\d,]+ bytes", "N bytes", text)
    text = re.sub(r"session \S+", "session S", text)
    return re.sub(r"p_[0-9a-zA-Z_-]+", "p_X", text).strip()


def test_the_demo_output_is_the_demos(tmp_path: Path) -> None:
    """The README shows what `make demo` prints."""
    command = [sys.executable, "-m", "clippy_otel.demo"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)
    shown = re.search(r"<!-- demo output -->\n```text\n(.*?)```\n<!-- /demo output -->", README, re.DOTALL)
    assert shown is not None
    assert stable(shown[1]) == stable(done.stdout)
