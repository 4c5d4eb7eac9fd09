"""What OTEL_EXPORTER_OTLP_* says holds for all three signals, over HTTP and gRPC, with a real Collector."""

from __future__ import annotations

import contextlib
import threading

import pytest

from tests._collector import Collector
from tests.wire._relay import Relay
from tests.wire._sides import TRANSPORTS, Side, endpoint_of, make_ours

GENERAL, SIGNALS = "OTEL_EXPORTER_OTLP_", ("TRACES", "LOGS", "METRICS")
TEXT = "x" * 2000
TOKEN = "open-sesame"
pytestmark = pytest.mark.parametrize("transport", TRANSPORTS)


def record(side: Side, signal: str) -> None:
    """Record something of one signal."""
    if signal == "TRACES":
        side.tracer_provider.get_tracer("lib").start_span("span", attributes={"text": TEXT}).end()
    elif signal == "LOGS":
        side.logger_provider.get_logger("lib").emit(body=TEXT)
    else:
        side.meter_provider.get_meter("lib").create_counter("counter").add(1, {"text": TEXT})


def record_all(side: Side) -> None:
    """Record something of each signal."""
    for signal in SIGNALS:
        record(side, signal)


def assert_arrived(collector: Collector, *, times: int = 1) -> None:
    """Wait for what record_all() has recorded so many times."""
    collector.wait_for(collector.spans, lambda spans: len(spans) >= times)
    collector.wait_for_logs(times)
    collector.wait_for(collector.metrics, lambda metrics: len(metrics) >= times)


def test_each_signal_goes_where_its_own_variable_says(
    collector: Collector, transport: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OTEL_EXPORTER_OTLP_TRACES_ENDPOINT and its like come before the general one."""
    endpoint = endpoint_of(collector, transport)
    paths = {"TRACES": "/v1/traces", "METRICS": "/v1/metrics"} if transport == "http" else {}
    with contextlib.ExitStack() as relays:
        by_signal = {signal: relays.enter_context(Relay(endpoint)) for signal in SIGNALS}
        monkeypatch.setenv(f"{GENERAL}ENDPOINT", by_signal["LOGS"].url)
        for signal in ("TRACES", "METRICS"):
            monkeypatch.setenv(f"{GENERAL}{signal}_ENDPOINT", by_signal[signal].url + paths.get(signal, ""))
        ours = make_ours(transport)
        for number, signal in enumerate(SIGNALS, start=1):
            record(ours, signal)
            assert ours.flush().ok
            assert [by_signal[other].connections for other in SIGNALS[:number]] == [1] * number
            assert [by_signal[other].connections for other in SIGNALS[number:]] == [0] * (3 - number)
        assert ours.shutdown().ok
    assert_arrived(collector)


@pytest.mark.parametrize("variable", ["COMPRESSION", "TRACES_COMPRESSION"])
@pytest.mark.parametrize("compression", ["none", "gzip", None])
def test_what_is_sent_is_compressed_as_it_is_said(
    collector: Collector, transport: str, monkeypatch: pytest.MonkeyPatch, compression: str | None, variable: str
) -> None:
    """The Collector reads it, and the signal's own variable comes before the general one; without a word it is gzip."""
    if compression is not None:
        monkeypatch.setenv(f"{GENERAL}COMPRESSION", "gzip" if compression == "none" else "none")
        monkeypatch.setenv(GENERAL + variable, compression)
    with Relay(endpoint_of(collector, transport)) as relay:
        ours = make_ours(transport, relay.url)
        record(ours, "TRACES")
        assert ours.flush().ok
        assert (TEXT.encode() in relay.sent) == (compression == "none")
        record_all(ours)
        assert ours.shutdown().ok
    assert_arrived(collector)


def test_deflate(
    collector: Collector, transport: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Over HTTP the Collector reads it; over gRPC it would refuse everything, so that we warn and compress by gzip."""
    monkeypatch.setenv(f"{GENERAL}COMPRESSION", "deflate")
    with Relay(endpoint_of(collector, transport)) as relay:
        ours = make_ours(transport, relay.url)
        record_all(ours)
        assert ours.shutdown().ok
        assert TEXT.encode() not in relay.sent
    assert_arrived(collector)
    assert ("must be one of none, gzip" in caplog.text) == (transport == "grpc")


@pytest.mark.parametrize("collector", [TOKEN], indirect=True)
@pytest.mark.parametrize("own", [True, False])
def test_headers_let_us_in(collector: Collector, transport: str, monkeypatch: pytest.MonkeyPatch, *, own: bool) -> None:
    """A Collector that asks for a token gets it, from the signal's own variable where there is one."""
    monkeypatch.setenv(f"{GENERAL}HEADERS", f"Authorization=Bearer%20{'wrong' if own else TOKEN}")
    for signal in SIGNALS if own else ():
        monkeypatch.setenv(f"{GENERAL}{signal}_HEADERS", f"authorization=Bearer%20{TOKEN},x-other=1")
    ours = make_ours(transport, endpoint_of(collector, transport))
    record_all(ours)
    assert ours.shutdown().ok
    assert_arrived(collector)


@pytest.mark.parametrize("collector", [TOKEN], indirect=True)
def test_the_token_is_asked_for(collector: Collector, transport: str, caplog: pytest.LogCaptureFixture) -> None:
    """The control: with another token everything is rejected, booked, and said without the token."""
    ours = make_ours(transport, endpoint_of(collector, transport), headers={"authorization": "Bearer my-secret"})
    record_all(ours)
    result = ours.shutdown()
    assert (result.ok, result.exported) == (False, 0)
    assert result.rejected >= 3  # one of each signal, and what we say of them
    assert "rejected 1 of 1" in caplog.text
    assert "my-secret" not in caplog.text


@pytest.mark.parametrize("variable", ["TIMEOUT", "TRACES_TIMEOUT"])
def test_a_request_takes_no_longer_than_is_said(
    collector: Collector, transport: str, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """OTEL_EXPORTER_OTLP_TIMEOUT, in seconds: a peer that says nothing is given up and tried again long before 10 s."""
    monkeypatch.setenv(GENERAL + variable, "0.2")
    with Relay(endpoint_of(collector, transport), holds=True) as relay:
        ours = make_ours(transport, relay.url)
        record(ours, "TRACES")
        flushing = threading.Thread(target=ours.flush, args=(9000,), daemon=True)
        flushing.start()
        relay.wait_for_connections(2)
        relay.release()
        flushing.join()
        assert ours.shutdown().ok
        collector.wait_for(collector.spans, lambda spans: len(spans) == 1)


def test_the_protocol_is_the_transport(collector: Collector, transport: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """OTEL_EXPORTER_OTLP_PROTOCOL chooses where nothing else does."""
    monkeypatch.setenv(f"{GENERAL}PROTOCOL", "grpc" if transport == "grpc" else "http/protobuf")
    monkeypatch.setenv(f"{GENERAL}ENDPOINT", endpoint_of(collector, transport))
    ours = make_ours()
    record_all(ours)
    assert ours.shutdown().ok
    assert_arrived(collector)
