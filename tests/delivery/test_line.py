"""The line that a request is on: its deadline, cutting it, idle connections that were closed, and forks."""

from __future__ import annotations

import contextlib
import random
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from clippy_otel.delivery import line as lines
from clippy_otel.delivery.http import HttpTransport
from clippy_otel.delivery.line import Line
from clippy_otel.ports import Outcome, Verdict
from tests._certificates import Certificates, make_certificates
from tests._sinks import Answer, Fault, Reception, Request, Sink, unreachable

ROOT: Final = Path(__file__).parents[2]
TIMEOUT_S: Final = 0.5
PATIENCE_S: Final = 5.0  # far above TIMEOUT_S, and far below what a peer that hangs takes
FOR_EVER_S: Final = 600.0
SMALL: Final = b"a few bytes"
# More than what loopback's buffers take of it (some 6 MB), and not compressible.
LARGE: Final = random.Random(1).randbytes(16_000_000)
DELIVERED: Final = Outcome(Verdict.DELIVERED)
ABORTED: Final = Outcome(Verdict.RETRY, message="aborted")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Make one authority for this module."""
    return make_certificates(tmp_path_factory.mktemp("certificates"))


class Hang(NamedTuple):
    """One way for a peer to keep a request waiting."""

    how: Fault | Reception | None  # None: takes no connection
    peer_tls: bool = False
    tls: bool = False  # the client speaks TLS
    data: bytes = SMALL
    via_proxy: bool = False  # the peer is a proxy that is asked for a tunnel


HANGS: Final = {
    "connect": Hang(None),
    "no answer": Hang(Fault.SILENT),
    "header drips": Hang(Fault.DRIP_HEADER),
    "body drips": Hang(Fault.DRIP_BODY),
    "half a body": Hang(Fault.HALF_BODY),
    "body without an end": Hang(Fault.OPEN_END),
    "upload not read": Hang(Reception.UNREAD, data=LARGE),
    "upload read by drops": Hang(Reception.DRIP_READ, data=LARGE),
    "TLS handshake": Hang(Reception.UNREAD, tls=True),
    "TLS handshake drips": Hang(Reception.DRIP_HANDSHAKE, tls=True),
    "TLS no answer": Hang(Fault.SILENT, tls=True, peer_tls=True),
    "TLS header drips": Hang(Fault.DRIP_HEADER, tls=True, peer_tls=True),
    "TLS body drips": Hang(Fault.DRIP_BODY, tls=True, peer_tls=True),
    "TLS half a body": Hang(Fault.HALF_BODY, tls=True, peer_tls=True),
    "TLS body without an end": Hang(Fault.OPEN_END, tls=True, peer_tls=True),
    "TLS upload not read": Hang(Reception.UNREAD, tls=True, peer_tls=True, data=LARGE),
    "TLS upload read by drops": Hang(Reception.DRIP_READ, tls=True, peer_tls=True, data=LARGE),
    "tunnel no answer": Hang(Fault.SILENT, tls=True, via_proxy=True),
    "tunnel header drips": Hang(Fault.DRIP_HEADER, tls=True, via_proxy=True),
}
EVERY_HANG: Final = pytest.mark.parametrize("hang", HANGS.values(), ids=HANGS)


@contextlib.contextmanager
def hanging_peer(
    hang: Hang, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[HttpTransport, Sink | None]]:
    """Start a peer that hangs, and yield a transport to it, without compression, and the sink."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", str(certificates.authority_file))
    if hang.how is None:
        with unreachable() as url:
            yield HttpTransport("logs", endpoint=url), None
        return
    replies = [hang.how] if isinstance(hang.how, Fault) else []
    reception = hang.how if isinstance(hang.how, Reception) else None
    with Sink(replies, reception=reception, tls=certificates.server if hang.peer_tls else None) as sink:
        endpoint = f"{'https' if hang.tls else 'http'}://127.0.0.1:{sink.port}/v1/logs"
        if hang.via_proxy:
            monkeypatch.setenv("https_proxy", sink.url)
            endpoint = "https://collector.invalid/v1/logs"
        yield HttpTransport("logs", endpoint=endpoint), sink


