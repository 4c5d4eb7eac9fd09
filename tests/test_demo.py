"""The demo plays its script, and what it says of it is so: the expectations are computed from the script, naively."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from clippy_otel.demo import report, script, summary
from clippy_otel.ledger import LedgerRow

# Operations whose answer is really streamed end as soon as they can: shorter than any of the script's.
REAL_MS = 0
MEASURED: list[script.Operation | script.InstrumentedCall] = [*script.OPERATIONS, *script.INSTRUMENTED_CALLS]


def run(*arguments: str, directory: Path) -> subprocess.CompletedProcess[str]:
    """Run a module of the package in a directory, with warnings as errors."""
    command = [sys.executable, "-W", "error", "-m", *arguments]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the demo has run, and left its file."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def found(directory: Path) -> dict[str, Any]:
    """Return the summary of one run."""
    done = run("clippy_otel.cli", "demo", "--json", directory=directory)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    summary: dict[str, Any] = json.loads(done.stdout)
    return summary


def ranks(values: Sequence[float]) -> dict[str, float]:
    """Return percentiles by nearest rank: the smallest value that so many of a hundred are no larger than."""

    def rank(percent: int) -> float:
        return min(v for v in values if 100 * sum(other <= v for other in values) >= percent * len(values))

    return {"count": len(values), "p50": rank(50), "p95": rank(95), "p99": rank(99)}


def test_the_features_are_those_of_the_script(found: dict[str, Any]) -> None:
    """Uses, users and adoption of each feature."""
    names = dict.fromkeys(name for visitor in script.VISITORS for name in visitor.features)
    assert found["features"] == {
        name: {
            "uses": sum(visitor.features.count(name) for visitor in script.VISITORS),
            "total_users": sum(name in visitor.features for visitor in script.VISITORS),
            "adoption_rate": sum(name in visitor.features for visitor in script.VISITORS) / 4,
        }
        for name in names
    }


def test_the_conversations_are_those_of_the_script(found: dict[str, Any]) -> None:
    """How many there are, how they end, and what is said in them."""
    lengths = [len(text) for visitor in script.VISITORS for text in visitor.messages]
    ends = Counter(visitor.ends for visitor in script.VISITORS)
    assert found["conversations"] == {
        "total": 4,
        "active": ends[""],
        "completed": ends["completed"],
        "abandoned": ends["abandoned"],
        "completion_rate": ends["completed"] / (ends["completed"] + ends["abandoned"]),
        "mean_messages": len(lengths) / 4,
        "mean_message_length": pytest.approx(fmean(lengths)),
    }


def test_the_suggestions_are_those_of_the_script(found: dict[str, Any]) -> None:
    """Shown, accepted, dismissed and open ones, and how long it took; none is open for long enough to be ignored."""
    shown = [suggestion for visitor in script.VISITORS for suggestion in visitor.suggestions]
    accepted = [suggestion for suggestion in shown if suggestion.answer == "accepted"]
    by_level = Counter(suggestion.intrusion_level for suggestion in shown)
    assert found["proactive"] == {
        "shown": len(shown),
        "accepted": len(accepted),
        "dismissed": sum(suggestion.answer == "dismissed" for suggestion in shown),
        "ignored": 0,
        "unanswered": sum(not suggestion.answer for suggestion in shown),
        "acceptance_rate": len(accepted) / len(shown),
        "mean_time_to_accept_ms": fmean(suggestion.time_to_accept_ms or 0 for suggestion in accepted),
        "by_intrusion_level": by_level,
        "acceptance_by_intrusion_level": {
            level: sum(suggestion.intrusion_level == level for suggestion in accepted) / count
            for level, count in by_level.items()
        },
    }


@pytest.mark.parametrize("provider", ["anthropic", "openai"])
def test_a_providers_requests_are_those_of_the_script(found: dict[str, Any], provider: str) -> None:
    """Tracked requests, tracked operations, streamed ones, and those of a library's instrumentation count alike."""
    measured = [each for each in MEASURED if each.provider == provider]
    requests = [request for request in script.REQUESTS if request.provider == provider]
    streams = [stream for stream in script.STREAMS if stream.provider == provider]
    durations = [each.total_ms for each in measured]
    durations += [request.duration_ms for request in requests] + [REAL_MS for _ in streams]
    failures = sum(operation.has_failed for operation in script.OPERATIONS if operation.provider == provider)
    failures += sum(not request.success for request in requests)
    tokens = sum(each.input_tokens + each.output_tokens for each in measured)
    tokens += sum(request.tokens for request in requests) + read_tokens(streams)
    assert found["providers"][provider] == {
        "requests": len(durations),
        "failures": failures,
        "success_rate": pytest.approx(1 - failures / len(durations)),
        "p95_duration_ms": ranks(durations)["p95"],
        "total_tokens": tokens,
    }


