"""Resource and scopes of metrics are redacted for every reader, whenever it was added, and nothing else is changed."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, MetricsData
from opentelemetry.sdk.resources import Resource

from clippy_otel._sdk import metrics as sdk_metrics
from clippy_otel.hooks.metric_origins import MetricOrigins
from clippy_otel.privacy.redactor import Redactor

MAIL = "alice@example.com"


class Rig:
    """A provider with a counter, and what is booked."""

    def __init__(self, *readers: InMemoryMetricReader, redactor: Redactor | None = None) -> None:
        resource = Resource({"owner": MAIL, "team": "a"}, "https://schema/1")
        self.provider = MeterProvider(readers, resource=resource, shutdown_on_exit=False)
        self.redactor: Redactor | None = redactor or Redactor()
        self.booked: list[tuple[str, int]] = []

    def hook(self) -> MetricOrigins:
        """Redact its origins."""
        return MetricOrigins(
            self.provider,
            redactor=lambda: self.redactor,
            book=lambda column, count: self.booked.append((column, count)),
        )

    def count(self, **attributes: str) -> None:
        """Count one with a meter of these attributes."""
        self.provider.get_meter("lib", "1", "https://schema/2", attributes).create_counter("c").add(1)


def origins(reader: InMemoryMetricReader) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return what a reader finds: attributes of the resource and of the scopes."""
    data = reader.get_metrics_data()
    assert data is not None
    (of_resource,) = data.resource_metrics
    return dict(of_resource.resource.attributes), [
        dict(part.scope.attributes or {}) for part in of_resource.scope_metrics
    ]


def test_every_reader_is_covered() -> None:
    """One that was there, one that comes later, and one that takes the place of itself in a forked child."""
    early, late = InMemoryMetricReader(), InMemoryMetricReader()
    rig = Rig(early)
    rig.hook()
    rig.provider.add_metric_reader(late)
    rig.count(owner=MAIL, kind="x")
    found = {"owner": "[REDACTED]", "team": "a"}, [{"owner": "[REDACTED]", "kind": "x"}]
    assert origins(early) == origins(late) == found
    sdk_metrics.renew_storage(late)
    rig.count(owner=MAIL, kind="x")
    assert origins(late) == found


def test_all_else_is_as_it_was() -> None:
    """Names, versions, schema URLs and the metrics themselves are the same, and a clean scope is the same object."""
    plain, reader = InMemoryMetricReader(), InMemoryMetricReader()
    rig = Rig(reader)
    rig.hook()
    rig.count(kind="x")
    rig.count(owner=MAIL)
    (of_resource,) = _data(reader).resource_metrics
    assert (of_resource.resource.schema_url, of_resource.schema_url) == ("https://schema/1", "https://schema/1")
    clean, dirty = of_resource.scope_metrics
    assert clean.scope is next(iter(rig.provider._meters))
    for part in (clean, dirty):
        assert (part.scope.name, part.scope.version, part.scope.schema_url) == ("lib", "1", "https://schema/2")
        assert part.schema_url == "https://schema/2"
        assert [metric.name for metric in part.metrics] == ["c"]
    assert plain.get_metrics_data() is None


def test_the_redactor_in_force_counts() -> None:
    """Another redactor redacts otherwise from the next collection on; None redacts nothing."""
    reader = InMemoryMetricReader()
    rig = Rig(reader)
    rig.hook()
    rig.count(kind="x")
    rig.redactor = Redactor(redact_fields=("kind",))
    assert origins(reader)[1] == [{"kind": "[REDACTED]"}]
    rig.redactor = None
    assert origins(reader) == ({"owner": MAIL, "team": "a"}, [{"kind": "x"}])


def test_undone_it_is_as_before() -> None:
    """The SDK's objects have their own methods again."""
    reader = InMemoryMetricReader()
    rig = Rig(reader)
    hook = rig.hook()
    rig.provider.add_metric_reader(InMemoryMetricReader())
    hook.undo()
    rig.count(owner=MAIL)
    assert origins(reader)[1] == [{"owner": MAIL}]
    objects = [sdk_metrics.measurement_consumer(rig.provider), *sdk_metrics.metric_storages(rig.provider)]
    assert [name for found in objects for name in vars(found) if name in ("collect", "add_metric_reader")] == []


def test_readers_that_are_gone_are_forgotten() -> None:
    """A program that adds readers and removes them, again and again, does not grow."""
    rig = Rig()
    hook = rig.hook()
    for _ in range(5):
        reader = InMemoryMetricReader()
        rig.provider.add_metric_reader(reader)
        rig.provider.remove_metric_reader(reader)
    assert len(hook._collections) == 1


class FailingRedactor(Redactor):
    """A redactor that raises."""

    def redact_attributes(self, *_arguments: Any, **_options: Any) -> Any:
        """Fail."""
        raise RuntimeError


@pytest.mark.swallows
def test_what_cannot_be_redacted_is_dropped_and_booked() -> None:
    """Nobody collects metrics whose origin is not known to be clean, and each point is booked."""
    reader = InMemoryMetricReader()
    rig = Rig(reader, redactor=FailingRedactor())
    rig.hook()
    rig.count(kind="x")
    rig.count(kind="y")
    assert reader.get_metrics_data() is None
    assert rig.booked == [("redaction_failed", 2)]


def _data(reader: InMemoryMetricReader) -> MetricsData:
    data = reader.get_metrics_data()
    assert data is not None
    return data
