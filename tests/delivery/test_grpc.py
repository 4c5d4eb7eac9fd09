"""OTLP over gRPC against a real peer on loopback: what is sent, and what is made of the answers."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import grpc  # type: ignore[import-untyped]
import pytest
from google.rpc.error_details_pb2 import RetryInfo  # type: ignore[import-untyped]
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]
from opentelemetry import context
from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

import clippy_otel
from clippy_otel import _guard
from clippy_otel._sdk import exporters as sdk_exporters
from clippy_otel._version import __version__
from clippy_otel.delivery.grpc import GrpcTransport
from clippy_otel.ports import Outcome, Signal, Transport, Verdict
from tests._certificates import Certificates, make_certificates
from tests._collector import Collector
from tests._grpc_peer import GZIP, IDENTITY, Call, Peer, Reply, accept, fail
from tests._requests import record, request
from tests._sinks import Reception, Sink, unreachable

DATA = b"one request, encoded: " + bytes(range(256)) * 8
DELIVERED = Outcome(Verdict.DELIVERED)
ABORTED = Outcome(Verdict.RETRY, message="aborted")
DEADLINE = Outcome(Verdict.RETRY, message="DEADLINE_EXCEEDED: Deadline Exceeded")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Make one authority for this module."""
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def transports() -> Iterator[Callable[..., GrpcTransport]]:
    """Return how to make a transport to a peer; all are closed in the end."""
    made: list[GrpcTransport] = []

    def make(peer: Peer | Sink | str, signal: Signal = "logs", **options: Any) -> GrpcTransport:
        transport = GrpcTransport(signal, endpoint=peer if isinstance(peer, str) else peer.url, **options)
        made.append(transport)
        return transport

    yield make
    for transport in made:
        transport.close()


def deliver(transport: Transport, data: bytes = DATA, timeout_s: float = 5.0) -> Outcome:
    """Prepare and send one request."""
    return transport.send(transport.prepare(data), timeout_s)


def outcome_of(reply: Reply, data: bytes = DATA, *, headers: Mapping[str, str] | None = None) -> Outcome:
    """Return what is made of one reply."""
    with Peer(reply) as peer:
        transport = GrpcTransport("logs", endpoint=peer.url, headers=headers)
        outcome = deliver(transport, data)
        transport.close()
    return outcome


def hang(peers: list[Peer]) -> Reply:
    """Return a reply that does not come before its peer, to be added to the list, ends."""

    def reply(_: Call, __: Any) -> bytes:
        peers[0].ending.wait()
        return b""

    return reply


@pytest.fixture
def silent() -> Iterator[Peer]:
    """Run a peer that takes calls and does not answer them."""
    peers: list[Peer] = []
    with Peer(hang(peers)) as peer:
        peers.append(peer)
        yield peer


def test_delivered(transports: Callable[..., GrpcTransport]) -> None:
    """A request arrives as one call of the logs service with the bytes that were given."""
    with Peer() as peer:
        transport: Transport = transports(peer)
        assert transport.limits_payload
        assert deliver(transport) == DELIVERED
    (call,) = peer.calls
    assert (call.method, call.body) == ("/opentelemetry.proto.collector.logs.v1.LogsService/Export", DATA)
    agent = str(call.metadata["user-agent"])
    assert agent.startswith("OTel-OTLP-Exporter-Python/1.")
    assert f" clippy_otel/{__version__} " in agent