def read_tokens(streams: Sequence[script.Stream]) -> int:
    """Return the tokens of the streams that were read to their last chunk, which says how many there were."""
    return sum(stream.input_tokens + stream.output_tokens for stream in streams if stream.read == stream.chunks)


def test_the_ai_operations_are_those_of_the_script(found: dict[str, Any]) -> None:
    """Percentiles of all operations, of their phases and of the first chunks; counts of the streams."""
    operations, calls, streams = script.OPERATIONS, script.INSTRUMENTED_CALLS, script.STREAMS
    real = [REAL_MS for _ in streams]
    tokens = sum(each.input_tokens + each.output_tokens for each in MEASURED) + read_tokens(streams)
    first_chunks = ranks([*(call.first_chunk_ms for call in calls), *real])
    assert found["ai_operations"] == {
        **ranks([*(each.total_ms for each in MEASURED), *real]),
        "errors": sum(operation.has_failed for operation in operations),
        "total_tokens": tokens,
        "first_chunk": {name: pytest.approx(value) for name, value in first_chunks.items()},
        "phases": {
            "context_gathering": ranks([*(operation.context_gathering_ms for operation in operations), *real]),
            "context_compression": ranks([operation.context_compression_ms for operation in operations]),
            "api_call": ranks(
                [
                    *(operation.api_call_ms for operation in operations),
                    *(REAL_MS for stream in streams if stream.is_async),
                ]
            ),
        },
        "streams": {
            "count": len(streams),
            "chunks": sum(stream.read for stream in streams),
            "closed_early": sum(stream.read < stream.chunks for stream in streams),
        },
    }


def test_the_errors_are_those_of_the_script(found: dict[str, Any]) -> None:
    """Each group with its users and recoveries, and without the addresses in its messages."""
    outages = Counter(visitor.outage for visitor in script.VISITORS if visitor.outage)
    forms = sum("form-filling" in visitor.features for visitor in script.VISITORS)
    groups = {group["type"]: {**group, "type": ""} for group in found["errors"]["groups"]}
    assert {**found["errors"], "groups": []} == {
        "total_errors": outages.total() + forms + 1,
        "unique_groups": 3,
        "unhandled": 1,
        "recovery_rate": outages["recovered"] / (outages.total() + forms + 1),
        "groups": [],
    }
    assert groups["TimeoutError"] == {
        "type": "",
        "message": "the model did not answer [REDACTED] in time",
        "count": outages.total(),
        "affected_users": outages.total(),
        "recovered": outages["recovered"],
    }
    assert groups["ValueError"] == {
        "type": "",
        "message": "the form of [REDACTED] has no field for: text [REDACTED] when it rains",
        "count": forms,
        "affected_users": forms,
        "recovered": 0,
    }
    assert groups["RuntimeError"] == {
        "type": "",
        "message": "the index of [REDACTED] is damaged",
        "count": 1,
        "affected_users": 0,
        "recovered": 0,
    }


