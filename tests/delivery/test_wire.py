"""requests and urllib3 on a line: sessions that others made, their connections, and errors in safe words."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Final

import pytest
import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool

from clippy_otel.delivery import wire
from clippy_otel.delivery.line import Line
from tests._certificates import Certificates, make_certificates
from tests._sinks import Answer, Fault, Request, Sink

ROOT: Final = Path(__file__).parents[2]
TIMEOUT_S: Final = 0.5
PATIENCE_S: Final = 5.0


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Make one authority for this module."""
    return make_certificates(tmp_path_factory.mktemp("certificates"))


def post(session: requests.Session, url: str, line: Line, timeout_s: float) -> bytes:
    """Make one request on a line, with no timeout but the line's."""
    with line.busy(timeout_s), session.post(url, data=b"a few bytes", timeout=None, stream=True) as response:
        return wire.read_answer(response, 1000)


def test_session_of_others(certificates: Certificates) -> None:
    """A session with an adapter of its own keeps that adapter's TLS context, and gets the line's deadline."""

    class OwnContext(HTTPAdapter):
        """What credential providers do: their own trust, set where the pools are made."""

        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            super().init_poolmanager(
                *args, ssl_context=ssl.create_default_context(cafile=certificates.authority_file), **kwargs
            )

    with Sink([Answer(body=b"mine"), Fault.DRIP_BODY], tls=certificates.server) as sink:
        session = requests.Session()
        session.mount("https://", OwnContext())
        session.verify = str(certificates.authority_file)
        wire.put_on_line(session, sink.url)
        assert post(session, sink.url, Line(), PATIENCE_S) == b"mine"
        started = time.monotonic()
        with pytest.raises(wire.NETWORK):
            post(session, sink.url, Line(), TIMEOUT_S)
        assert time.monotonic() - started < PATIENCE_S


def test_connection_of_others() -> None:
    """A connection that opens its socket in its own way keeps doing so, and gets the line's deadline from then on."""
    opened: list[str] = []

    class OwnConnection(HTTPConnection):
        """What SOCKS does: the host is asked for elsewhere."""

        def _new_conn(self) -> socket.socket:
            opened.append(self.host)
            return socket.create_connection(("127.0.0.1", sink.port))

    class OwnPool(HTTPConnectionPool):
        """Its pool."""

        ConnectionCls = OwnConnection

    with Sink([Answer(body=b"mine"), Fault.DRIP_HEADER]) as sink:
        session = requests.Session()
        adapter = HTTPAdapter()
        adapter.poolmanager.pool_classes_by_scheme = {"http": OwnPool}
        session.mount("http://", adapter)
        url = "http://elsewhere.invalid/"
        wire.put_on_line(session, url)
        assert post(session, url, Line(), PATIENCE_S) == b"mine"
        with pytest.raises(wire.NETWORK):
            post(session, url, Line(), TIMEOUT_S)
    assert opened == ["elsewhere.invalid"]


def test_connection_of_others_can_be_cut() -> None:
    """A connection that was opened in its own way can be cut once it is open."""

    class OwnConnection(HTTPConnection):
        """What SOCKS does: the host is asked for elsewhere."""

        def _new_conn(self) -> socket.socket:
            return socket.create_connection(("127.0.0.1", sink.port))

    class OwnPool(HTTPConnectionPool):
        """Its pool."""

        ConnectionCls = OwnConnection

    with Sink([Fault.SILENT]) as sink:
        session = requests.Session()
        session.adapters["http://"].poolmanager.pool_classes_by_scheme = {"http": OwnPool}  # type: ignore[attr-defined]
        wire.put_on_line(session, "http://elsewhere.invalid/")
        line = Line()

        def cut() -> None:
            sink.wait_for(1)
            line.cut()

        cutter = threading.Thread(target=cut)
        cutter.start()
        with pytest.raises(wire.NETWORK):
            post(session, "http://elsewhere.invalid/", line, 600.0)
        cutter.join()
        assert line.is_cut


def test_proxy_manager_of_others() -> None:
    """A proxy that a session has used before is put on the line with it."""
    with Sink([Answer(), Answer(body=b"mine"), Fault.DRIP_BODY]) as proxy:
        session = requests.Session()
        session.proxies = {"http": proxy.url}
        url = "http://collector.invalid/v1/logs"
        session.post(url, timeout=PATIENCE_S)
        wire.put_on_line(session, url)
        assert post(session, url, Line(), PATIENCE_S) == b"mine"
        with pytest.raises(wire.NETWORK):
            post(session, url, Line(), TIMEOUT_S)


def test_put_on_line_twice() -> None:
    """Putting a session on the line again, as the next signal's transport does, changes nothing."""
    session = requests.Session()
    wire.put_on_line(session, "http://127.0.0.1/")
    adapter = session.get_adapter("http://127.0.0.1/")
    assert isinstance(adapter, HTTPAdapter)
    before = adapter.poolmanager.pool_classes_by_scheme
    wire.put_on_line(session, "http://127.0.0.1/")
    assert adapter.poolmanager.pool_classes_by_scheme is before


def test_adapters_share_pools() -> None:
    """Timed classes are made once for each class they extend, not once a transport."""
    sessions = requests.Session(), requests.Session()
    for session in sessions:
        wire.put_on_line(session, "http://127.0.0.1/")
    first, second = (session.get_adapter("http://127.0.0.1/") for session in sessions)
    assert isinstance(first, HTTPAdapter)
    assert isinstance(second, HTTPAdapter)
    assert first.poolmanager.pool_classes_by_scheme == second.poolmanager.pool_classes_by_scheme