@pytest.mark.parametrize(
    "signal, name, service, answer",
    [
        ("logs", "LOGS", "logs.v1.LogsService", ExportLogsServiceResponse()),
        ("spans", "TRACES", "trace.v1.TraceService", ExportTraceServiceResponse()),
        ("metrics", "METRICS", "metrics.v1.MetricsService", ExportMetricsServiceResponse()),
    ],
)
def test_signals(
    monkeypatch: pytest.MonkeyPatch,
    transports: Callable[..., GrpcTransport],
    signal: Signal,
    name: str,
    service: str,
    answer: Any,
) -> None:
    """Each signal has its own service, its own variables and its own count of rejected records."""
    for other in {"LOGS", "TRACES", "METRICS"} - {name}:
        monkeypatch.setenv(f"OTEL_EXPORTER_OTLP_{other}_HEADERS", "x-mine=other")
        monkeypatch.setenv(f"OTEL_EXPORTER_OTLP_{other}_COMPRESSION", "deflate")
    monkeypatch.setenv(f"OTEL_EXPORTER_OTLP_{name}_HEADERS", "x-mine=own")
    setattr(answer.partial_success, answer.partial_success.DESCRIPTOR.fields[0].name, 3)
    answer.partial_success.error_message = "too old"
    with Peer(lambda _, __: answer.SerializeToString(), compression_algorithms=IDENTITY | GZIP) as peer:
        outcome = deliver(transports(peer, signal, headers={"x-ours": "argument"}))
    assert outcome == Outcome(Verdict.DELIVERED, rejected=3, message="too old")
    assert peer.calls[0].method == f"/opentelemetry.proto.collector.{service}/Export"
    assert (peer.calls[0].metadata["x-mine"], peer.calls[0].metadata["x-ours"]) == ("own", "argument")


def test_headers_from_environment(monkeypatch: pytest.MonkeyPatch, transports: Callable[..., GrpcTransport]) -> None:
    """The environment's headers are sent, percent-decoded; those of the argument take their place, in any case."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-unused=general")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_LOGS_HEADERS", "api-key=a%20key,x-tenant=env")
    with Peer() as peer:
        assert deliver(transports(peer, headers={"X-Tenant": "argument"})) == DELIVERED
    metadata = peer.calls[0].metadata
    assert (metadata["api-key"], metadata["x-tenant"]) == ("a key", "argument")
    assert "x-unused" not in metadata


def test_own_user_agent(transports: Callable[..., GrpcTransport]) -> None:
    """A User-Agent that the application has set comes in place of ours; gRPC's own follows it."""
    with Peer() as peer:
        deliver(transports(peer, headers={"User-Agent": "theirs/1"}))
    assert str(peer.calls[0].metadata["user-agent"]).startswith("theirs/1 grpc-python/")


@pytest.mark.parametrize(
    "variables, algorithm",
    [
        ({}, GZIP),
        ({"COMPRESSION": " GZIP "}, GZIP),
        ({"COMPRESSION": "none"}, IDENTITY),
        ({"COMPRESSION": "gzip", "LOGS_COMPRESSION": "none"}, IDENTITY),
        ({"COMPRESSION": "none", "LOGS_COMPRESSION": "deflate"}, IDENTITY),  # many receivers know only gzip
        ({"COMPRESSION": "zstd"}, GZIP),
    ],
)
def test_compression(
    monkeypatch: pytest.MonkeyPatch, transports: Callable[..., GrpcTransport], variables: dict[str, str], algorithm: int
) -> None:
    """Requests go compressed with gzip unless the environment says otherwise; what it says wrong does not count."""
    for name, value in variables.items():
        monkeypatch.setenv(f"OTEL_EXPORTER_OTLP_{name}", value)
    with Peer(compression_algorithms=IDENTITY | algorithm) as peer:
        assert transports(peer).prepare(DATA) == DATA
        assert deliver(transports(peer)) == DELIVERED
        assert peer.calls[0].body == DATA
    with Peer(compression_algorithms=IDENTITY) as peer:
        verdict = deliver(transports(peer)).verdict
    assert verdict is (Verdict.DELIVERED if algorithm == IDENTITY else Verdict.REFUSED)


@pytest.mark.parametrize("answer", [b"", b"\xff\xff\xff"])
def test_success_without_words(answer: bytes) -> None:
    """The status OK is a delivery, whatever the message beside it."""
    assert outcome_of(lambda _, __: answer) == DELIVERED


@pytest.mark.parametrize(
    "code", ["CANCELLED", "DEADLINE_EXCEEDED", "ABORTED", "OUT_OF_RANGE", "UNAVAILABLE", "DATA_LOSS"]
)
def test_retryable(code: str) -> None:
    """What OTLP calls retryable is, in the peer's words."""
    assert outcome_of(fail(grpc.StatusCode[code], "not\nnow")) == Outcome(Verdict.RETRY, message=f"{code}: not now")


