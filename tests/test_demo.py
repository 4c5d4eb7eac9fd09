"""The demo does the main job on the embedded default and shows it."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from pathlib import Path


def test_the_demo_records_redacts_and_accounts_for_everything(tmp_path: Path) -> None:
    """It exits with 0, says what arrived, what was redacted and the ledger; others can read the file."""
    command = [sys.executable, "-m", "clippy_otel.demo"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert "every record is accounted for" in done.stdout
    assert re.search(r"10 planted secrets, found in the file's [\d,]+ bytes: 0", done.stdout)
    with sqlite3.connect(tmp_path / "clippy-demo.db") as connection:
        count, names = connection.execute("SELECT count(*), count(DISTINCT event_name) FROM logs").fetchone()
        offered = re.search(r"(\d+)  offered", done.stdout)
        assert offered is not None
        assert count == int(offered[1])
        assert names == 6
    connection.close()
    assert re.search(r"3  users are keyed pseudonyms", done.stdout)


def test_the_demo_can_be_run_again_and_elsewhere(tmp_path: Path) -> None:
    """A second run starts with a new file, at the place it is given."""
    path = tmp_path / "other.db"
    for _ in range(2):
        command = [sys.executable, "-m", "clippy_otel.demo", str(path)]
        done = subprocess.run(command, cwd=tmp_path, timeout=60, check=False, capture_output=True)
        assert done.returncode == 0
    assert not (tmp_path / "clippy-demo.db").exists()


def test_the_demo_leaves_files_alone_that_are_not_its_own(tmp_path: Path) -> None:
    """It overwrites nothing but an earlier demo's store, and an option is no path."""
    mine = tmp_path / "mine.txt"
    mine.write_text("precious")
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE logs (x)")
    connection.close()
    for argument in (str(mine), str(other), "--help", str(tmp_path)):
        command = [sys.executable, "-m", "clippy_otel.demo", argument]
        done = subprocess.run(command, cwd=tmp_path, timeout=60, check=False, capture_output=True)
        assert done.returncode == 2
        assert b"usage" in done.stderr
    assert mine.read_text() == "precious"
    assert {path.name for path in tmp_path.iterdir()} == {"mine.txt", "other.db"}
