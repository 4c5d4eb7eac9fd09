"""OTLP over HTTP against a real peer on loopback: what is sent, and what is made of the answers."""

from __future__ import annotations

import gzip
import logging
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest
import trustme
from opentelemetry import context
from opentelemetry.context import _SUPPRESS_HTTP_INSTRUMENTATION_KEY, _SUPPRESS_INSTRUMENTATION_KEY
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsPartialSuccess, ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2

from clippy_otel import _guard
from clippy_otel._version import __version__
from clippy_otel.delivery.http import HttpTransport
from clippy_otel.ports import Outcome, Signal, Transport, Verdict
from tests._certificates import Certificates, make_certificates
from tests._sinks import Answer, Fault, Reply, Request, Sink

DATA = b"one request, encoded: " + bytes(range(256)) * 8
DELIVERED = Outcome(Verdict.DELIVERED)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\n"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Make one authority for this module."""
    return make_certificates(tmp_path_factory.mktemp("certificates"))


def transport_to(sink: Sink, **headers: str) -> HttpTransport:
    """Return a transport to a sink, with headers given with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpTransport("logs", endpoint=f"{sink.url}/v1/logs", headers=named)


def deliver(transport: Transport, data: bytes = DATA, timeout_s: float = 5.0) -> Outcome:
    """Prepare and send one request."""
    return transport.send(transport.prepare(data), timeout_s)


def outcome_of(reply: Reply) -> Outcome:
    """Return what is made of one reply."""
    with Sink([reply]) as sink:
        return deliver(transport_to(sink))


def test_delivered() -> None:
    """A request arrives as one POST with OTLP's headers and the bytes that were given."""
    with Sink() as sink:
        transport: Transport = transport_to(sink)
        assert transport.limits_payload
        assert deliver(transport) == DELIVERED
        transport.close()
    (request,) = sink.requests
    assert (request.method, request.path, request.body) == ("POST", "/v1/logs", DATA)
    assert request.headers["content-type"] == "application/x-protobuf"
    assert request.headers["accept-encoding"] == "identity"
    assert request.headers["user-agent"].startswith("OTel-OTLP-Exporter-Python/1.")
    assert request.headers["user-agent"].endswith(f" clippy_otel/{__version__}")


def test_connection_reused() -> None:
    """Requests share one connection."""
    with Sink() as sink:
        transport = transport_to(sink)
        assert [deliver(transport) for _ in range(5)] == [DELIVERED] * 5
        assert {request.connection for request in sink.requests} == {0}


def test_connection_reused_after_refusal() -> None:
    """An answer that is no success leaves its connection usable too."""
    with Sink([Answer(400, b"no" * 50_000), Answer(503), Answer(307)]) as sink:
        transport = transport_to(sink)
        assert [deliver(transport).verdict for _ in range(4)] == [
            Verdict.REFUSED,
            Verdict.RETRY,
            Verdict.REFUSED,
            Verdict.DELIVERED,
        ]
        assert {request.connection for request in sink.requests} == {0}


def test_gzip_by_default() -> None:
    """Requests are compressed with gzip at level 1, without a time, so that equal data gives equal bytes."""
    with Sink() as sink:
        prepared = transport_to(sink).prepare(DATA)
        deliver(transport_to(sink))
    compressor = zlib.compressobj(1, zlib.DEFLATED, 31)
    assert prepared == compressor.compress(DATA) + compressor.flush()
    assert gzip.decompress(prepared) == DATA
    assert prepared[4:8] == bytes(4)  # the time, in gzip's header
    assert sink.requests[0].headers["content-encoding"] == "gzip"


@pytest.mark.parametrize("name", ["OTEL_EXPORTER_OTLP_COMPRESSION", "OTEL_EXPORTER_OTLP_LOGS_COMPRESSION"])
@pytest.mark.parametrize("value, encoding", [("none", None), ("Deflate", "deflate"), (" gzip ", "gzip")])
def test_compression_from_environment(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, encoding: str | None
) -> None:
    """The environment chooses the compression, and the header says so."""
    monkeypatch.setenv(name, value)
    with Sink() as sink:
        assert deliver(transport_to(sink, content_encoding="br")) == DELIVERED
    assert sink.requests[0].headers.get("content-encoding") == encoding
    assert sink.requests[0].body == DATA