@pytest.mark.parametrize(
    "code",
    [
        *("UNKNOWN", "INVALID_ARGUMENT", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED"),
        *("FAILED_PRECONDITION", "UNIMPLEMENTED", "INTERNAL", "UNAUTHENTICATED"),
    ],
)
def test_refused(code: str) -> None:
    """Every other status is permanent, an exhausted peer that does not say how long to wait among them."""
    assert outcome_of(fail(grpc.StatusCode[code], "no")) == Outcome(Verdict.REFUSED, message=f"{code}: no")


@pytest.mark.parametrize("code", ["RESOURCE_EXHAUSTED", "UNAVAILABLE"])
def test_retry_info(code: str) -> None:
    """A busy peer's wish to wait is passed on, and makes an exhausted one worth another try."""
    retry, status = RetryInfo(), Status(code=8)
    retry.retry_delay.FromMilliseconds(1500)
    status.details.add().Pack(retry)
    outcome = outcome_of(fail(grpc.StatusCode[code], "busy", status.SerializeToString()))
    assert outcome == Outcome(Verdict.RETRY, retry_after_s=1.5, message=f"{code}: busy")


def test_too_large() -> None:
    """A request that is larger than a peer takes asks for smaller ones: 4 MiB, decompressed, is gRPC's own limit."""
    outcome = outcome_of(accept, bytes(5_000_000))
    assert outcome.verdict is Verdict.TOO_LARGE
    assert "larger than max" in outcome.message


def test_answer_too_large() -> None:
    """An answer that gRPC does not take is none to make requests smaller for."""
    assert outcome_of(lambda _, __: bytes(5_000_000)).verdict is Verdict.REFUSED


def test_no_secret_repeated() -> None:
    """What a peer repeats of the headers is masked."""

    def repeat(call: Call, grpc_context: Any) -> bytes:
        return fail(grpc.StatusCode.UNAUTHENTICATED, f"no: {call.metadata['x-a']!s}")(call, grpc_context)

    outcome = outcome_of(repeat, headers={"x-a": "Bearer h3ader-s3cret"})
    assert outcome == Outcome(Verdict.REFUSED, message="UNAUTHENTICATED: no: ***")


@pytest.mark.parametrize(
    "headers", [{"x-key": "line\nbreak-s3cret"}, {"x:key": "s3cret"}, {"x-key": "s3cret-é"}, {"x-bin": "s3cret"}]
)
def test_impossible_metadata(transports: Callable[..., GrpcTransport], headers: dict[str, str]) -> None:
    """A call that can never be made is refused, without showing what is wrong with it."""
    outcome = deliver(transports("http://127.0.0.1:9", headers=headers))
    assert outcome.verdict is Verdict.REFUSED
    assert outcome.message
    assert "s3cret" not in outcome.message


def test_nobody_there(transports: Callable[..., GrpcTransport]) -> None:
    """A peer that is down is a reason to try again, each time anew: one that has come back is found at once."""
    with Peer() as peer:
        pass
    transport = transports(peer)
    outcome = deliver(transport)
    assert outcome.verdict is Verdict.RETRY
    assert outcome.message.startswith("UNAVAILABLE: ")
    assert outcome.message.endswith("Connection refused")
    with Peer(port=peer.port):
        assert deliver(transport) == DELIVERED


def test_peer_restarted(transports: Callable[..., GrpcTransport]) -> None:
    """A connection that has ended between two requests is not noticed."""
    with Peer() as peer:
        transport = transports(peer)
        assert deliver(transport) == DELIVERED
    with Peer(port=peer.port):
        assert deliver(transport) == DELIVERED


def test_unknown_host(transports: Callable[..., GrpcTransport]) -> None:
    """A host that cannot be resolved is a reason to try again."""
    assert deliver(transports("http://collector.invalid:4317")).verdict is Verdict.RETRY


def test_peer_dies(transports: Callable[..., GrpcTransport]) -> None:
    """A peer that ends during a call has not taken the request."""
    peers: list[Peer] = []

    def die(call: Call, grpc_context: Any) -> bytes:
        del call, grpc_context
        peers[0].die()
        peers[0].ending.wait()
        return b""

    with Peer(die) as peer:
        peers.append(peer)
        outcome = deliver(transports(peer))
    assert outcome.verdict is Verdict.RETRY


def test_not_grpc(transports: Callable[..., GrpcTransport]) -> None:
    """A peer that speaks something else is a reason to try again."""
    with Sink([b"HTTP/1.1 400 Bad Request\r\n\r\n"]) as sink:
        assert deliver(transports(sink)).verdict is Verdict.RETRY


def test_silent_peer(transports: Callable[..., GrpcTransport], silent: Peer) -> None:
    """A peer that does not answer holds a send for its timeout, and no longer; the next one connects anew."""
    transport = transports(silent)
    assert deliver(transport, timeout_s=0.3) == DEADLINE
    assert deliver(transport, timeout_s=0.3) == DEADLINE
    assert len(silent.wait_for(2)) == 2


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("reception", [Reception.UNREAD, Reception.DRIP_READ, Reception.DRIP_HANDSHAKE])
def test_hanging_connection(transports: Callable[..., GrpcTransport], reception: Reception, scheme: str) -> None:
    """A peer that takes the connection and goes no further holds a send for its timeout at most."""
    with Sink(reception=reception) as sink:
        assert deliver(transports(f"{scheme}://127.0.0.1:{sink.port}"), timeout_s=0.3).verdict is Verdict.RETRY


def test_unreachable(transports: Callable[..., GrpcTransport]) -> None:
    """A peer that takes no connection holds a send for its timeout."""
    with unreachable() as url:
        assert deliver(transports(url), timeout_s=0.3) == DEADLINE


def test_own_timeout(transports: Callable[..., GrpcTransport], silent: Peer) -> None:
    """The transport's own timeout bounds every send."""
    assert deliver(transports(silent, timeout_s=0.2), timeout_s=600.0) == DEADLINE


@pytest.mark.parametrize("timeout_s", [0.0, -1.0])
def test_no_time(transports: Callable[..., GrpcTransport], timeout_s: float) -> None:
    """Without time nothing is sent."""
    with Peer() as peer:
        outcome = deliver(transports(peer), timeout_s=timeout_s)
    assert outcome == Outcome(Verdict.RETRY, message="TimeoutError")
    assert not peer.calls


def test_channel_made_too_late(monkeypatch: pytest.MonkeyPatch, transports: Callable[..., GrpcTransport]) -> None:
    """Where making the channel takes all the time, nothing is sent, and the next request finds the channel made."""
    opened: list[sdk_exporters.GrpcChannel] = []
    make = sdk_exporters.open_grpc_channel

    def make_slowly(*args: Any, **options: Any) -> sdk_exporters.GrpcChannel:
        opened.append(make(*args, **options))
        threading.Event().wait(0.05)
        return opened[-1]

    monkeypatch.setattr(sdk_exporters, "open_grpc_channel", make_slowly)
    with Peer() as peer:
        transport = transports(peer)
        assert deliver(transport, timeout_s=0.01) == Outcome(Verdict.RETRY, message="TimeoutError")
        assert not peer.calls
        assert deliver(transport) == DELIVERED
    assert len(opened) == 1


def test_abort(transports: Callable[..., GrpcTransport], silent: Peer) -> None:
    """abort() ends the call in progress and leaves the transport usable."""
    transport = transports(silent)
    outcomes: list[Outcome] = []
    for calls in (1, 2):
        thread = threading.Thread(target=lambda: outcomes.append(deliver(transport, timeout_s=60.0)))
        thread.start()
        silent.wait_for(calls)
        transport.abort()
        thread.join(10)
    assert outcomes == [ABORTED, ABORTED]


def test_abort_while_connecting(transports: Callable[..., GrpcTransport]) -> None:
    """abort() ends a call that waits for its connection."""
    with Sink(reception=Reception.UNREAD) as sink:
        transport = transports(sink)
        outcomes: list[Outcome] = []
        thread = threading.Thread(target=lambda: outcomes.append(deliver(transport, timeout_s=60.0)))
        thread.start()
        sink.wait_for(receptions=1)
        transport.abort()
        thread.join(10)
    assert outcomes == [ABORTED]


def test_abort_without_a_call(transports: Callable[..., GrpcTransport]) -> None:
    """abort() without a request in progress does nothing, before the first one either."""
    with Peer() as peer:
        transport = transports(peer)
        transport.abort()
        assert deliver(transport) == DELIVERED
        transport.abort()
        assert deliver(transport) == DELIVERED


def test_closed_during_a_call(transports: Callable[..., GrpcTransport], silent: Peer) -> None:
    """close() ends the call in progress, and nothing is sent any more."""
    transport = transports(silent)
    outcomes: list[Outcome] = []
    thread = threading.Thread(target=lambda: outcomes.append(deliver(transport, timeout_s=60.0)))
    thread.start()
    silent.wait_for(1)
    transport.close()
    thread.join(10)
    assert outcomes == [ABORTED]
    assert deliver(transport) == Outcome(Verdict.RETRY, message="closed")


def test_closed_during_a_blocking_call(
    monkeypatch: pytest.MonkeyPatch, transports: Callable[..., GrpcTransport], silent: Peer
) -> None:
    """close() ends a call of a system that has no thread left, too."""
    monkeypatch.setattr("clippy_otel.delivery.grpc._threads_can_start", lambda: False)
    transport = transports(silent)
    outcomes: list[Outcome] = []
    thread = threading.Thread(target=lambda: outcomes.append(deliver(transport, timeout_s=60.0)))
    thread.start()
    silent.wait_for(1)
    transport.close()
    thread.join(10)
    assert outcomes == [ABORTED]


def test_closed(transports: Callable[..., GrpcTransport]) -> None:
    """After close() nothing is sent any more; closing again does nothing."""
    with Peer() as peer:
        transport = transports(peer)
        deliver(transport)
        transport.close()
        transport.close()
        assert deliver(transport) == Outcome(Verdict.RETRY, message="closed")
        assert len(peer.calls) == 1


def test_tls(
    monkeypatch: pytest.MonkeyPatch, transports: Callable[..., GrpcTransport], certificates: Certificates
) -> None:
    """The environment's certificate file is what a TLS peer is checked against; without a scheme TLS is the rule."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", str(certificates.authority_file))
    with Peer(pair=certificates.server_pair) as peer:
        assert deliver(transports(peer)) == DELIVERED
        assert deliver(transports(f"127.0.0.1:{peer.port}")) == DELIVERED


def test_tls_client_certificate(
    monkeypatch: pytest.MonkeyPatch, transports: Callable[..., GrpcTransport], certificates: Certificates
) -> None:
    """A client certificate of the environment is shown to a peer that asks for one."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_LOGS_CERTIFICATE", str(certificates.authority_file))
    with Peer(pair=certificates.server_pair, authority=certificates.authority_file.read_bytes()) as peer:
        assert deliver(transports(peer)).verdict is Verdict.RETRY
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_LOGS_CLIENT_CERTIFICATE", str(certificates.client_certificate_file))
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY", str(certificates.client_key_file))
        assert deliver(transports(peer)) == DELIVERED


