"""Our own requests beside instrumented HTTP and gRPC clients: a delivery that made telemetry would never end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests._collector import Collector
from tests.wire._sides import TRANSPORTS, endpoint_of


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_delivery_makes_no_telemetry(collector: Collector, transport: str) -> None:
    """Of the application's own two requests there are spans, and a metric; of those that deliver there is nothing."""
    program = Path(__file__).with_name("_instrumented.py")
    endpoints = (endpoint_of(collector, transport), collector.http_endpoint, collector.grpc_endpoint)
    done = subprocess.run(
        [sys.executable, program, transport, *endpoints], check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr

    spans = collector.wait_for(collector.spans, lambda spans: len(spans) >= 4)
    assert sorted(span.name for span in spans) == ["/app.Service/Call", "GET", "work", "work"]
    # Cumulative: the last collection has all of them.
    last = {metric.name: metric.data_points for metric in collector.metrics()}
    assert [point["count"] for point in last["http.client.duration"]] == ["1"]
    ours = {"clippy.telemetry.records", "clippy.spool.size"}
    assert last.keys() == {"http.client.duration", "counter", *ours}
