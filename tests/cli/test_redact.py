"""`clippy-otel redact`: lines in, redacted lines out."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from clippy_otel import cli
from clippy_otel.cli.redaction import LIMITS, run
from clippy_otel.privacy import DEFAULT_RULES, Redactor, Rule

EMAIL = "alice@example.com"
GONE = "[REDACTED]"


def redacted(
    text: str | bytes, *, as_json: bool = False, explain: bool = False, redactor: Redactor | None = None
) -> tuple[int, str]:
    """Run the command's work on a text; return the status and what it wrote."""
    data = text.encode() if isinstance(text, str) else text
    target = io.BytesIO()
    subject = redactor or Redactor(limits=LIMITS)
    status = run(io.BytesIO(data), target, subject, as_json=as_json, explain=explain)
    return status, target.getvalue().decode("utf-8", "surrogateescape")


@pytest.mark.parametrize(
    "line,expected",
    [
        (f"to {EMAIL}\n", f"to {GONE}\n"),
        ("nothing\r\n", "nothing\r\n"),
        ("no end of line", "no end of line"),
        ("\n\n", "\n\n"),
        ('{"password": "x", "n": [1.50, null]}\n', f'{{"password": "{GONE}", "n": [1.5, null]}}\n'),
        ('{"a": 1.50,   "b": "é"}\n', '{"a": 1.50,   "b": "é"}\n'),
        ('  [["authorization", "x"]]\n', f'[["authorization", "{GONE}"]]\n'),
        ('{"é": "\\u0061lice@example.com"}\n', f'{{"é": "{GONE}"}}\n'),
        (f'{{"a": "{EMAIL}", "a": "x"}}\n', f'{{"a": "{GONE}", "a": "x"}}\n'),
        (f'{{"a": "{EMAIL}"\n', f'{{"a": "{GONE}"\n'),
        (f'"{EMAIL}"\n', f'"{GONE}"\n'),
        ("4111111111111111\n", f"{GONE}\n"),
        ('{"a": "\\ud800", "password": "x"}\n', f'{{"a": "\\ud800", "password": "{GONE}"}}\n'),
    ],
)
def test_a_line_is_a_text_or_a_value(line: str, expected: str) -> None:
    """JSON is redacted by its keys; what is clean goes through to the character."""
    assert redacted(line) == (0, expected)


def test_other_bytes_go_through() -> None:
    """What is no UTF-8 is as it was."""
    assert redacted(b"\xff\xfe " + EMAIL.encode() + b"\n") == (0, f"\udcff\udcfe {GONE}\n")


def test_json_lines() -> None:
    """Asked for JSON, each line is some."""
    status, out = redacted(f'to {EMAIL}\n{{"a": 1}}\n', as_json=True)
    assert (status, [json.loads(line) for line in out.splitlines()]) == (0, [f"to {GONE}", {"a": 1}])


def test_explanations() -> None:
    """Line, place and rule, and nothing of the text; the status is that of a check that failed."""
    text = f'to {EMAIL}\nok\n{{"user": {{"password": "hunter2"}}}}\n'
    assert redacted(text, explain=True) == (1, "1: - email 3-20\n3: user.password key 0-7\n")
    status, out = redacted(text, explain=True, as_json=True)
    assert (status, json.loads(out.splitlines()[1])) == (
        1,
        {"line": 3, "path": "user.password", "rule": "key", "start": 0, "end": 7},
    )
    assert redacted("ok\n", explain=True) == (0, "")


def test_a_private_key_is_one_value() -> None:
    """Its lines are nothing by themselves; what follows its end is a line again, and so is what has no end for long."""
    key = (
        "-----BEGIN RSA PRIVATE KEY-----\n"
        + "MIIEpAIBAAKCAQEA7bqMIIEpAIBAAKCAQEA7bq\n" * 3
        + "-----END RSA PRIVATE KEY-----\n"
    )
    assert redacted(f"a\n{key}b\n") == (0, f"a\n{GONE}\nb\n")
    status, out = redacted("-----BEGIN x\n" + "line\n" * 1000)
    assert (status, out.count("\n")) == (0, 1001)


def test_a_long_line_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    """What is held is bounded: the rest of the line goes, it is said, and the next line is one of its own."""
    status, out = redacted("x" * 3_000_000 + f" {EMAIL}\nok\n")
    assert status == 1
    assert out.endswith("[TRUNCATED]\nok\n")
    assert len(out) < 1_100_000
    assert capsys.readouterr().err == "clippy-otel redact: line 1 has more than 1,048,576 bytes: cut\n"


@pytest.mark.swallows
def test_a_rule_that_raises_is_told_by_the_status() -> None:
    """The line is replaced, and the others go on."""
    bad = Redactor((*DEFAULT_RULES, Rule("bad", "boom", validate=lambda _: 1 // 0)), limits=LIMITS)
    assert redacted("boom\nok\n", redactor=bad) == (1, f"{GONE}\nok\n")


def command(*arguments: str, given: str = "", directory: Path) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "clippy_otel.cli", "redact", *arguments],
        input=given,
        cwd=directory,
        env={**os.environ, "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_options(tmp_path: Path) -> None:
    """Fields, exceptions, and rules of a module in the directory that it is run in."""
    (tmp_path / "mine.py").write_text(
        "from clippy_otel.privacy import Rule\n"
        "RULES = [Rule('employee', 'EMP-[0-9]{6}', action='typed')]\n"
        "ONE = RULES[0]\n"
    )
    (tmp_path / "in.jsonl").write_text('{"plan": "gold", "token": "x", "who": "EMP-123456"}\n')
    expected = f'{{"plan": "{GONE}", "token": "x", "who": "[REDACTED:employee]"}}\n'
    for name in ("RULES", "ONE"):
        done = command(
            "in.jsonl", "--fields", "plan, tier", "--keep", "token", "--rules", f"mine:{name}", directory=tmp_path
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, expected, "")


@pytest.mark.parametrize(
    "arguments,reason",
    [
        (["none.txt"], "No such file"),
        (["--rules", "os"], "MODULE:NAME"),
        (["--rules", "no_such_module:X"], "no_such_module"),
        (["--rules", "os:no_such_name"], "no_such_name"),
        (["--rules", "os:sep"], "each is a Rule"),
        (["--fields", "*?", "--keep", " 1 , x" * 400], ""),
        (["--fields", "x" * 2000], "redact_fields"),
    ],
)
def test_wrong_usage(
    arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends with 2, says why, and reads nothing."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"")))
    status = cli.main(["redact", *arguments])
    assert status == (2 if reason else 0)
    assert reason in capsys.readouterr().err


def test_lines_come_as_they_are_read(tmp_path: Path) -> None:
    """Nothing is waited for: a log can be followed."""
    with subprocess.Popen(
        [sys.executable, "-m", "clippy_otel.cli", "redact"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=tmp_path,
        bufsize=0,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(3):
            process.stdin.write(f"{number} {EMAIL}\n".encode())
            assert process.stdout.readline() == f"{number} {GONE}\n".encode()
        process.stdin.close()
        assert process.wait(30) == 0


def test_a_reader_that_has_seen_enough(tmp_path: Path) -> None:
    """`| head -1` ends it without a traceback."""
    (tmp_path / "in.txt").write_text("line\n" * 200_000)
    pipe = f"{sys.executable} -m clippy_otel.cli redact in.txt | head -1"
    done = subprocess.run(
        ["/bin/sh", "-c", pipe], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr) == ("line\n", "")