def test_tls_certificate_not_trusted(transports: Callable[..., GrpcTransport], certificates: Certificates) -> None:
    """A certificate that is not accepted is a reason to try again: it can be renewed, the data not be made again."""
    with Peer(pair=certificates.server_pair) as peer:
        assert deliver(transports(peer)).verdict is Verdict.RETRY
        assert not peer.calls


def test_tls_certificate_file_missing(
    monkeypatch: pytest.MonkeyPatch, transports: Callable[..., GrpcTransport], tmp_path: Path
) -> None:
    """A certificate file that is not there is a reason to try again, and is named: the system's do not stand in."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", str(tmp_path / "missing.pem"))
    outcome = deliver(transports("https://127.0.0.1:9"))
    assert outcome.verdict is Verdict.RETRY
    assert outcome.message == f"FileNotFoundError: No such file or directory: {tmp_path / 'missing.pem'}"


@pytest.mark.parametrize("name", ["OTEL_EXPORTER_OTLP_INSECURE", "OTEL_EXPORTER_OTLP_LOGS_INSECURE"])
def test_insecure(monkeypatch: pytest.MonkeyPatch, transports: Callable[..., GrpcTransport], name: str) -> None:
    """An address without a scheme is spoken to without TLS where the environment says so."""
    with Peer() as peer:
        address = f"127.0.0.1:{peer.port}"
        assert deliver(transports(address), timeout_s=0.5).verdict is Verdict.RETRY
        monkeypatch.setenv(name, "true")
        assert deliver(transports(address)) == DELIVERED


def test_endpoint_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an endpoint the environment's is taken."""
    with Peer() as peer:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", peer.url)
        transport = GrpcTransport("logs")
        assert deliver(transport) == DELIVERED
        transport.close()


