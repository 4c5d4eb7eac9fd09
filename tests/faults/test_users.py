"""One user is one pseudonym: on every signal, in every process of a state directory, and after restarts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from clippy_otel.privacy import Pseudonyms
from tests.faults._users import USER

ROOT = Path(__file__).parents[2]
# Where the program puts the user.
PLACES = {
    "metric",
    "span.data.user.id",
    "span.events.data.userId",
    "log.data.enduser.id",
    "log.data.body.user_id",
    "event.data.userId",
    "event.data.nested.user_id",
    "scope.data.user.id",
}


def start(settings: Mapping[str, Any]) -> subprocess.Popen[str]:
    """Start a process that records the user."""
    return subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("_users.py")), json.dumps(settings)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def told(process: subprocess.Popen[str]) -> set[str]:
    """Return what the user was called in a process, wherever it was recorded."""
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    places: dict[str, str] = json.loads(out)
    assert places.keys() == PLACES
    assert USER not in out + err
    return set(places.values())


def test_one_user_has_one_pseudonym_in_all_processes_of_a_state_directory(tmp_path: Path) -> None:
    """Two that start at once on an empty one agree, and so do two that start later; each has one for all signals."""
    settings = {"state_directory": str(tmp_path / "state")}
    at_once = [start(settings), start(settings)]
    names = [told(process) for process in at_once]
    names += [told(start(settings)), told(start(settings))]
    assert len(names[0]) == 1
    assert names == [names[0]] * 4


def test_another_key_is_another_pseudonym(tmp_path: Path) -> None:
    """Of another state directory, or one that was given; who gives the same key elsewhere has the same pseudonym."""
    one = told(start({"state_directory": str(tmp_path / "one")}))
    other = told(start({"state_directory": str(tmp_path / "other")}))
    key = "a key of 16 bytes"
    given = told(start({"state_directory": str(tmp_path / "one"), "pseudonym_key": key}))
    assert len(one | other | given) == 3
    assert given == {Pseudonyms(key).pseudonym(USER)}


def test_raw_ids_stay_where_they_are_asked_for(tmp_path: Path) -> None:
    """The control: user_ids="raw" leaves them, on every signal."""
    process = start({"state_directory": str(tmp_path / "state"), "user_ids": "raw"})
    out, err = process.communicate(timeout=60)
    assert set(json.loads(out).values()) == {USER}, err
