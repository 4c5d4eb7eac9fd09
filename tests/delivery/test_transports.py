"""Which transports a configuration asks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from clippy_otel.config import TelemetryConfig
from clippy_otel.delivery.transports import make_transports
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.ports import SIGNALS, Verdict
from clippy_otel.store.sqlite import SqliteStore
from tests._requests import record, request
from tests._signals import gauge, metrics_request, span, span_request

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