@pytest.mark.swallows
def test_credential_provider_fails(monkeypatch: pytest.MonkeyPatch, transports: Callable[..., GrpcTransport]) -> None:
    """A credential provider that fails is a reason to try again, told of by its type, and counted by the guard."""
    monkeypatch.setenv("OTEL_PYTHON_EXPORTER_OTLP_GRPC_CREDENTIAL_PROVIDER", "missing")
    before = _guard.counts().get("grpc channel", 0)
    assert deliver(transports("https://127.0.0.1:9")) == Outcome(Verdict.RETRY, message="RuntimeError")
    assert _guard.counts()["grpc channel"] == before + 1


class Watcher(grpc.UnaryUnaryClientInterceptor):  # type: ignore[misc]
    """Look at the context of the thread in which a call is made, as an instrumentation of gRPC does."""

    def __init__(self) -> None:
        self.seen: list[object] = []

    def intercept_unary_unary(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
        """Note whether instrumentation is suppressed."""
        self.seen.append(context.get_value(_SUPPRESS_INSTRUMENTATION_KEY))
        return continuation(client_call_details, request)


def test_not_instrumented(monkeypatch: pytest.MonkeyPatch, transports: Callable[..., GrpcTransport]) -> None:
    """Instrumentation is suppressed while the channel is made and called, and as it was afterwards."""
    watcher = Watcher()
    module = sys.modules["opentelemetry.exporter.otlp.proto.grpc.exporter"]
    make = module.insecure_channel

    def instrumented(*args: Any, **options: Any) -> Any:
        watcher.seen.append(context.get_value(_SUPPRESS_INSTRUMENTATION_KEY))
        return grpc.intercept_channel(make(*args, **options), watcher)

    monkeypatch.setattr(module, "insecure_channel", instrumented)
    before = context.get_current()
    with Peer() as peer:
        assert deliver(transports(peer)) == DELIVERED
    assert watcher.seen == [True, True]
    assert context.get_current() == before


def test_real_collector(collector: Collector, transports: Callable[..., GrpcTransport]) -> None:
    """The real Collector takes what is sent, and its answer is understood."""
    transport = transports(collector.grpc_endpoint)
    assert deliver(transport, request(record("feature.used"), record("feature.seen"))) == DELIVERED
    assert [log.event_name for log in collector.wait_for_logs(2)] == ["feature.used", "feature.seen"]
    assert deliver(transport, b"\xff\xff").verdict is Verdict.REFUSED


def run(program: str, *arguments: str, **environment: str) -> str:
    """Run a program that ends by itself, and return what it prints."""
    root = Path(clippy_otel.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), *arguments],
        cwd=root,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