def test_compression_of_the_signal(monkeypatch: pytest.MonkeyPatch) -> None:
    """The signal's own variable comes before the general one."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_LOGS_COMPRESSION", "none")
    with Sink() as sink:
        assert transport_to(sink).prepare(DATA) == DATA


def test_unknown_compression(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """A compression that is not known is warned about and ignored, as OpenTelemetry asks."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd")
    with Sink() as sink:
        assert gzip.decompress(transport_to(sink).prepare(DATA)) == DATA
    assert "OTEL_EXPORTER_OTLP_COMPRESSION" in caplog.text


def test_headers_from_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment's headers are sent, percent-decoded; those of the argument take their place."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-unused=general")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_LOGS_HEADERS", "api-key=a%20key,x-tenant=env")
    with Sink() as sink:
        deliver(transport_to(sink, X_Tenant="argument"))
    headers = sink.requests[0].headers
    assert (headers["api-key"], headers["x-tenant"]) == ("a key", "argument")
    assert "x-unused" not in headers


def test_own_user_agent() -> None:
    """A User-Agent that the application has set is sent as it is."""
    with Sink() as sink:
        deliver(transport_to(sink, User_Agent="theirs/1"))
    assert sink.requests[0].headers["user-agent"] == "theirs/1"


def test_proxy_from_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests go through the environment's proxy."""
    with Sink() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        transport = HttpTransport("logs", endpoint="http://collector.invalid/v1/logs")
        assert [deliver(transport), deliver(transport)] == [DELIVERED, DELIVERED]
    assert proxy.requests[0].path == "http://collector.invalid/v1/logs"
    assert {request.connection for request in proxy.requests} == {0}


def test_partial_success() -> None:
    """What the backend has rejected of a request is counted, with its words."""
    success = ExportLogsPartialSuccess(rejected_log_records=2, error_message="too old")
    body = ExportLogsServiceResponse(partial_success=success).SerializeToString()
    outcome = outcome_of(Answer(200, body, {"content-type": "application/x-protobuf"}))
    assert outcome == Outcome(Verdict.DELIVERED, rejected=2, message="too old")


def test_chunked_partial_success() -> None:
    """An answer in chunks is read like any other."""
    success = ExportLogsPartialSuccess(rejected_log_records=2)
    body = ExportLogsServiceResponse(partial_success=success).SerializeToString()
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
    assert outcome_of(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks).rejected == 2


def test_answer_ended_by_its_connection() -> None:
    """An answer that does not say its length ends with its connection."""
    success = ExportLogsPartialSuccess(rejected_log_records=2)
    assert (
        outcome_of(HEAD + b"\r\n" + ExportLogsServiceResponse(partial_success=success).SerializeToString()).rejected
        == 2
    )


def test_long_answer() -> None:
    """An answer longer than what is kept of it is read to its end, and its connection used again."""
    with Sink([Answer(200, bytes(300_000), {"content-type": "application/x-protobuf"})]) as sink:
        transport = transport_to(sink)
        assert [deliver(transport), deliver(transport)] == [DELIVERED, DELIVERED]
        assert {request.connection for request in sink.requests} == {0}


def test_retry_after() -> None:
    """A busy peer's wish to wait is passed on."""
    outcome = outcome_of(Answer(503, b"", {"retry-after": "12"}, reason="Busy"))
    assert outcome == Outcome(Verdict.RETRY, retry_after_s=12.0, message="503 Busy")


def test_too_large() -> None:
    """413 asks for smaller requests."""
    assert outcome_of(Answer(413)).verdict is Verdict.TOO_LARGE


def test_too_large_cut_off() -> None:
    """413 counts although the rest of the answer is lost."""
    assert outcome_of(b"HTTP/1.1 413 Too Large\r\nContent-Length: 10\r\n\r\nhalf.").verdict is Verdict.TOO_LARGE