def test_the_health_report_is_that_of_the_script(found: dict[str, Any]) -> None:
    """One service degrades, fails, and recovers after two good checks; the other one works all the time."""
    checks = [checked for findings in script.HEALTH.values() for checked in findings]
    assert found["health"] == {
        "status": "healthy",
        "error_rate": sum(checked.status != "healthy" for checked in checks) / len(checks),
        "mean_response_time_ms": fmean(checked.response_time_ms for checked in checks),
        "services": {
            "model-api": {
                "status": "healthy",
                "message": None,
                "total_checks": 6,
                "success_rate": 3 / 6,
                "was": ["healthy", "degraded", "unhealthy", "healthy"],
            },
            "vector-store": {
                "status": "healthy",
                "message": None,
                "total_checks": 2,
                "success_rate": 1.0,
                "was": ["healthy"],
            },
        },
    }


def test_what_was_planted_was_redacted_where_it_was_planted(found: dict[str, Any]) -> None:
    """In fields, nested data, messages, log lines, breadcrumbs, health messages and spans, as often as it was there."""
    counts = {(row["signal"], row["field"]): row["count"] for row in found["redacted"]}
    visitors, outages = len(script.VISITORS), sum(bool(visitor.outage) for visitor in script.VISITORS)
    assert counts["logs", "email"] == counts["logs", "password"] == visitors
    assert counts["logs", "profile.login.password"] == counts["logs", "profile.contact.notes"] == visitors
    assert counts["logs", "body"] == visitors
    assert counts["logs", "exception.message"] == counts["logs", "exception.stacktrace"] == found_errors(found)
    assert counts["logs", "clippy.error.context.replyTo"] == outages
    assert counts["logs", "clippy.health.message"] == 1
    assert counts["spans", "clippy.argument.email"] == counts["spans", "query"] == len(script.STREAMS)
    assert counts["spans", "event.exception.message"] == sum(operation.has_failed for operation in script.OPERATIONS)
    assert all("[REDACTED]" in row["example"] for row in found["redacted"])


def found_errors(found: dict[str, Any]) -> int:
    """Return how many errors were recorded."""
    return int(found["arrived"]["logs"]["exception"])


def test_the_users_are_pseudonyms(found: dict[str, Any]) -> None:
    """Each visitor has one, and none is a user's id."""
    assert len(found["users"]) == len(script.VISITORS)
    assert all(user.startswith("p_") for user in found["users"])


def test_the_file_has_what_was_recorded_and_no_planted_secret(found: dict[str, Any], directory: Path) -> None:
    """Read with SQLite alone: records as the summary and the ledger say, the user names, and nothing planted."""
    path = directory / "clippy-demo.db"
    with sqlite3.connect(path) as connection:
        names = connection.execute("SELECT event_name, count(*) FROM logs WHERE event_name != '' GROUP BY 1").fetchall()
        stored = {
            "logs": connection.execute("SELECT count(*) FROM logs").fetchone()[0],
            "spans": connection.execute("SELECT count(*) FROM spans").fetchone()[0],
        }
    connection.close()
    arrived, ledger = found["arrived"], found["ledger"]
    assert dict(names) == {name: count for name, count in arrived["logs"].items() if name != "(from logging)"}
    for signal, count in stored.items():
        assert ledger[signal] == {"offered": count, "exported": count}
        assert sum(arrived[signal].values()) == count
    assert ledger["metrics"]["offered"] == ledger["metrics"]["exported"] >= sum(arrived["metrics"].values())
    on_disk = path.read_bytes()
    assert all(visitor.username.encode() in on_disk for visitor in script.VISITORS)
    assert [text for text in script.PLANTED if text.encode() in on_disk] == []
    assert found["planted"] == {"file": "clippy-demo.db", "bytes": len(on_disk), "count": 13, "found": 0}


