"""The stock OTLP exporters keep what they make where `exporters.py` relies on it."""

from __future__ import annotations

import importlib
import logging
import threading
from operator import attrgetter
from pathlib import Path
from typing import Any

import grpc  # type: ignore[import-untyped]
import pytest
import requests
import trustme
from opentelemetry.exporter.otlp.proto.grpc import _OTLP_GRPC_CHANNEL_OPTIONS
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter

from clippy_otel._sdk import exporters as sdk_exporters
from clippy_otel.ports import SIGNALS, Signal

ENDPOINT = "http://127.0.0.1:9/v1/logs"
GRPC_EXPORTERS = [
    ("logs", "_log_exporter", "OTLPLogExporter"),
    ("spans", "trace_exporter", "OTLPSpanExporter"),
    ("metrics", "metric_exporter", "OTLPMetricExporter"),
]


def test_stock_exporter() -> None:
    """The stock exporter keeps the session it was given and the headers it has merged where we look for them."""
    session = requests.Session()
    exporter = OTLPLogExporter(
        endpoint=ENDPOINT, headers={"X-Mine": "1"}, compression=Compression.NoCompression, session=session
    )
    assert attrgetter("_client._transport._session")(exporter) is session
    assert attrgetter("_client._headers")(exporter)["x-mine"] == "1"


def test_http_session(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The environment's TLS files and headers are in the session and its headers, which are OTLP's besides."""
    certificate, client, key = (str(tmp_path / name) for name in ("authority", "client", "key"))
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", certificate)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_LOGS_CLIENT_CERTIFICATE", client)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_CLIENT_KEY", key)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-env=2,x-mine=env")
    opened = sdk_exporters.open_http_session("logs", endpoint=ENDPOINT, headers={"X-Mine": "1"})
    assert isinstance(opened.session, requests.Session)
    assert (opened.session.verify, opened.session.cert) == (certificate, (client, key))
    agent = opened.headers.pop("user-agent")
    assert agent.startswith("OTel-OTLP-Exporter-Python/")
    assert opened.headers == {"content-type": "application/x-protobuf", "x-env": "2", "x-mine": "1"}


def test_http_session_leaves_ours_to_us(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Compression and timeout of the environment are not read here, and not warned about."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "soon")
    with caplog.at_level(logging.DEBUG):
        opened = sdk_exporters.open_http_session("logs", endpoint=ENDPOINT, headers={})
    assert not caplog.records
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
    assert "content-encoding" not in sdk_exporters.open_http_session("logs", endpoint=ENDPOINT, headers={}).headers
    assert "content-encoding" not in opened.headers


def test_http_session_starts_nothing() -> None:
    """Building the exporter starts no thread that would have to be shut down: its session is all there is to close."""
    before = threading.active_count()
    sdk_exporters.open_http_session("logs", endpoint=ENDPOINT, headers={}).session.close()
    assert threading.active_count() == before


def test_unknown_credential_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    """A credential provider that is not installed is an error, not a session without credentials."""
    monkeypatch.setenv("OTEL_PYTHON_EXPORTER_OTLP_HTTP_CREDENTIAL_PROVIDER", "missing")
    with pytest.raises(RuntimeError, match="missing"):
        sdk_exporters.open_http_session("logs", endpoint=ENDPOINT, headers={})


@pytest.mark.parametrize("signal", SIGNALS)
def test_http_session_of_each_signal(signal: Signal) -> None:
    """Each signal's stock exporter keeps its session and headers in the same place."""
    opened = sdk_exporters.open_http_session(signal, endpoint=ENDPOINT, headers={"X-Mine": "1"})
    assert isinstance(opened.session, requests.Session)
    assert opened.headers["x-mine"] == "1"


@pytest.mark.parametrize("signal, module, name", GRPC_EXPORTERS)
def test_stock_grpc_exporter(monkeypatch: pytest.MonkeyPatch, signal: Signal, module: str, name: str) -> None:
    """The stock exporter keeps channel, headers and the decision for TLS where we look for them."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-env=2,user-agent=theirs")
    kind = getattr(importlib.import_module(f"opentelemetry.exporter.otlp.proto.grpc.{module}"), name)
    for endpoint, insecure in (("http://127.0.0.1:9", True), ("127.0.0.1:9", False)):
        exporter = kind(endpoint=endpoint)
        assert isinstance(exporter._channel, grpc.Channel)
        assert (exporter._insecure, dict(exporter._headers)["x-env"]) == (insecure, "2")
        exporter.shutdown()
    opened = sdk_exporters.open_grpc_channel(
        signal, endpoint="http://127.0.0.1:9", headers={"X-Mine": "1"}, compression="gzip", user_agent="ours"
    )
    assert dict(opened.metadata) == {"x-env": "2", "x-mine": "1"}
    opened.channel.close()


def test_grpc_channel_leaves_ours_to_us(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Compression of the environment, which the stock exporter may refuse, is not read here; no thread is started."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "deflate")
    before = threading.active_count()
    with caplog.at_level(logging.DEBUG):
        opened = sdk_exporters.open_grpc_channel(
            "logs", endpoint="http://127.0.0.1:9", headers={}, compression="none", user_agent="ours"
        )
    assert threading.active_count() == before
    assert not [found for found in caplog.records if found.name.startswith("opentelemetry")]
    opened.channel.close()


def test_stock_grpc_user_agent() -> None:
    """The stock exporter's User-Agent is among its options for the channel, which can be given others."""
    agent = dict(_OTLP_GRPC_CHANNEL_OPTIONS)["grpc.primary_user_agent"]
    assert agent.startswith("OTel-OTLP-Exporter-Python/")


@pytest.mark.parametrize("name", ["CERTIFICATE", "CLIENT_KEY", "CLIENT_CERTIFICATE"])
@pytest.mark.parametrize("signal", ["", "LOGS_"])
def test_grpc_certificate_file_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, signal: str) -> None:
    """A file that TLS needs and that is not there is an error; without TLS nobody asks for it."""
    authority = tmp_path / "authority.pem"
    trustme.CA().cert_pem.write_to_path(authority)
    monkeypatch.setenv(f"OTEL_EXPORTER_OTLP_{signal}CERTIFICATE", str(authority))
    monkeypatch.setenv(f"OTEL_EXPORTER_OTLP_{signal}{name}", str(tmp_path / "missing.pem"))
    options: dict[str, Any] = {"headers": {}, "compression": "gzip", "user_agent": "ours"}
    with pytest.raises(FileNotFoundError, match=r"missing\.pem"):
        sdk_exporters.open_grpc_channel("logs", endpoint="https://127.0.0.1:9", **options)
    sdk_exporters.open_grpc_channel("logs", endpoint="http://127.0.0.1:9", **options).channel.close()
