"""What the process takes is read at once, and what cannot be read is None."""

from __future__ import annotations

import os
import threading
import time

import psutil
import pytest

from clippy_otel.performance import PerformanceMetrics
from clippy_otel.performance.resources import Resources
from clippy_otel.testing import CapturedTelemetry


def test_the_process_is_read(performance: PerformanceMetrics) -> None:
    """What it says grows with what the process takes."""
    before = performance.resource_metrics()
    assert before.memory_bytes is not None
    assert before.threads is not None
    assert before.open_files is not None
    assert before.uptime_s is not None
    assert before.uptime_s > 0
    ballast = bytearray(os.urandom(1)) * 50_000_000
    waiting = threading.Event()
    threads = [threading.Thread(target=waiting.wait) for _ in range(20)]
    for thread in threads:
        thread.start()
    descriptors = [os.open(os.devnull, os.O_RDONLY) for _ in range(50)]
    after = performance.resource_metrics()
    waiting.set()
    for descriptor in descriptors:
        os.close(descriptor)
    for thread in threads:
        thread.join()
    assert after.memory_bytes is not None
    assert after.threads is not None
    assert after.open_files is not None
    assert after.memory_bytes > before.memory_bytes + len(ballast) // 2
    # What other tests have left behind may end meanwhile.
    assert 10 <= after.threads - before.threads <= 20
    assert 25 <= after.open_files - before.open_files <= 50


def test_processor_time_is_that_since_the_call_before() -> None:
    """At the first call since the process began; nothing waits for a sample."""
    resources = Resources()
    first = resources.read(0)
    assert first.cpu_percent is not None
    assert first.cpu_percent > 0
    until = time.process_time() + 0.1
    while time.process_time() < until:
        pass
    busy = resources.read(0).cpu_percent
    assert busy is not None
    assert busy > 5


def test_what_this_package_holds(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """Records that wait, and statistics."""
    before = performance.resource_metrics().telemetry_bytes
    captured.telemetry.collector.track("event")
    waiting = performance.resource_metrics().telemetry_bytes
    assert waiting - before == captured.telemetry.collector.buffer_status().bytes > 0
    for _ in range(100):
        performance.track_ai_operation(total_ms=1)
    captured.telemetry.flush()
    assert performance.resource_metrics().telemetry_bytes >= before + 100 * 100


def test_what_the_platform_refuses_is_none(monkeypatch: pytest.MonkeyPatch, performance: PerformanceMetrics) -> None:
    """Windows has no descriptors, and a sandbox may tell nothing."""

    def refuse(_process: psutil.Process) -> int:
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil.Process, "memory_info", refuse)
    monkeypatch.setattr(psutil.Process, "cpu_times", refuse)
    monkeypatch.delattr(psutil.Process, "num_fds")
    found = performance.resource_metrics()
    assert (found.memory_bytes, found.cpu_percent, found.open_files) == (None, None, None)
    assert found.threads is not None


def test_turned_off_nothing_is_read(monkeypatch: pytest.MonkeyPatch, captured: CapturedTelemetry) -> None:
    """Only what this package itself holds is known then."""
    monkeypatch.setattr(Resources, "read", lambda *_: pytest.fail("read"))
    performance = PerformanceMetrics(captured.telemetry.collector, track_resources=False)
    assert performance.resource_metrics() == (None, None, None, None, None, 0)
