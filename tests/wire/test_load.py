"""Many records of several threads and scopes: each arrives once, where it belongs, and the books say so."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests._collector import Collector
from tests.wire._sides import TRANSPORTS, Side, endpoint_of, make_ours

THREADS, ROUNDS = 4, 125
CHILDREN = 3
SPANS, LOGS = THREADS * ROUNDS * (1 + CHILDREN), THREADS * ROUNDS
SCOPES = ("shop.web", "shop.cart", "shop.mail")


def work(side: Side, thread: int) -> None:
    """Record a trace of a span with three children and a log record in it, again and again."""
    tracers = [side.tracer_provider.get_tracer(name) for name in SCOPES]
    loggers = [side.logger_provider.get_logger(name) for name in SCOPES]
    for number in range(ROUNDS):
        name = f"{thread}/{number}"
        with tracers[number % 3].start_as_current_span(name):
            for child in range(CHILDREN):
                with tracers[child].start_as_current_span(
                    f"{name}/{child}", attributes={"filler": f"{number * 7919:x}"}
                ):
                    pass
            loggers[number % 3].emit(body=name)


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_many_records_of_several_threads_arrive_once_each(collector: Collector, transport: str) -> None:
    """2,000 spans and 500 log records of three scopes: none lost, none doubled, the traces intact, all booked."""
    settings: dict[str, Any] = {"max_queue_size": 5000, "max_memory_bytes": 50_000_000, "max_buffer_size": 100}
    ours = make_ours(transport, endpoint_of(collector, transport), **settings)
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, [ours] * THREADS, range(THREADS)))
    flushed = ours.flush(30_000)

    spans = collector.wait_for(collector.spans, lambda spans: len(spans) >= SPANS, 20)
    by_name = {span.name: span for span in spans}
    assert len(spans) == len(by_name) == len({span.span_id for span in spans}) == SPANS
    logs = collector.wait_for_logs(LOGS)
    assert len(logs) == len({log.body for log in logs}) == LOGS
    for log in logs:
        root = by_name[log.body]
        number = int(log.body.partition("/")[2])
        assert (root.parent_span_id, root.scope.name) == ("", SCOPES[number % 3])
        assert (log.trace_id, log.span_id, log.scope.name) == (root.trace_id, root.span_id, SCOPES[number % 3])
        for child in range(CHILDREN):
            span = by_name[f"{root.name}/{child}"]
            assert (span.trace_id, span.parent_span_id) == (root.trace_id, root.span_id)
            assert span.scope.name == SCOPES[child]
            assert root.start_time_unix_nano <= span.start_time_unix_nano <= span.end_time_unix_nano
            assert span.end_time_unix_nano <= root.end_time_unix_nano

    assert flushed.ok
    ledger = ours.collector.buffer_status().ledger
    assert ledger["spans"].nonzero() == {"offered": SPANS, "exported": SPANS}
    assert ledger["logs"].nonzero() == {"offered": LOGS, "exported": LOGS}
    assert ours.shutdown().ok
