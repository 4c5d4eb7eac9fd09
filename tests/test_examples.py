"""The programs in examples: each does what it says, and gives nothing of a user away."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from tests._collector import Collector

EXAMPLES = Path(__file__).parents[1] / "examples"
SECRETS = ("@example.com", "secret123", "user-123", "1111 1111", "555 2671", "countess", "stays at home", "203.0.113.7")


def run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run an example in this test's directory, with warnings as errors."""
    command = [sys.executable, "-W", "error", str(EXAMPLES / name), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert [secret for secret in SECRETS if secret in done.stdout + done.stderr] == []
    return done


def assert_no_secret(collector: Collector) -> None:
    """Stop a Collector, and look for secrets in all that it wrote."""
    collector.stop()
    written = collector.raw_bytes().decode()
    assert [secret for secret in SECRETS if secret in written] == []
    assert "[REDACTED]" in written


def test_each_example_is_run_here() -> None:
    """A new one needs a test."""
    tested = {"basic_setup.py", "custom_transport_with_retry.py", "privacy_configuration.py"}
    assert {path.name for path in EXAMPLES.glob("*.py")} == tested


def test_the_basic_setup(collector: Collector) -> None:
    """All five components arrive at a real Collector, redacted, and the program says so."""
    done = run("basic_setup.py", collector.http_endpoint)
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "AI operations: 2 tokens: 514",
        "users of chat: 1",
        "requests to openai: 2",
        "top error: the model's API did not answer [REDACTED]",
        "health: degraded",
        "pending: 0 ok: True",
        "logs: all exported",
        "spans: all exported",
        "metrics: all exported",
    ]
    logs = collector.wait_for(collector.logs, lambda logs: any(log.event_name == "session.end" for log in logs))
    events: dict[str, dict[str, Any]] = {log.event_name: log.attributes for log in logs}
    assert {"conversation.end", "error.recovery", "exception", "health.status_change"} <= events.keys()
    login = events["user.login"]
    assert (login["email"], login["password"], login["username"]) == ("[REDACTED]", "[REDACTED]", "john_doe")
    spans = collector.wait_for(collector.spans, lambda spans: len(spans) == 2)
    assert [span.name for span in spans] == ["chat gpt-5", "chat gpt-5"]
    assert "api.latency" in {metric.name for metric in collector.metrics()}
    assert_no_secret(collector)


def test_the_custom_transport_with_retry() -> None:
    """Five failures lose nothing: what the transport gives up comes again."""
    done = run("custom_transport_with_retry.py")
    assert done.stdout.splitlines() == [
        "exported: 4 pending: 0 ok: True",
        "requests: 7",
        "paid: " + " ".join(str({"number": number, "email": "[REDACTED]"}) for number in range(3)),
    ]
    assert done.stderr == "delivery of logs failed, trying again: custom transport: TimeoutError\n"


def test_the_privacy_configuration(collector: Collector) -> None:
    """What was recorded with consent arrives, without what is private; the rest is nowhere."""
    done = run("privacy_configuration.py", collector.http_endpoint)
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "with consent: 5 of them dropped by before_send: 1",
        "without consent, and recorded nowhere: 6",
    ]
    logs = collector.wait_for_logs(4)
    assert [log.event_name for log in logs] == ["session.start", "profile.saved", "page.seen", "session.end"]
    profile, page = logs[1].attributes, logs[2].attributes
    assert profile["userId"] == page["userId"]
    assert profile["userId"].startswith("p_")
    assert profile["about"] == "call me at [REDACTED], or write to [REDACTED]"
    assert (profile["support_email"], profile["username"]) == ("help@acme.example", "john_doe")
    assert "ip_address" not in profile
    assert_no_secret(collector)
