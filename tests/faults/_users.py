"""A program that records one user on every signal: python _users.py SETTINGS (a JSON object); prints what stands there.

In a process of its own, for the key of pseudonyms is the state directory's.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import clippy_otel

USER = "ada@example.com"


class Sink:
    """Keeps what is delivered."""

    def __init__(self) -> None:
        self.records: list[Any] = []

    def logs(self, events: list[Any]) -> None:
        """Keep events and log records."""
        self.records += events

    def spans(self, spans: list[Any]) -> None:
        """Keep spans."""
        self.records += spans

    def metrics(self, metrics: list[Any]) -> None:
        """Keep metrics, which this is not about."""


def main(settings: str) -> None:
    """Record the user under every name for one, and print what stood there, by record and name."""
    sink = Sink()
    given: dict[str, Any] = {"transport": "custom", "custom_transport": sink, "set_global": False, "flush_on": ()}
    telemetry = clippy_otel.configure("shop", **given, **json.loads(settings))
    tracer = telemetry.tracer_provider.get_tracer("host")
    span = tracer.start_span("span", attributes={"user.id": USER})
    span.add_event("event", {"userId": USER})
    span.end()
    telemetry.logger_provider.get_logger("host").emit(
        event_name="log", attributes={"enduser.id": USER}, body={"user_id": USER}
    )
    telemetry.collector.track("event", {"userId": USER, "nested": {"user_id": USER}})
    with telemetry.scope(user_id=USER):
        telemetry.collector.track("scope")
    points: dict[str, Any] = {}
    _watch_metrics(telemetry, points)
    telemetry.flush()
    telemetry.shutdown()
    print(json.dumps({"metric": points["users"], **_users_in(sink.records)}))  # noqa: T201 - its answer


def _watch_metrics(telemetry: clippy_otel.Telemetry, points: dict[str, Any]) -> None:
    """Read what a reader of somebody else's is given: metrics have no attributes in a custom transport."""
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader  # noqa: PLC0415 - for this only

    reader = InMemoryMetricReader()
    provider: Any = telemetry.meter_provider
    provider.add_metric_reader(reader)
    meter = provider.get_meter("host")
    meter.create_counter("users").add(1, {"user.id": USER})
    data: Any = reader.get_metrics_data()
    for metric in (metric for scope in data.resource_metrics[0].scope_metrics for metric in scope.metrics):
        for point in metric.data.data_points:
            points[metric.name] = point.attributes.get("user.id")


def _users_in(records: list[Any]) -> dict[str, Any]:
    names = {"user.id", "userId", "user_id", "enduser.id"}
    found: dict[str, Any] = {}

    def walk(at: str, value: Any) -> None:
        if isinstance(value, dict):
            for key, item in value.items():
                if key in names:
                    found[f"{at}.{key}"] = item
                walk(f"{at}.{key}", item)
        elif isinstance(value, (list, tuple)):
            for item in value:
                walk(at, item)

    for record in records:
        walk(record["type"], record)
    return found


if __name__ == "__main__":
    main(*sys.argv[1:])
