"""The metrics about the pipeline itself: what they say, and that they are there only where there are others."""

from __future__ import annotations

import gc
import os
import weakref
from typing import Any

import pytest

from clippy_otel.config import resolve
from clippy_otel.consent import Consent
from clippy_otel.kept import Kept
from clippy_otel.ledger import Ledger
from clippy_otel.pipeline import Pipeline
from clippy_otel.ports import Outcome, Signal, Transport, Verdict
from clippy_otel.privacy.pseudonyms import Pseudonyms
from clippy_otel.testing import InMemoryTransport, capture
from tests._fakes import ScriptedTransport
from tests._spool import FakeSpool

RECORDS = "clippy.telemetry.records"


def totals(points: list[Any]) -> dict[tuple[str, str], float]:
    """Return the last value of each series of the records' metric."""
    found = [point for point in points if point.name == RECORDS]
    return {(point.attributes["signal"], point.attributes["outcome"]): point.value for point in found}


def test_they_say_what_became_of_records() -> None:
    """By signal and outcome; what is held, and the points that say it, are no outcomes."""
    with capture(sampling="throttled", max_events_per_window=2) as captured:
        collector, sent = captured.telemetry.collector, captured._transports["metrics"]
        for _ in range(5):
            collector.track("a")
        collector.count("mine")
        for _ in range(2):
            collector.flush()
            assert totals(sent.metrics()) == {("logs", "exported"): 3, ("logs", "throttled"): 3}
        units = {(point.unit, point.kind) for point in sent.metrics() if point.name == RECORDS}
        assert not [point for point in captured.metrics if point.name == RECORDS]  # a test is about something else
    assert units == {("{record}", "sum")}


def test_a_pipeline_without_metrics_stays_without() -> None:
    """No provider is made for them, and nothing is collected."""
    with capture() as captured:
        captured.telemetry.collector.track("a")
        captured.telemetry.collector.flush()
        pipeline = captured.telemetry._pipeline
        assert isinstance(pipeline, Pipeline)
        assert pipeline.binding._providers is None
        assert captured.metrics == []


def pipeline_of(spool: FakeSpool | None, transports: dict[Signal, Transport]) -> Pipeline:
    """Return a pipeline over transports and a spool in memory."""
    kept = Kept(Ledger(), Pseudonyms(), Consent(None, Pseudonyms()), spool)  # type: ignore[arg-type] # a fake
    return Pipeline(resolve("x", flush_on=()), transports=transports, kept=kept)


def test_the_size_of_the_spool_is_told_where_there_is_one() -> None:
    """In bytes, beside the books."""
    for spool, shown in ((None, []), (FakeSpool(), [True])):
        metrics = InMemoryTransport()
        away = ScriptedTransport(lambda _: Outcome(Verdict.RETRY, retry_after_s=3600))
        pipeline = pipeline_of(spool, {"logs": away, "metrics": metrics})
        pipeline.ledger.offer("logs", "filtered")
        pipeline.count("mine", 1, unit="1", attributes=None)
        pipeline.emit("a", {}, 1)  # type: ignore[arg-type] # a purpose is an int
        pipeline.flush(10_000)
        sizes = [point.value for point in metrics.metrics() if point.name == "clippy.spool.size"]
        assert [size is not None and size > 0 for size in sizes] == shown
        assert pipeline.spooled() == (0 if spool is None else 2)
        pipeline.shutdown(100)


def test_totals_go_on_where_a_pipeline_is_replaced() -> None:
    """Its providers are handed on: what it has counted is counted still, and no total runs backwards."""
    metrics = InMemoryTransport()
    transports: dict[Signal, Transport] = {"logs": InMemoryTransport(), "metrics": metrics}
    first = pipeline_of(None, transports)
    first.count("mine", 1, unit="1", attributes=None)
    first.ledger.offer("logs", "filtered", 7)
    first.flush(10_000)
    providers = first.binding.providers
    second = Pipeline(resolve("x", flush_on=()), transports=transports, providers=providers)
    first.let_go_of(providers)
    first.shutdown(10_000)
    second.count("mine", 1, unit="1", attributes=None)
    second.ledger.offer("logs", "filtered", 2)
    second.flush(10_000)
    assert totals(metrics.metrics())["logs", "filtered"] == 9
    second.shutdown(10_000)


def test_they_keep_no_pipeline_alive() -> None:
    """One that is dropped without a shutdown is gone, though its provider is not."""
    transports: dict[Signal, Transport] = {"metrics": InMemoryTransport()}
    pipeline = pipeline_of(None, transports)
    pipeline.count("mine", 1, unit="1", attributes=None)
    pipeline.flush(10_000)
    worker, providers, gone = pipeline.worker, pipeline.binding.providers, weakref.ref(pipeline)
    del pipeline
    gc.collect()
    assert gone() is None
    assert providers is not None
    worker.shutdown(10_000)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_starts_at_zero() -> None:
    """What the parent has counted, the parent says."""
    metrics = InMemoryTransport()
    pipeline = pipeline_of(None, {"metrics": metrics})
    pipeline.count("mine", 1, unit="1", attributes=None)
    pipeline.ledger.offer("logs", "filtered", 7)
    pipeline.flush(10_000)
    child = os.fork()
    if child == 0:
        pipeline.count("mine", 1, unit="1", attributes=None)
        pipeline.ledger.offer("logs", "filtered", 2)
        pipeline.flush(10_000)
        os._exit(0 if totals(metrics.metrics()).get(("logs", "filtered")) == 2 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    pipeline.shutdown(10_000)
