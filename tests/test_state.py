"""The state directory: where it is, who may look into it, and the pseudonym key that all its processes share."""

from __future__ import annotations

import logging
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from clippy_otel.config import TelemetryConfig
from clippy_otel.state import KEY_BYTES, KEY_NAME, State, make_private, state_of

SRC = """
import sys
from pathlib import Path
from clippy_otel.state import State
print(State(Path(sys.argv[1])).pseudonym_key().hex())
"""


def mode_of(path: Path) -> int:
    """Return a path's permissions."""
    return stat.S_IMODE(path.stat().st_mode)


def directory_of(config: TelemetryConfig) -> Path:
    """Return where a configuration's state is."""
    state = state_of(config)
    assert state is not None
    return state.path


def test_default_is_the_users_state_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each service has its own directory below the one that XDG names, or below the home directory."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert directory_of(TelemetryConfig(service_name="shop")) == tmp_path / "clippy_otel" / "shop"
    assert directory_of(TelemetryConfig()) == tmp_path / "clippy_otel" / "unknown_service"
    monkeypatch.setenv("XDG_STATE_HOME", "relative/ones/count/as/unset")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert directory_of(TelemetryConfig(service_name="shop")) == tmp_path / ".local/state/clippy_otel/shop"


@pytest.mark.parametrize("name", ["../../etc", "a/b", "..", ".", "a\x00b", "ünïcode", "x" * 300])
def test_no_service_name_leads_elsewhere(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whatever a service is called, its directory is one below the common one."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    path = directory_of(TelemetryConfig(service_name=name))
    assert path.parent == tmp_path / "clippy_otel"
    assert path.name not in (".", "..", "")
    make_private(path)
    assert path.is_dir()


def test_given_directory_is_shared_by_all_services(tmp_path: Path) -> None:
    """Who names a directory gets that one, for whatever services it is given to."""
    given = tmp_path / "state"
    paths = {directory_of(TelemetryConfig(service_name=name, state_directory=given)) for name in ("web", "worker")}
    assert paths == {given / "clippy_otel"}


def test_without_a_home_there_is_none(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Where the user has no home directory, state stays in the process, and it is said."""

    def fail() -> Path:
        raise RuntimeError("no home")

    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", fail)
    with caplog.at_level(logging.WARNING, "clippy_otel"):
        assert state_of(TelemetryConfig()) is None
    assert "state_directory" in caplog.text


def test_key_is_made_once_and_for_us_alone(tmp_path: Path) -> None:
    """The key is kept in a file that nobody else can read, and found again."""
    path = tmp_path / "state"
    key = State(path).pseudonym_key()
    assert key is not None
    assert len(key) == KEY_BYTES
    assert State(path).pseudonym_key() == key
    assert (mode_of(path), mode_of(path / KEY_NAME)) == (0o700, 0o600)
    assert os.listdir(path) == [KEY_NAME]  # noqa: PTH208 - names alone


def test_processes_that_start_together_share_the_key(tmp_path: Path) -> None:
    """Of several processes that make the key at once, one does, and the others have the same."""
    command = [sys.executable, "-c", SRC, str(tmp_path / "state")]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(4)]
    keys = {process.communicate(timeout=60)[0].strip() for process in started}
    assert len(keys) == 1
    assert len(bytes.fromhex(keys.pop().decode())) == KEY_BYTES


def test_damaged_key_is_not_replaced(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A key that was cut is left for a person to look at: another one would make other pseudonyms of the same users."""
    tmp_path.joinpath(KEY_NAME).write_bytes(b"short")
    state = State(tmp_path)
    with caplog.at_level(logging.WARNING, "clippy_otel"):
        assert state.pseudonym_key() is None
        assert state.pseudonym_key() is None
    assert tmp_path.joinpath(KEY_NAME).read_bytes() == b"short"
    assert len(caplog.records) == 1


def test_link_is_refused(tmp_path: Path) -> None:
    """Where somebody has put a link, nothing is written through it."""
    target, link = tmp_path / "target", tmp_path / "link"
    target.mkdir()
    link.symlink_to(target)
    with pytest.raises(PermissionError):
        make_private(link)
    assert State(link).pseudonym_key() is None
    assert not list(target.iterdir())
    key_link = tmp_path / "state" / KEY_NAME
    key_link.parent.mkdir()
    key_link.symlink_to(tmp_path / "elsewhere")
    assert State(key_link.parent).pseudonym_key() is None
    assert not (tmp_path / "elsewhere").exists()


def test_unwritable_directory_is_no_harm(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Where a file stands in the way, there is no key, and one warning."""
    tmp_path.joinpath("file").write_text("")
    state = State(tmp_path / "file" / "state")
    with caplog.at_level(logging.WARNING, "clippy_otel"):
        assert state.pseudonym_key() is None
    assert "kept in this process" in caplog.text