AT_EXIT = """
    import atexit, sys, threading
    from clippy_otel.delivery.grpc import GrpcTransport
    transport = GrpcTransport(sys.argv[2], endpoint=sys.argv[1])
    assert "grpc" not in sys.modules
    def refuse(self):
        raise RuntimeError("can't create new thread at interpreter shutdown")
    def deliver():
        threading.Thread.start = refuse
        print(transport.send(b"last words", 5.0).verdict.value)
        transport.close()
    atexit.register(deliver)
"""


@pytest.mark.parametrize("signal", ["logs", "spans", "metrics"])
def test_first_send_at_exit(signal: str) -> None:
    """The first request of a program that has ended is sent, although no thread can be started any more."""
    with Peer() as peer:
        assert run(AT_EXIT, peer.url, signal) == "delivered\n"
    assert [call.body for call in peer.calls] == [b"last words"]


SHORT_PROGRAM = """
    import sys, clippy_otel
    settings = {"endpoint": sys.argv[1], "flush_interval_ms": int(sys.argv[2])}
    telemetry = clippy_otel.configure("shop", transport="grpc", **settings)
    telemetry.collector.track("last words")
    telemetry.tracer.start_span("last work").end()
"""


@pytest.mark.parametrize("interval_ms", ["0", "30000"])
def test_a_short_program_delivers_at_exit(interval_ms: str) -> None:
    """What a program that has ended still holds is delivered, with a worker thread and without one."""
    with Peer() as peer:
        run(SHORT_PROGRAM, peer.url, interval_ms)
    sent = {call.method.rpartition(".")[2]: call.body for call in peer.calls}
    assert b"last words" in sent["LogsService/Export"]
    assert b"last work" in sent["TraceService/Export"]


