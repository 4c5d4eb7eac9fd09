"""What the telemetry of the demo says: the components' statistics, and what is in the file.

All of it as plain data, ready for JSON, and the same in each run but for ids, pseudonyms and sizes: nothing in it is a
time that was measured.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clippy_otel import semconv
from clippy_otel.demo.redactions import redactions
from clippy_otel.demo.script import PLANTED
from clippy_otel.ports import SIGNALS
from clippy_otel.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from clippy_otel.ledger import LedgerRow
    from clippy_otel.otlp.decode_spans import DecodedSpan
    from clippy_otel.otlp.points import MetricPoint
    from clippy_otel.ports import Signal
    from clippy_otel.store.rows import StoredLog
    from clippy_otel.telemetry import Telemetry


def summarise(telemetry: Telemetry, path: Path) -> dict[str, Any]:
    """Return everything that there is to say, after the shutdown.

    Args:
        telemetry: Whose.
        path: The file that it has written.
    """
    store = SqliteStore(path)
    logs, spans, points = list(store.logs()), list(store.spans()), list(store.metrics())
    store.close()
    ledger = telemetry.collector.buffer_status().ledger
    stored = {"logs": len(logs), "spans": len(spans), "metrics": len(points)}
    planted = _planted(path)
    accounted_for = all(_is_accounted_for(ledger[signal], stored[signal]) for signal in SIGNALS)
    return {
        **_usage(telemetry),
        "ai_operations": _ai_operations(telemetry, spans),
        "errors": _errors(telemetry, logs),
        "health": _health(telemetry, logs),
        "redacted": [redaction._asdict() for redaction in redactions(logs, spans)],
        "users": sorted({str(log.attributes[semconv.USER_ID]) for log in logs if semconv.USER_ID in log.attributes}),
        "planted": planted,
        "arrived": _arrived(logs, spans, points),
        "ledger": {signal: ledger[signal].nonzero() for signal in SIGNALS},
        "accounted_for": accounted_for,
        "ok": accounted_for and not planted["found"],
    }


def beside(path: Path) -> tuple[Path, Path]:
    """Return the files that SQLite puts beside a store's: records on their way into it, and an index of those."""
    return Path(f"{path}-wal"), Path(f"{path}-shm")


def _usage(telemetry: Telemetry) -> dict[str, Any]:
    analytics = telemetry.analytics
    proactive = analytics.proactive_metrics()
    answered = proactive.accepted + proactive.dismissed + proactive.ignored
    return {
        "features": {
            name: _chosen(stats, "uses", "total_users", "adoption_rate")
            for name, stats in analytics.feature_adoption_stats().items()
        },
        "conversations": _chosen(
            analytics.conversation_stats(),
            "total",
            "active",
            "completed",
            "abandoned",
            "completion_rate",
            "mean_messages",
            "mean_message_length",
        ),
        "proactive": {**proactive._asdict(), "unanswered": proactive.shown - answered},
        "providers": {
            name: _chosen(stats, "requests", "failures", "success_rate", "p95_duration_ms", "total_tokens")
            for name, stats in analytics.provider_stats().items()
        },
    }


def _ai_operations(telemetry: Telemetry, spans: list[DecodedSpan]) -> dict[str, Any]:
    summary = telemetry.performance.ai_operations_summary()
    percentiles = ("count", "p50", "p95", "p99")
    streams = [span.attributes for span in spans if semconv.CHUNK_COUNT in span.attributes]
    return {
        **_chosen(summary, *percentiles, "errors", "total_tokens"),
        "first_chunk": _chosen(summary.first_chunk, *percentiles),
        "phases": {name: _chosen(phase, *percentiles) for name, phase in sorted(summary.phases.items())},
        "streams": {
            "count": len(streams),
            "chunks": sum(stream[semconv.CHUNK_COUNT] for stream in streams),
            "closed_early": sum(semconv.CLOSED_EARLY in stream for stream in streams),
        },
    }


def _errors(telemetry: Telemetry, logs: list[StoredLog]) -> dict[str, Any]:
    stats = telemetry.errors.stats()
    unhandled = sum(bool(log.attributes.get(semconv.EXCEPTION_ESCAPED)) for log in logs)
    shown = ("type", "message", "count", "affected_users", "recovered")
    groups = [_chosen(group, *shown) for group in telemetry.errors.error_groups()]
    figures = _chosen(stats, "total_errors", "unique_groups", "recovery_rate")
    return {**figures, "unhandled": unhandled, "groups": groups}


def _health(telemetry: Telemetry, logs: list[StoredLog]) -> dict[str, Any]:
    report = telemetry.health.health_report()
    changes = [log.attributes for log in reversed(logs) if log.event_name == semconv.EVENT_HEALTH_STATUS_CHANGE]
    services = {
        name: {
            **_chosen(health, "message", "total_checks", "success_rate"),
            "status": health.status.value,
            "was": [change[semconv.HEALTH_STATUS] for change in changes if change.get(semconv.HEALTH_SERVICE) == name],
        }
        for name, health in report.services.items()
    }
    figures = _chosen(report, "error_rate", "mean_response_time_ms")
    return {"status": report.status.value, **figures, "services": services}


def _arrived(logs: list[StoredLog], spans: list[DecodedSpan], points: list[MetricPoint]) -> dict[Signal, Any]:
    """Return how many log records and spans there are of each name, and how many series of each metric."""
    series = {(point.name, repr(sorted(point.attributes.items()))) for point in points}
    return {
        "logs": _by_name(log.event_name or "(from logging)" for log in logs),
        "spans": _by_name(span.name for span in spans),
        "metrics": _by_name(name for name, _ in series),
    }


def _planted(path: Path) -> dict[str, Any]:
    """Look for the planted secrets in the bytes that are on disk."""
    wal, _ = beside(path)
    on_disk = b"".join(file.read_bytes() for file in (path, wal) if file.exists())
    found = sum(text.encode() in on_disk for text in PLANTED)
    return {"file": path.name, "bytes": len(on_disk), "count": len(PLANTED), "found": found}


def _is_accounted_for(row: LedgerRow, stored: int) -> bool:
    """Say whether all of a signal's records have arrived, and all that have arrived are booked."""
    return row.offered == row.exported == stored > 0


def _by_name(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))


def _chosen(record: object, *names: str) -> dict[str, Any]:
    """Return some of a record's attributes; None for each where there is no record."""
    return {name: getattr(record, name, None) for name in names}
