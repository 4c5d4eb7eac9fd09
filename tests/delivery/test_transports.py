"""Which transports a configuration asks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from clippy_otel.config import TelemetryConfig, resolve
from clippy_otel.delivery.transports import make_transports
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.ports import SIGNALS, Transport, Verdict
from clippy_otel.store.sqlite import SqliteStore
from tests._grpc_peer import Peer
from tests._requests import record, request
from tests._signals import gauge, metrics_request, span, span_request
from tests._sinks import Sink, unreachable

REQUESTS = {"logs": request(record("a")), "spans": span_request(span("a")), "metrics": metrics_request(gauge("a"))}


def test_console(capsys: pytest.CaptureFixture[str]) -> None:
    """The console shows all signals."""
    transports = make_transports(TelemetryConfig(transport="console"))
    assert list(transports) == list(SIGNALS)
    for signal, transport in transports.items():
        assert transport.send(REQUESTS[signal], 1.0).verdict is Verdict.DELIVERED
    assert capsys.readouterr().out.count("\n") == 3


def test_local(tmp_path: Path) -> None:
    """The store takes all signals, in one file."""
    path = tmp_path / "telemetry.db"
    transports = make_transports(TelemetryConfig(transport="local", store=f"sqlite:///{path}"))
    for signal, transport in transports.items():
        assert transport.send(REQUESTS[signal], 5.0).verdict is Verdict.DELIVERED
        transport.abort()
    for transport in transports.values():
        transport.close()
    store = SqliteStore(path)
    assert (store.count_logs(), store.count_spans(), store.count_metrics()) == (1, 1, 1)


def test_custom() -> None:
    """A custom transport gets the signals that it takes, and no others; one that is none of the forms is an error."""
    assert list(make_transports(TelemetryConfig(transport="custom", custom_transport=print))) == ["logs", "metrics"]
    with pytest.raises(ConfigurationError, match="several parts that take logs"):
        make_transports(TelemetryConfig(transport="custom", custom_transport=[print, len]))


def test_http() -> None:
    """Over HTTP each signal goes to its own path."""
    with Sink() as sink:
        send_all(resolve(environ={}, endpoint=sink.url))
    assert [found.path for found in sink.requests] == ["/v1/logs", "/v1/traces", "/v1/metrics"]


def test_grpc() -> None:
    """Over gRPC each signal goes to its own service."""
    with Peer() as peer:
        send_all(resolve(environ={}, transport="grpc", endpoint=peer.url))
    services = [found.method.rpartition(".")[2] for found in peer.calls]
    assert services == ["LogsService/Export", "TraceService/Export", "MetricsService/Export"]


@pytest.mark.parametrize("transport", ["http", "grpc"])
def test_otlp_by_signal(transport: str) -> None:
    """A signal's own endpoint and timeout of the environment are that signal's."""
    env = {"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT": "0.05"}
    with unreachable() as url, Sink() as sink, Peer() as peer:
        env["OTEL_EXPORTER_OTLP_ENDPOINT"] = sink.url if transport == "http" else peer.url
        env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = url
        transports = make_transports(resolve(environ=env, transport=transport))
        verdicts = [deliver(transports[signal], REQUESTS[signal], 600.0) for signal in SIGNALS]
        for made in transports.values():
            made.close()
    assert verdicts == [Verdict.DELIVERED, Verdict.RETRY, Verdict.DELIVERED]


def send_all(config: TelemetryConfig) -> None:
    """Send one request of each signal."""
    for signal, transport in make_transports(config).items():
        assert deliver(transport, REQUESTS[signal], 5.0) is Verdict.DELIVERED
        transport.close()


def deliver(transport: Transport, data: bytes, timeout_s: float) -> Verdict:
    """Prepare and send one request."""
    return transport.send(transport.prepare(data), timeout_s).verdict