def test_what_arrived_is_what_the_script_makes(found: dict[str, Any]) -> None:
    """Events, spans and metrics by name."""
    logs, spans, metrics = (found["arrived"][signal] for signal in ("logs", "spans", "metrics"))
    assert logs["feature.used"] == sum(len(visitor.features) for visitor in script.VISITORS)
    assert logs["conversation.message"] == sum(len(visitor.messages) for visitor in script.VISITORS)
    assert logs["proactive.suggestion"] == sum(len(visitor.suggestions) for visitor in script.VISITORS)
    assert logs["(from logging)"] == logs["user.login"] == len(script.VISITORS)
    asked = Counter([*(each.model for each in MEASURED), *(stream.model for stream in script.STREAMS)])
    assert spans == {**{f"chat {model}": count for model, count in asked.items()}, "assistant.search": 4}
    assert metrics["clippy.health.status"] == len(script.HEALTH)
    assert metrics["clippy.feature.uses"] == 4
    assert metrics["clippy.provider.duration"] == 3


def test_the_demo_shows_it(found: dict[str, Any], tmp_path: Path) -> None:
    """Its text has all of it in at most 90 lines, nothing of what was planted, and comes without a warning."""
    done = run("clippy_otel.demo", directory=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert len(lines) <= 90
    assert max(map(len, lines)) <= 120
    assert "  every record is accounted for" in lines
    assert re.search(r"13 planted secrets, found in the [\d,]+ bytes of clippy-demo\.db: 0", done.stdout)
    assert [text for text in script.PLANTED if text in done.stdout] == []
    (user,) = re.findall(r"p_[0-9a-f]+", done.stdout)
    shown = {**found, "users": [user, *found["users"][1:]]}
    shown["planted"] = {**found["planted"], "bytes": (tmp_path / "clippy-demo.db").stat().st_size}
    assert report.render(shown) == done.stdout


def test_the_environment_has_no_say_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It shows the same where an application's settings are in the environment."""
    for name, value in {"OTEL_SDK_DISABLED": "true", "CLIPPY_OTEL_REDACT_PII": "false"}.items():
        monkeypatch.setenv(name, value)
    done = run("clippy_otel.demo", directory=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_demo_can_be_run_again_and_elsewhere(tmp_path: Path) -> None:
    """A second run starts with a new file, at the place it is given."""
    path = tmp_path / "other.db"
    sizes = []
    for _ in range(2):
        assert run("clippy_otel.demo", str(path), directory=tmp_path).returncode == 0
        with sqlite3.connect(path) as connection:
            sizes += connection.execute("SELECT count(*) FROM logs").fetchall()
        connection.close()
    assert sizes[0] == sizes[1]
    assert not (tmp_path / "clippy-demo.db").exists()


def test_the_demo_leaves_files_alone_that_are_not_its_own(tmp_path: Path) -> None:
    """It overwrites nothing but an earlier demo's store, makes no directory, and an unknown option is no path."""
    mine = tmp_path / "mine.txt"
    mine.write_text("precious")
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE logs (x)")
    connection.close()
    for argument in (str(mine), str(other), str(tmp_path), str(tmp_path / "none" / "demo.db"), "--unknown"):
        done = run("clippy_otel.demo", argument, directory=tmp_path)
        assert done.returncode == 2, argument
        assert done.stdout == ""
        assert argument in done.stderr
    assert mine.read_text() == "precious"
    assert {path.name for path in tmp_path.iterdir()} == {"mine.txt", "other.db"}


def test_a_leak_would_be_found(tmp_path: Path) -> None:
    """A planted text in the file, or in what SQLite puts beside it, is counted, each once."""
    path = tmp_path / "leaking.db"
    path.write_bytes(b"..ada@example.com..ada@example.com..")
    Path(f"{path}-wal").write_bytes(b"..536-22-8726..")
    assert summary._planted(path) == {"file": "leaking.db", "bytes": 51, "count": 13, "found": 2}


@pytest.mark.parametrize(
    "row, stored",
    [
        (LedgerRow(offered=3, exported=2, queue_full=1), 2),
        (LedgerRow(offered=3, exported=3), 2),
        (LedgerRow(offered=2, exported=2), 3),
        (LedgerRow(), 0),
    ],
)
def test_a_loss_would_be_found(row: LedgerRow, stored: int) -> None:
    """A record that was dropped, did not arrive, or was not booked is one that is not accounted for."""
    assert not summary._is_accounted_for(row, stored)