def test_other_users_of_a_session() -> None:
    """Who uses a session of theirs while it is on no line gets what they would have got before."""
    with Sink([Answer(body=b"theirs" * 1000), Answer(body=b"too")]) as sink:
        session = requests.Session()
        wire.put_on_line(session, sink.url)
        assert session.post(sink.url, data=b"1", timeout=PATIENCE_S).content == b"theirs" * 1000
        assert session.post(sink.url, data=b"2", timeout=PATIENCE_S).content == b"too"
    assert [(request.body, request.connection) for request in sink.requests] == [(b"1", 0), (b"2", 0)]


def test_adapter_of_another_kind() -> None:
    """An adapter that is not built on requests' own is left alone."""

    class Canned(requests.adapters.BaseAdapter):
        """Answers without a network."""

        def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
            response = requests.Response()
            response.status_code, response.url = 204, request.url or ""
            return response

        def close(self) -> None:
            """Nothing to close."""

    session = requests.Session()
    session.mount("canned://", Canned())
    wire.put_on_line(session, "canned://x/")
    assert session.post("canned://x/", timeout=1).status_code == 204


PROVIDER: Final = """
import requests

class Session(requests.Session):
    def request(self, *args, **kwargs):
        ours = {"authorization": "Bearer from-provider", "x-timeout": str(kwargs["timeout"])}
        kwargs["headers"] = {**kwargs["headers"], **ours}
        return super().request(*args, **kwargs)
"""

WITH_PROVIDER: Final = """
import sys, time
from clippy_otel.delivery.http import HttpTransport
transport = HttpTransport("logs", endpoint=sys.argv[1])
print(transport.send(transport.prepare(b"first"), 5.0).verdict.value)
started = time.monotonic()
print(transport.send(transport.prepare(b"second"), 0.5).verdict.value)
print(time.monotonic() - started < 5.0)
outcome = transport.send(transport.prepare(b"third"), 5.0)
print(outcome.verdict.value, outcome.message, sep=",")
"""


def test_credential_provider(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The session of a credential provider makes the requests, with its credentials, on our line and in our words."""
    distribution = tmp_path / "provider-1.dist-info"
    distribution.mkdir()
    (distribution / "METADATA").write_text("Metadata-Version: 2.1\nName: provider\nVersion: 1\n")
    (distribution / "entry_points.txt").write_text(
        "[opentelemetry_otlp_credential_provider]\ntest = provider_module:Session\n"
    )
    (tmp_path / "provider_module.py").write_text(PROVIDER)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("OTEL_PYTHON_EXPORTER_OTLP_HTTP_LOGS_CREDENTIAL_PROVIDER", "test")

    def reply(request: Request) -> Answer | Fault:
        if request.body == b"third":
            words = f"not {request.headers['authorization']}".encode()
            return Answer(403, words, {"content-type": "text/plain"}, reason="No")
        return Answer() if request.body == b"first" else Fault.DRIP_BODY

    with Sink(reply) as sink:
        printed = subprocess.check_output([sys.executable, "-c", WITH_PROVIDER, sink.url], cwd=ROOT, text=True)
    assert printed.splitlines() == ["delivered", "retry", "True", "refused,403 No: not ***"]
    # For what a provider does beside our request: that is on no line.
    assert [0 < float(request.headers["x-timeout"]) <= 5.0 for request in sink.requests] == [True] * 3
    assert {request.headers["authorization"] for request in sink.requests} == {"Bearer from-provider"}


def test_describe_certificate() -> None:
    """A certificate's error is told by what is wrong with the certificate, through all wrappings."""
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "certificate has expired"
    wrapped = requests.exceptions.SSLError(
        urllib3.exceptions.MaxRetryError(None, "/v1/logs?token=s3cret", urllib3.exceptions.SSLError(error))  # type: ignore[arg-type]
    )
    assert wire.describe(wrapped) == "TLS certificate not accepted: certificate has expired"


@pytest.mark.parametrize(
    "error, words",
    [
        (ConnectionResetError(104, "Connection reset by peer"), "ConnectionResetError: Connection reset by peer"),
        (OSError("Tunnel connection failed: 407 No"), "OSError: Tunnel connection failed: 407 No"),
        (TimeoutError("http://user:s3cret@host"), "TimeoutError"),
        (requests.exceptions.ConnectionError("https://host/?token=s3cret"), "ConnectionError"),
        (requests.exceptions.ConnectionError(TimeoutError()), "TimeoutError"),
        (ValueError("s3cret"), "ValueError"),
    ],
)
def test_describe(error: Exception, words: str) -> None:
    """An error is told by its type and the operating system's words; a text that may hold a URL is left out."""
    assert wire.describe(error) == words


def test_describe_circle() -> None:
    """An error that causes itself is told all the same."""
    first, second = ValueError(), ValueError()
    first.__cause__, second.__cause__ = second, first
    assert wire.describe(first) == "ValueError"


def test_urllib3_names() -> None:
    """The names of urllib3 and http.client that the connections extend are there, private ones among them."""
    connection = HTTPConnection("127.0.0.1", 80)
    assert hasattr(HTTPConnection, "_new_conn")
    assert vars(connection)["_dns_host"] == "127.0.0.1"
    assert isinstance(connection.response_class, type)
    assert set(urllib3.PoolManager().pool_classes_by_scheme) == {"http", "https"}
    assert HTTPConnectionPool.ConnectionCls is HTTPConnection
    assert isinstance(HTTPAdapter().proxy_manager, dict)
