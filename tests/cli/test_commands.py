"""The command line: what it lists, how it ends, and that an installed wheel has it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from clippy_otel import __version__, cli
from tests.architecture import _sources
from tests.conftest import require_real


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    """`--version` prints the program's name and the package's version."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"clippy-otel {__version__}\n"


def test_help_lists_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    """`--help` names the commands that exist, and none of those to come."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert [name for name in ("demo", "redact", "spool") if f"\n    {name} " not in shown] == []
    assert not [name for name in ("doctor", "report", "privacy", "serve") if f"  {name} " in shown]


@pytest.mark.parametrize("arguments", [[], ["doctor"], ["demo", "extra"], ["demo", "--directory"]])
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Without a command, with an unknown one, or with wrong options it ends with 2 and says how it is used."""
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("usage: clippy-otel")


def test_demo_needs_a_directory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`demo` makes no directory, and ends with 2 where there is none."""
    assert cli.main(["demo", "--directory", str(tmp_path / "none")]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert str(tmp_path / "none") in captured.err
    assert not (tmp_path / "none").exists()


def test_the_command_line_loads_no_command(tmp_path: Path) -> None:
    """What a command needs is loaded when it is asked for: `--help` of one does not pay for the others."""
    modules = "'opentelemetry', 'clippy_otel.demo', 'clippy_otel.privacy'"
    code = f"import sys, clippy_otel.cli; print(*[name in sys.modules for name in ({modules})])"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False", "False"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel, with the build backend that is installed: nothing is downloaded."""
    if find_spec("hatchling") is None:
        require_real("hatchling", "pip install --group test")
    built = tmp_path_factory.mktemp("wheel")
    command = ["wheel", str(_sources.ROOT), "--no-deps", "--no-build-isolation", "--wheel-dir", str(built)]
    pip(*command)
    (found,) = built.glob("clippy_otel-*.whl")
    return found


def pip(*arguments: str) -> None:
    """Run pip, without an index."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments, "--no-index"]
    subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)


def test_the_wheel_has_the_package_and_nothing_else(wheel: Path) -> None:
    """Every module of the package is in it, with the type marker and the licence, and no test and no store."""
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
    metadata = {name for name in names if ".dist-info/" in name}
    source = _sources.ROOT / "clippy_otel"
    modules = {f"clippy_otel/{path.relative_to(source).as_posix()}" for path in source.rglob("*.py")}
    assert names - metadata == {*modules, "clippy_otel/py.typed"}
    assert any(name.endswith("/LICENSE") for name in metadata)


def test_the_demo_runs_from_an_installed_wheel(wheel: Path, tmp_path: Path) -> None:
    """`clippy-otel demo` is there after `pip install`, and does the same as from a clone."""
    site = tmp_path / "site"
    pip("install", "--no-deps", "--target", str(site), str(wheel))
    environment = {**os.environ, "PYTHONPATH": str(site)}
    command = [str(site / "bin" / "clippy-otel"), "demo", "--directory", str(tmp_path), "--json"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["ok"] is True
    assert (tmp_path / "clippy-demo.db").exists()
    where = [sys.executable, "-c", "import clippy_otel; print(clippy_otel.__file__)"]
    found = subprocess.run(where, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert Path(found.stdout.strip()).is_relative_to(site)