def test_redirect() -> None:
    """A redirect is not followed: the request would go to whom nobody has configured."""
    with Sink() as elsewhere, Sink([Answer(307, headers={"Location": elsewhere.url}, reason="Elsewhere")]) as sink:
        assert deliver(transport_to(sink)) == Outcome(Verdict.REFUSED, message="307 Elsewhere")
    assert not elsewhere.requests


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"\x00\x01 this is not HTTP\r\n\r\n",
        b"HTTP/1.1 200",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 OK 200\r\n\r\n",
        HEAD + b"Content-Length: 10\r\n\r\nhalf.",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\na\r\nhalf.",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nnot a number\r\nx\r\n",
        b"HTTP/1.1 400 No\r\nContent-Length: 10\r\n\r\nhalf.",
        Fault.RESET,
    ],
)
def test_incomplete_answer(reply: Reply) -> None:
    """An answer that is cut off or no HTTP is no delivery, and no refusal: the same request goes again."""
    outcome = outcome_of(reply)
    assert (outcome.verdict, outcome.rejected, outcome.retry_after_s) == (Verdict.RETRY, 0, None)
    assert outcome.message


def test_nobody_there() -> None:
    """A peer that is down is a reason to try again, in the operating system's words."""
    with Sink() as sink:
        pass
    outcome = deliver(transport_to(sink))
    assert outcome == Outcome(Verdict.RETRY, message="ConnectionRefusedError: Connection refused")


def test_unknown_host() -> None:
    """A host that cannot be resolved is a reason to try again."""
    outcome = deliver(HttpTransport("logs", endpoint="http://collector.invalid/v1/logs"))
    assert outcome.verdict is Verdict.RETRY
    assert outcome.message.startswith("gaierror: ")


def test_tls(monkeypatch: pytest.MonkeyPatch, certificates: Certificates) -> None:
    """The environment's certificate file is what a TLS peer is checked against, and the connection is kept."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", str(certificates.authority_file))
    with Sink(tls=certificates.server) as sink:
        transport = transport_to(sink)
        assert [deliver(transport), deliver(transport, DATA * 500)] == [DELIVERED, DELIVERED]
    assert {request.connection for request in sink.requests} == {0}
    assert sink.requests[1].body == DATA * 500


def test_tls_client_certificate(monkeypatch: pytest.MonkeyPatch, certificates: Certificates) -> None:
    """A client certificate of the environment is shown to a peer that asks for one."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", str(certificates.authority_file))
    with Sink(tls=certificates.strict_server) as sink:
        assert deliver(transport_to(sink)).verdict is Verdict.RETRY
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", str(certificates.client_certificate_file))
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY", str(certificates.client_key_file))
        assert deliver(transport_to(sink)) == DELIVERED


def test_tls_certificate_not_trusted(certificates: Certificates) -> None:
    """A certificate that is not accepted is a reason to try again: it can be renewed, the data not be made again."""
    with Sink(tls=certificates.server) as sink:
        outcome = deliver(transport_to(sink))
    assert outcome.verdict is Verdict.RETRY
    assert outcome.message.startswith("TLS certificate not accepted: ")
    assert not sink.requests


def test_tls_certificate_file_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A certificate file that is not there is a reason to try again, and is named."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", str(tmp_path / "missing.pem"))
    outcome = deliver(HttpTransport("logs", endpoint="https://127.0.0.1:9/v1/logs"))
    assert outcome.verdict is Verdict.RETRY
    assert "missing.pem" in outcome.message


def test_tls_file_before_the_bundle_of_requests(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, certificates: Certificates
) -> None:
    """OpenTelemetry's certificate file comes before the bundle that requests takes for all its sessions."""
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "other.pem"))
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", str(certificates.authority_file))
    with Sink(tls=certificates.server) as sink:
        assert deliver(transport_to(sink)) == DELIVERED


def test_plain_peer_behind_https() -> None:
    """A peer that does not speak TLS is a reason to try again."""
    with Sink([b"HTTP/1.1 400 Bad Request\r\n\r\n"]) as sink:
        outcome = deliver(HttpTransport("logs", endpoint=f"https://127.0.0.1:{sink.port}/v1/logs"), timeout_s=0.5)
    assert outcome.verdict is Verdict.RETRY