class Sending(threading.Thread):
    """A send() on a thread of its own."""

    def __init__(self, transport: HttpTransport, data: bytes = SMALL) -> None:
        super().__init__(daemon=True)
        self._transport = transport
        self._data = data
        self.outcome: Outcome | None = None
        self.start()

    def run(self) -> None:
        """Send, with all the time in the world."""
        self.outcome = self._transport.send(self._data, FOR_EVER_S)

    def abort_until_it_returns(self) -> None:
        """Abort again and again, as long as patience lasts."""
        give_up = time.monotonic() + PATIENCE_S
        while self.is_alive() and time.monotonic() < give_up:
            self._transport.abort()
            self.join(0.05)

    def result(self) -> Outcome | None:
        """Return the outcome; None where send() has not returned in time."""
        self.join(PATIENCE_S)
        return self.outcome


@EVERY_HANG
def test_deadline(hang: Hang, certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    """send() returns at its deadline, with RETRY, however the peer hangs."""
    with hanging_peer(hang, certificates, monkeypatch) as (transport, _):
        started = time.monotonic()
        outcome = transport.send(hang.data, TIMEOUT_S)
        elapsed_s = time.monotonic() - started
    assert outcome.verdict is Verdict.RETRY
    assert elapsed_s < PATIENCE_S


@EVERY_HANG
def test_abort(hang: Hang, certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    """abort() makes a send() return soon, with RETRY, however the peer hangs."""
    with hanging_peer(hang, certificates, monkeypatch) as (transport, sink):
        sending = Sending(transport, hang.data)
        if sink is None:  # nobody can tell when it has begun to connect
            sending.abort_until_it_returns()
        else:
            is_fault = isinstance(hang.how, Fault)
            sink.wait_for(requests=int(is_fault), receptions=int(not is_fault))
            transport.abort()
        assert sending.result() == ABORTED


def test_deadline_behind_tunnel(certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy's slow answer leaves the TLS handshake behind it what is left of the time, and no more."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", str(certificates.authority_file))

    def slowly(_: Request) -> Answer:
        time.sleep(2.5)
        return Answer()  # then the sink takes the handshake for the beginning of a request, and waits for more

    with Sink(slowly) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        transport = HttpTransport("logs", endpoint="https://collector.invalid/v1/logs")
        started = time.monotonic()
        assert transport.send(SMALL, 3.0).verdict is Verdict.RETRY
        assert time.monotonic() - started < 5  # 5.5 where the handshake got three seconds of its own
    assert proxy.requests[0].method == "CONNECT"


def test_deadline_after_upload(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow upload leaves the answer what is left of the time, and no more."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
    with Sink(reception=Reception.LATE_READ) as sink:
        transport = HttpTransport("logs", endpoint=sink.url)
        started = time.monotonic()
        assert transport.send(LARGE, 1.0).verdict is Verdict.RETRY
        assert time.monotonic() - started < 1.5  # 1.7 where the answer got a second of its own


def test_usable_after_abort() -> None:
    """A request that was cut does no harm to the next one."""
    with Sink([Fault.SILENT]) as sink:
        transport = HttpTransport("logs", endpoint=sink.url)
        sending = Sending(transport)
        sink.wait_for(1)
        transport.abort()
        assert sending.result() == ABORTED
        assert transport.send(SMALL, PATIENCE_S) == DELIVERED


def test_abort_without_request() -> None:
    """abort() with nothing in progress does nothing, not to the next request either."""
    with Sink() as sink:
        transport = HttpTransport("logs", endpoint=sink.url)
        transport.abort()
        assert transport.send(SMALL, PATIENCE_S) == DELIVERED
        transport.abort()
        assert transport.send(SMALL, PATIENCE_S) == DELIVERED
        assert {request.connection for request in sink.requests} == {0}


def test_close_cuts() -> None:
    """close() does not leave a request behind that could still be delivered."""
    with Sink([Fault.SILENT]) as sink:
        transport = HttpTransport("logs", endpoint=sink.url)
        sending = Sending(transport)
        sink.wait_for(1)
        transport.close()
        assert sending.result() == ABORTED


def test_closed_while_idle() -> None:
    """A connection that the peer closed while it was idle is replaced unnoticed."""
    with Sink() as sink:
        transport = HttpTransport("logs", endpoint=sink.url)
        assert transport.send(SMALL, PATIENCE_S) == DELIVERED
        sink.hang_up()
        assert transport.send(SMALL, PATIENCE_S) == DELIVERED
        assert [request.connection for request in sink.requests] == [0, 1]


@pytest.mark.parametrize("how", [b"", Fault.RESET])
def test_closed_at_reuse(how: bytes | Fault) -> None:
    """A connection that turns out to be closed when it is used again is replaced at once."""
    with Sink([Answer(), how]) as sink:
        transport = HttpTransport("logs", endpoint=sink.url)
        assert [transport.send(SMALL, PATIENCE_S) for _ in range(2)] == [DELIVERED, DELIVERED]
        assert [request.connection for request in sink.requests] == [0, 0, 1]


def test_closed_at_reuse_once() -> None:
    """Where the replacement is closed too, it is the peer, not the connection."""
    with Sink([Answer(), b"", b""]) as sink:
        transport = HttpTransport("logs", endpoint=sink.url)
        assert transport.send(SMALL, PATIENCE_S) == DELIVERED
        assert transport.send(SMALL, PATIENCE_S).verdict is Verdict.RETRY
        assert len(sink.requests) == 3


def test_closed_when_fresh() -> None:
    """A fresh connection that is closed without an answer is not replaced: nothing about it was stale."""
    with Sink([b""]) as sink:
        transport = HttpTransport("logs", endpoint=sink.url)
        assert transport.send(SMALL, PATIENCE_S).verdict is Verdict.RETRY
        assert len(sink.requests) == 1


@pytest.mark.parametrize("reply", [b"HTTP/1.1", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", Answer(503)])
def test_answered_at_reuse(reply: bytes | Answer) -> None:
    """A reused connection on which any of an answer came is not replaced: the peer has seen the request."""
    with Sink([Answer(), reply]) as sink:
        transport = HttpTransport("logs", endpoint=sink.url)
        assert transport.send(SMALL, PATIENCE_S) == DELIVERED
        assert transport.send(SMALL, PATIENCE_S).verdict is Verdict.RETRY
        assert len(sink.requests) == 2


def test_second_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address that does not answer leaves time for the next one."""
    with unreachable() as dead, Sink() as sink:
        addresses = [("127.0.0.1", int(dead.rpartition(":")[2])), ("127.0.0.1", sink.port)]
        found = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", address) for address in addresses]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_: found)
        transport = HttpTransport("logs", endpoint="http://two-addresses.invalid/v1/logs")
        assert transport.send(SMALL, 2.0) == DELIVERED


def test_no_line_elsewhere() -> None:
    """A line is its thread's while a request is on it, and nobody else's."""
    line = Line()
    seen: list[Line | None] = []
    with line.busy(PATIENCE_S):
        assert lines.current() is line
        other = threading.Thread(target=lambda: seen.append(lines.current()))
        other.start()
        other.join()
    assert seen == [None]
    assert lines.current() is None


def test_child_needs_no_lock_of_the_parent() -> None:
    """A child can send where a thread of the parent's held the line's lock at the moment of the fork."""
    with Sink() as sink:
        transport = HttpTransport("logs", endpoint=sink.url)
        held, done = threading.Event(), threading.Event()

        def hold(lock: AbstractContextManager[bool]) -> None:
            with lock:
                held.set()
                done.wait(PATIENCE_S)

        holder = threading.Thread(target=hold, args=(transport._line._lock,))
        holder.start()
        held.wait(PATIENCE_S)
        transport.after_fork()
        assert Sending(transport).result() == DELIVERED
        done.set()
        holder.join()


def test_cut_is_reentrant() -> None:
    """cut() may interrupt itself, as it does where a signal handler shuts down during a shutdown."""
    line = Line()
    with line._lock, line.busy(PATIENCE_S):  # the moment at which a signal would have to come
        line.cut()
        assert line.is_cut


FORK: Final = """
import os, sys, psutil
from clippy_otel.delivery.http import HttpTransport
transport = HttpTransport("logs", endpoint=sys.argv[1])
def deliver(data):
    return transport.send(transport.prepare(data), 5.0).verdict.value
print(deliver(b"parent 1"))
child = os.fork()
if not child:
    transport.after_fork()  # which the worker does
    inherited = [c for c in psutil.Process().net_connections("tcp") if c.status == "ESTABLISHED"]
    os._exit(0 if not inherited and deliver(b"child 1") == deliver(b"child 2") == "delivered" else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
print(deliver(b"parent 2"))
"""

FORK_WHILE_SENDING: Final = """
import os, psutil, sys, threading
from clippy_otel.delivery.http import HttpTransport
transport = HttpTransport("logs", endpoint=sys.argv[1])
outcomes = []
thread = threading.Thread(target=lambda: outcomes.append(transport.send(transport.prepare(b"hang"), 60.0)))
thread.start()
sys.stdin.readline()
child = os.fork()
if not child:
    transport.after_fork()  # which the worker does
    inherited = [c for c in psutil.Process().net_connections("tcp") if c.status == "ESTABLISHED"]
    outcome = transport.send(transport.prepare(b"child"), 5.0)
    os._exit(0 if not inherited and outcome.verdict.value == "delivered" else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
print(thread.is_alive())
transport.abort()
thread.join(5.0)
print(outcomes[0].message)
print(transport.send(transport.prepare(b"parent"), 5.0).verdict.value)
"""


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "TLS"])
def test_fork(certificates: Certificates, monkeypatch: pytest.MonkeyPatch, tls: bool) -> None:  # noqa: FBT001 - a case
    """A child opens a connection of its own and holds none of the parent's, which goes on with the one it had."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", str(certificates.authority_file))
    with Sink(tls=certificates.server if tls else None) as sink:
        printed = subprocess.check_output([sys.executable, "-c", FORK, sink.url], cwd=ROOT, text=True, timeout=60)
    assert printed.split() == ["delivered", "0", "delivered"]
    assert {request.body: request.connection for request in sink.requests} == {
        b"parent 1": 0,
        b"child 1": 1,
        b"child 2": 1,
        b"parent 2": 0,
    }


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "TLS"])
def test_fork_while_sending(
    certificates: Certificates,
    monkeypatch: pytest.MonkeyPatch,
    tls: bool,  # noqa: FBT001 - a case
) -> None:
    """A child that is forked during a request can send; the parent's request goes on, and can still be cut."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", str(certificates.authority_file))

    def reply(request: Request) -> Answer | Fault:
        return Fault.SILENT if request.body == b"hang" else Answer()

    with (
        Sink(reply, tls=certificates.server if tls else None) as sink,
        subprocess.Popen(
            [sys.executable, "-c", FORK_WHILE_SENDING, sink.url],
            cwd=ROOT,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as process,
    ):
        sink.wait_for(1)
        printed, _ = process.communicate("\n", timeout=60)
    assert printed.split("\n") == ["0", "True", "aborted", "delivered", ""]


def test_tls_is_shut_down_below_its_socket(certificates: Certificates) -> None:
    """Cutting a TLS connection leaves the TLS state that its reader uses alone."""
    ours, theirs = socket.socketpair()
    line = Line()
    context = ssl.create_default_context(cafile=certificates.authority_file)
    with ours, theirs, line.busy(PATIENCE_S):
        tls = context.wrap_socket(ours, server_hostname="127.0.0.1", do_handshake_on_connect=False)
        with tls:
            line.watch(tls)
            line.cut()
            assert theirs.recv(1) == b""
            with pytest.raises(OSError, match=r".*"):  # a ValueError where there is no TLS state any more
                tls.unwrap()
