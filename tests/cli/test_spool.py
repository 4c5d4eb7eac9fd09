"""`clippy-otel spool`: what waits and what was refused is told by numbers and reasons, sent once more, or erased."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from clippy_otel import cli
from clippy_otel.state import ROOT_NAME, SPOOL_NAME
from tests.delivery.spool._spools import Opened, numbered, opened

CANARY = b"alice@example.com"
DESTINATION = "0123456789ab"


@pytest.fixture
def left_behind(tmp_path: Path) -> Path:
    """Return a state directory in which a process has left three records, and two that a backend has refused."""
    directory = tmp_path / "state" / ROOT_NAME / SPOOL_NAME / DESTINATION
    with opened(directory) as one:
        one.write([item._replace(data=CANARY) for item in numbered(3)])
        refused = one.spool.append([item._replace(data=CANARY) for item in numbered(2)])
        one.spool.settle(refused, reason="400 Bad Request: no such tenant")
    return tmp_path / "state"


def spool(action: str, state: Path, *options: str) -> int:
    """Run an action on a state directory."""
    return cli.main(["spool", action, "--directory", str(state), *options])


def printed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """Return what was printed as JSON lines."""
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_list_tells_what_waits(left_behind: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each stream: whose it is, how many records, since when; nothing of their contents."""
    assert spool("list", left_behind) == 0
    text = capsys.readouterr().out
    assert f"{ROOT_NAME} {DESTINATION}: 3 logs, since 20" in text
    assert "left by a process that has ended" in text
    assert "alice" not in text
    assert spool("list", left_behind, "--json") == 0
    (stream,) = printed(capsys)
    assert (stream["records"], stream["is_alive"], stream["destination"]) == ({"logs": 3}, False, DESTINATION)
    assert stream["size_bytes"] > 0


def test_list_of_the_rejected_tells_the_reasons(left_behind: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Reasons, how many records each, and when last."""
    assert spool("list", left_behind, "--rejected") == 0
    text = capsys.readouterr().out
    assert "2 logs: 400 Bad Request: no such tenant (last at 20" in text
    assert "alice" not in text
    assert spool("list", left_behind, "--rejected", "--json") == 0
    (reason,) = printed(capsys)
    assert (reason["records"], reason["signal"]) == (2, "logs")


def test_replay_makes_the_rejected_wait_again(left_behind: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They are no dead letters any more, and the next process delivers them."""
    assert spool("replay", left_behind) == 0
    assert "2 records will be sent once more" in capsys.readouterr().out
    assert spool("list", left_behind, "--rejected") == 0
    assert capsys.readouterr().out == ""
    following = Opened(left_behind / ROOT_NAME / SPOOL_NAME / DESTINATION)
    assert following.spool.open()
    following.spool.tend()
    assert following.deliver_all() == [CANARY] * 5
    following.spool.close()


def test_drop_erases(left_behind: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is dropped is in no file any more."""
    assert spool("drop", left_behind, "--rejected", "--yes") == 0
    assert "2 records are erased" in capsys.readouterr().out
    assert spool("drop", left_behind, "--yes", "--json") == 0
    assert printed(capsys)[0]["erased"] == 3
    contents = [path.read_bytes() for path in left_behind.rglob("*") if path.is_file()]
    assert not any(CANARY in content for content in contents)


def test_drop_asks_to_be_sure(left_behind: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without --yes nothing is erased."""
    assert spool("drop", left_behind) == 2
    assert "--yes" in capsys.readouterr().err
    spool("list", left_behind)
    assert "3 logs" in capsys.readouterr().out


def test_live_process_is_told(left_behind: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a running process holds is listed as its own."""
    with opened(left_behind / ROOT_NAME / SPOOL_NAME / DESTINATION) as one:
        one.write(numbered(1))
        assert spool("list", left_behind, "--json") == 0
        alive = [stream for stream in printed(capsys) if stream["is_alive"]]
        assert [stream["records"] for stream in alive] == [{"logs": 1}]


def test_only_what_is_asked_for(
    left_behind: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A destination or a service by its name; without a directory all services of the user."""
    assert spool("list", left_behind, "--destination", "ffffffffffff") == 2
    assert "no destination ffffffffffff" in capsys.readouterr().err
    assert spool("list", left_behind, "--destination", DESTINATION) == 0
    assert capsys.readouterr().out != ""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    assert cli.main(["spool", "list"]) == 0
    assert capsys.readouterr().out == ""
    for service in ("web", "worker"):
        with opened(tmp_path / "xdg" / ROOT_NAME / service / SPOOL_NAME / DESTINATION) as one:
            one.write(numbered(1))
    assert cli.main(["spool", "list", "--service", "web", "--json"]) == 0
    assert [stream["service"] for stream in printed(capsys)] == ["web"]


def test_directory_that_cannot_be_used_fails(left_behind: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is not ours is not looked into, and the status says so."""
    other = left_behind / ROOT_NAME / SPOOL_NAME / "fffffffffff0"
    target = left_behind / "elsewhere"
    target.mkdir()
    other.symlink_to(target)
    assert spool("list", left_behind) == 1
    captured = capsys.readouterr()
    assert "3 logs" in captured.out
    assert "fffffffffff0" in captured.err