FORK = """
    import os, sys
    from clippy_otel.delivery.grpc import GrpcTransport
    transport = GrpcTransport("logs", endpoint=sys.argv[1])
    assert transport.send(b"parent", 5.0).verdict.value == "delivered"
    pid = os.fork()
    if pid == 0:
        transport.after_fork()
        outcome = transport.send(b"child", 5.0)
        print(outcome.verdict.value, outcome.message, flush=True)
        transport.close()
        sys.exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    assert transport.send(b"parent again", 5.0).verdict.value == "delivered"
    transport.close()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_fork() -> None:
    """A forked child sends on a channel of its own; the parent's goes on."""
    with Peer() as peer:
        assert run(FORK, peer.url) == "delivered \n"
    parent, child, again = peer.calls
    assert (parent.body, child.body, again.body) == (b"parent", b"child", b"parent again")
    assert again.caller == parent.caller != child.caller


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_fork_without_support() -> None:
    """Where gRPC's handling of forks is switched off, a child does not hang in a call: it makes none."""
    with Peer() as peer:
        printed = run(FORK, peer.url, GRPC_ENABLE_FORK_SUPPORT="0")
    assert printed == "retry gRPC cannot be used in this forked child\n"
    assert [call.body for call in peer.calls] == [b"parent", b"parent again"]


FORK_DURING_A_CALL = """
    import os, sys, threading
    from clippy_otel.delivery.grpc import GrpcTransport
    transport = GrpcTransport("logs", endpoint=sys.argv[1])
    assert transport.send(b"first", 5.0).verdict.value == "delivered"
    thread = threading.Thread(target=lambda: print(transport.send(b"slow", 30.0).verdict.value, flush=True))
    thread.start()
    while transport._call is None:
        pass
    pid = os.fork()
    if pid == 0:
        transport.after_fork()
        print(transport.send(b"child", 5.0).message, flush=True)
        sys.exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    transport.abort()
    thread.join()
    transport.close()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_fork_during_a_call() -> None:
    """A child that is forked while its parent waits for an answer makes no call, which might crash it."""
    peers: list[Peer] = []

    def answer(call: Call, _: Any) -> bytes:
        if call.body == b"slow":
            peers[0].ending.wait()
        return b""

    with Peer(answer) as peer:
        peers.append(peer)
        assert run(FORK_DURING_A_CALL, peer.url) == "gRPC cannot be used in this forked child\nretry\n"


def test_imports_grpc_with_the_first_send() -> None:
    """Constructing a transport does not import gRPC."""
    program = "import sys, clippy_otel.delivery.grpc as g; g.GrpcTransport('logs'); print('grpc' in sys.modules)"
    assert run(program) == "False\n"
