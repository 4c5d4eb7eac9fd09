"""What this package says itself: its log lines hold nothing of what they are about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import grpc  # type: ignore[import-untyped]
import pytest

from tests._grpc_peer import Peer, fail
from tests._sinks import Answer, Sink
from tests.integrations._programs import run
from tests.wire._canaries import MARKS
from tests.wire._own_log_program import KEY, LINES, PASSWORD, TEXT

# On one line each, as a header or a status may have it.
SAID = TEXT.replace("\n", " ; ")


def said(**settings: Any) -> str:
    """Run the program and return what it has written."""
    given = {"headers": {"authorization": f"Bearer {KEY}", "x-api-key": KEY}, "flush_interval_ms": 0, **settings}
    done = run("python", str(Path(__file__).with_name("_own_log_program.py")), json.dumps(given))
    return done.stdout + done.stderr


def secrets_in(text: str) -> list[str]:
    """Return what of the secrets is there, and where."""
    secrets = [KEY, PASSWORD, *(canary.secret for canary in LINES.values()), *MARKS]
    return [text[max(text.find(secret) - 200, 0) :][:300] for secret in secrets if secret in text]


def answer(status: int, kind: str) -> Answer:
    """Return an answer that repeats what it was asked, and with which credentials."""
    words = f"cannot take {SAID} with {KEY} of bob:{PASSWORD}"
    body = json.dumps({"message": words}) if kind == "application/json" else words
    return Answer(status, body.encode(), {"Content-Type": kind}, reason=f"No {LINES['email'].secret}")


@pytest.mark.parametrize("status", [400, 503])
@pytest.mark.parametrize("kind", ["text/plain", "application/json"])
def test_log_lines_hold_nothing_of_an_http_peers(status: int, kind: str) -> None:
    """Nor of the endpoint, the headers, the application's errors, or what was recorded; yet they say what happened."""
    with Sink(lambda _: answer(status, kind)) as sink:
        text = said(endpoint=sink.url.replace("://", f"://bob:{PASSWORD}@"))
    assert secrets_in(text) == []
    assert str(status) in text
    assert "[REDACTED]" in text
    assert "internal error in" in text  # something was swallowed, and named


def test_log_lines_hold_nothing_of_a_grpc_peers() -> None:
    """Likewise."""
    with Peer(fail(grpc.StatusCode.INVALID_ARGUMENT, SAID)) as peer:
        text = said(transport="grpc", endpoint=peer.url)
    assert secrets_in(text) == []
    assert "INVALID_ARGUMENT" in text


def test_log_lines_hold_nothing_where_nobody_answers() -> None:
    """What the network's libraries say of an address is not repeated with its password."""
    text = said(endpoint=f"http://bob:{PASSWORD}@127.0.0.1:9")
    assert secrets_in(text) == []
    assert "trying again" in text


def test_without_redaction_the_data_is_there() -> None:
    """The control: the program does handle all of it, and debugging shows it."""
    text = said(endpoint="http://127.0.0.1:9", redact_pii=False)
    assert [canary.secret for canary in LINES.values() if canary.secret not in text] == []
