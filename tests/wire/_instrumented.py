"""A program whose HTTP and gRPC clients are instrumented, and which delivers its telemetry: see test_instrumented.py.

Called with a transport, its endpoint and the Collector's two; in a process of its own, for clients must be
instrumented before anybody imports them.
"""

from __future__ import annotations

import contextlib
import sys
from urllib.parse import urlsplit

from opentelemetry.instrumentation.grpc import GrpcInstrumentorClient
from opentelemetry.instrumentation.requests import RequestsInstrumentor


def main(transport: str, endpoint: str, http_endpoint: str, grpc_endpoint: str) -> None:
    """Record, deliver three times, and make one request of each kind that is the application's own."""
    RequestsInstrumentor().instrument()
    GrpcInstrumentorClient().instrument()  # type: ignore[no-untyped-call] # theirs

    import grpc  # type: ignore[import-untyped]  # noqa: PLC0415 - instrumented by now
    import requests  # noqa: PLC0415 - likewise
    from opentelemetry import _logs, metrics, trace  # noqa: PLC0415 - as an application would

    import clippy_otel  # noqa: PLC0415 - likewise

    telemetry = clippy_otel.configure("shop", transport=transport, endpoint=endpoint, flush_on=())
    for _ in range(2):
        with trace.get_tracer("app").start_as_current_span("work"):
            metrics.get_meter("app").create_counter("counter").add(1)
            _logs.get_logger("app").emit(body="a line")
        assert telemetry.flush().ok
    requests.get(http_endpoint, timeout=5)
    with grpc.insecure_channel(urlsplit(grpc_endpoint).netloc) as channel, contextlib.suppress(grpc.RpcError):
        channel.unary_unary("/app.Service/Call")(b"", timeout=5)
    assert telemetry.shutdown().ok


if __name__ == "__main__":
    main(*sys.argv[1:])
