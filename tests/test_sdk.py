"""The private names of OpenTelemetry that `_sdk.py` relies on exist and behave as it needs."""

from __future__ import annotations

import logging
import threading
from operator import attrgetter
from pathlib import Path

import pytest
import requests
from opentelemetry import context
from opentelemetry.context import _SUPPRESS_HTTP_INSTRUMENTATION_KEY, _SUPPRESS_INSTRUMENTATION_KEY
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk import _shared_internal

from clippy_otel import _sdk

ENDPOINT = "http://127.0.0.1:9/v1/logs"
KEYS = (_SUPPRESS_INSTRUMENTATION_KEY, _SUPPRESS_HTTP_INSTRUMENTATION_KEY)


def suppressed() -> list[object]:
    """Return what the current context says of each key."""
    return [context.get_value(key) for key in KEYS]


def test_suppression_key_is_the_sdks() -> None:
    """The key that suppresses instrumentation is the one that the SDK's own processors set while they export."""
    assert attrgetter("_SUPPRESS_INSTRUMENTATION_KEY")(_shared_internal) == KEYS[0]
    assert KEYS[0] != KEYS[1]


def test_instrumentation_suppressed() -> None:
    """Both keys are set inside the block, what else the context holds stays, and nothing is left behind."""
    token = context.attach(context.set_value("mine", 1))
    try:
        with _sdk.instrumentation_suppressed():
            assert suppressed() == [True, True]
            assert context.get_value("mine") == 1
            with _sdk.instrumentation_suppressed():
                assert suppressed() == [True, True]
            assert suppressed() == [True, True]
        assert suppressed() == [None, None]
    finally:
        context.detach(token)


def test_suppression_ends_with_an_exception() -> None:
    """An exception ends the block like any other."""
    with pytest.raises(KeyError), _sdk.instrumentation_suppressed():
        raise KeyError
    assert suppressed() == [None, None]


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
    opened = _sdk.open_http_session("logs", endpoint=ENDPOINT, headers={"X-Mine": "1"})
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
        opened = _sdk.open_http_session("logs", endpoint=ENDPOINT, headers={})
    assert not caplog.records
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
    assert "content-encoding" not in _sdk.open_http_session("logs", endpoint=ENDPOINT, headers={}).headers
    assert "content-encoding" not in opened.headers


def test_http_session_starts_nothing() -> None:
    """Building the exporter starts no thread that would have to be shut down: its session is all there is to close."""
    before = threading.active_count()
    _sdk.open_http_session("logs", endpoint=ENDPOINT, headers={}).session.close()
    assert threading.active_count() == before


def test_unknown_credential_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    """A credential provider that is not installed is an error, not a session without credentials."""
    monkeypatch.setenv("OTEL_PYTHON_EXPORTER_OTLP_HTTP_CREDENTIAL_PROVIDER", "missing")
    with pytest.raises(RuntimeError, match="missing"):
        _sdk.open_http_session("logs", endpoint=ENDPOINT, headers={})