@pytest.mark.parametrize(
    "endpoint, headers",
    [
        ("http://", {}),
        ("no-scheme", {}),
        ("ftp://127.0.0.1/v1/logs", {}),
        ("http://127.0.0.1:99999999/v1/logs", {}),
        ("http://127.0.0.1:9/v1/logs", {"x-key": "line\nbreak-s3cret"}),
        ("http://127.0.0.1:9/v1/logs", {"x-key:": "s3cret"}),
        ("http://127.0.0.1:9/v1/logs", {"x-key": " s3cret"}),
        (f"http://{'a' * 64}.invalid/v1/logs?token=s3cret", {}),
    ],
)
def test_impossible_request(endpoint: str, headers: dict[str, str]) -> None:
    """A request that can never be made is refused, without showing what is wrong with it."""
    outcome = deliver(HttpTransport("logs", endpoint=endpoint, headers=headers))
    assert outcome.verdict is Verdict.REFUSED
    assert outcome.message
    assert "s3cret" not in outcome.message


def test_header_that_cannot_be_encoded() -> None:
    """A header outside of latin-1 is refused like other impossible ones."""
    with Sink() as sink:
        assert deliver(transport_to(sink, x_key="密钥")) == Outcome(Verdict.REFUSED, message="UnicodeEncodeError")


def test_no_secret_repeated() -> None:
    """What a peer repeats of headers, user info and query is masked."""

    def repeat(request: Request) -> Answer:
        return Answer(401, f"{request.path} {dict(request.headers)}".encode(), {"content-type": "text/plain"})

    with Sink(repeat) as sink:
        endpoint = f"http://user:pass-w0rd@127.0.0.1:{sink.port}/v1/logs?token=t0ken-s3cret"
        outcome = deliver(HttpTransport("logs", endpoint=endpoint, headers={"x-a": "Bearer h3ader-s3cret"}))
    basic = sink.requests[0].headers["authorization"].partition(" ")[2]
    assert outcome.verdict is Verdict.REFUSED
    assert "/v1/logs?***" in outcome.message
    for secret in ("pass-w0rd", "t0ken", "s3cret", basic):
        assert secret not in outcome.message


def test_no_secret_in_a_failure() -> None:
    """A connection that fails is told of without user info and query."""
    with Sink() as sink:
        pass
    endpoint = f"http://user:pass-w0rd@127.0.0.1:{sink.port}/v1/logs?token=t0ken"
    outcome = deliver(HttpTransport("logs", endpoint=endpoint))
    assert outcome.message == "ConnectionRefusedError: Connection refused"


def test_not_instrumented() -> None:
    """Instrumentation is suppressed while a request is made, and as it was afterwards."""
    seen: list[tuple[object, ...]] = []

    class Watcher(logging.Handler):
        """Look at the context of the thread in which urllib3 is at work: it logs what it does."""

        def emit(self, record: logging.LogRecord) -> None:
            del record
            keys = (_SUPPRESS_INSTRUMENTATION_KEY, _SUPPRESS_HTTP_INSTRUMENTATION_KEY)
            seen.append(tuple(context.get_value(key) for key in keys))

    urllib3_logger = logging.getLogger("urllib3.connectionpool")
    watcher, level = Watcher(), urllib3_logger.level
    urllib3_logger.addHandler(watcher)
    urllib3_logger.setLevel(logging.DEBUG)
    before = context.get_current()
    try:
        with Sink() as sink:
            deliver(transport_to(sink))
    finally:
        urllib3_logger.removeHandler(watcher)
        urllib3_logger.setLevel(level)
    assert seen
    assert set(seen) == {(True, True)}
    assert context.get_current() == before


def test_closed() -> None:
    """After close() nothing is sent any more; closing again does nothing."""
    with Sink() as sink:
        transport = transport_to(sink)
        deliver(transport)
        transport.close()
        transport.close()
        assert deliver(transport) == Outcome(Verdict.RETRY, message="closed")
        assert len(sink.requests) == 1


def test_closed_before_use() -> None:
    """A transport that was never used can be closed."""
    HttpTransport("logs", endpoint="http://127.0.0.1:9/v1/logs").close()


def test_own_timeout() -> None:
    """The transport's own timeout bounds every send."""
    with Sink([Fault.SILENT]) as sink:
        transport = HttpTransport("logs", endpoint=sink.url, timeout_s=0.2)
        assert deliver(transport, timeout_s=600.0).verdict is Verdict.RETRY


@pytest.mark.parametrize("timeout_s", [0.0, -1.0])
def test_no_time(timeout_s: float) -> None:
    """Without time nothing is sent."""
    with Sink() as sink:
        assert deliver(transport_to(sink), timeout_s=timeout_s) == Outcome(Verdict.RETRY, message="TimeoutError")
        assert sink.connections == 0


@pytest.mark.parametrize(
    "signal, name, partial_success",
    [
        ("logs", "LOGS", logs_service_pb2.ExportLogsServiceResponse),
        ("spans", "TRACES", trace_service_pb2.ExportTraceServiceResponse),
        ("metrics", "METRICS", metrics_service_pb2.ExportMetricsServiceResponse),
    ],
)
def test_signals(
    monkeypatch: pytest.MonkeyPatch, certificates: Certificates, signal: Signal, name: str, partial_success: Any
) -> None:
    """Each signal has its own variables for compression, headers and TLS, and its own count of rejected records."""
    for other in {"LOGS", "TRACES", "METRICS"} - {name}:
        monkeypatch.setenv(f"OTEL_EXPORTER_OTLP_{other}_COMPRESSION", "none")
        monkeypatch.setenv(f"OTEL_EXPORTER_OTLP_{other}_HEADERS", "x-mine=other")
        monkeypatch.setenv(f"OTEL_EXPORTER_OTLP_{other}_CERTIFICATE", "missing.pem")
    monkeypatch.setenv(f"OTEL_EXPORTER_OTLP_{name}_COMPRESSION", "deflate")
    monkeypatch.setenv(f"OTEL_EXPORTER_OTLP_{name}_HEADERS", "x-mine=own")
    monkeypatch.setenv(f"OTEL_EXPORTER_OTLP_{name}_CERTIFICATE", str(certificates.authority_file))
    answer = partial_success()
    setattr(answer.partial_success, answer.partial_success.DESCRIPTOR.fields[0].name, 3)
    reply = Answer(200, answer.SerializeToString(), {"content-type": "application/x-protobuf"})
    with Sink([reply], tls=certificates.server) as sink:
        transport = HttpTransport(signal, endpoint=f"{sink.url}/path", headers={"x-ours": "argument"})
        assert deliver(transport) == Outcome(Verdict.DELIVERED, rejected=3)
    (request,) = sink.requests
    assert (request.path, request.body) == ("/path", DATA)
    assert request.headers["content-encoding"] == "deflate"
    assert (request.headers["x-mine"], request.headers["x-ours"]) == ("own", "argument")
    assert request.headers["user-agent"].endswith(f" clippy_otel/{__version__}")


@pytest.mark.swallows
def test_credential_provider_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """A credential provider that fails is a reason to try again, told of by its type, and counted by the guard."""
    monkeypatch.setenv("OTEL_PYTHON_EXPORTER_OTLP_HTTP_CREDENTIAL_PROVIDER", "missing")
    before = _guard.counts().get("http send", 0)
    with Sink() as sink:
        assert deliver(transport_to(sink)) == Outcome(Verdict.RETRY, message="RuntimeError")
    assert _guard.counts()["http send"] == before + 1


def test_nothing_is_left_open_by_a_flush_at_exit() -> None:
    """A program that ends without a shutdown delivers, and its interpreter has no unclosed socket to warn of."""
    with Sink() as sink:
        code = f"import clippy_otel\nclippy_otel.configure('x', endpoint={sink.url!r}).collector.track('last')"
        command = [sys.executable, "-W", "error", "-X", "dev", "-c", code]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert len(sink.wait_for(1)) >= 1
    assert (done.returncode, done.stderr) == (0, "")
