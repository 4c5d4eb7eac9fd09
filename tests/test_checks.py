"""The checks for the usual dependencies, against real peers on loopback and the real file system."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.context import get_current

from clippy_otel import checks
from clippy_otel._sdk import suppression as sdk_suppression
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.health import HealthCheck, HealthResult, HealthStatus, ServiceHealth
from clippy_otel.testing import CapturedTelemetry, capture
from tests._collector import Collector
from tests._sinks import Answer, Fault, Reception, Request, Sink

PASSWORD = "hunter2-and-more"
HEALTHY, UNHEALTHY = HealthStatus.HEALTHY, HealthStatus.UNHEALTHY


@pytest.fixture
def captured() -> Iterator[CapturedTelemetry]:
    """Telemetry in memory."""
    with capture() as telemetry:
        yield telemetry


def ask(captured: CapturedTelemetry, check: Callable[[], HealthResult], timeout_ms: float = 10_000) -> ServiceHealth:
    """Return how a service with this check is, the first failure being the end."""
    health = HealthCheck(captured.telemetry.collector, check_interval_ms=0)
    health.register_service("it", check, timeout_ms=timeout_ms, failure_threshold=1)
    seen = health.check_now("it")
    health.shutdown()
    return seen


@pytest.fixture
def closed_port() -> int:
    """A port on which nobody listens."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port: int = listener.getsockname()[1]
    return port


@pytest.mark.parametrize(
    "status, expected, healthy",
    [
        (200, None, True),
        (204, None, True),
        (299, None, True),
        (304, None, False),
        (404, None, False),
        (503, None, False),
        (503, 503, True),
        (200, 204, False),
        (301, range(200, 400), True),
        (404, (200, 404), True),
        (404, {200, 404}, True),
    ],
)
def test_http_status(captured: CapturedTelemetry, status: int, expected: Any, *, healthy: bool) -> None:
    """Any 2xx is well, unless other statuses are expected; another one is said."""
    with Sink([Answer(status)]) as sink:
        seen = ask(captured, checks.http(sink.url + "/health?x=1", expect_status=expected))
        (request,) = sink.requests
    assert seen.status is (HEALTHY if healthy else UNHEALTHY)
    assert seen.message == (None if healthy else f"answered with status {status}")
    assert (request.method, request.path, request.raw_body) == ("GET", "/health?x=1", b"")
    assert request.headers["user-agent"].startswith("clippy_otel/")


def test_http_over_and_over(captured: CapturedTelemetry) -> None:
    """One check is asked again and again."""
    with Sink() as sink:
        check = checks.http(sink.url)
        assert [ask(captured, check).status for _ in range(3)] == [HEALTHY] * 3
        assert len(sink.requests) == 3


@pytest.mark.parametrize("fault", [Fault.SILENT, Fault.DRIP_HEADER, Reception.UNREAD])
def test_http_takes_no_longer_than_its_service_may(captured: CapturedTelemetry, fault: Any) -> None:
    """A peer that does not answer is a failure after the timeout."""
    script: dict[str, Any] = {"reception": fault} if isinstance(fault, Reception) else {"script": [fault]}
    with Sink(**script) as sink:
        seen = ask(captured, checks.http(sink.url), timeout_ms=100)
    assert seen.status is UNHEALTHY
    assert "timed out" in str(seen.message)


@pytest.mark.parametrize("fault", [Fault.DRIP_BODY, Fault.HALF_BODY, Fault.OPEN_END])
def test_http_does_not_wait_for_the_body(captured: CapturedTelemetry, fault: Fault) -> None:
    """The status is there before it, however long it is."""
    with Sink([fault]) as sink:
        assert ask(captured, checks.http(sink.url)).status is HEALTHY


def test_http_of_nobody(captured: CapturedTelemetry, closed_port: int) -> None:
    """A refused and a reset connection are failures."""
    assert "refused" in str(ask(captured, checks.http(f"http://127.0.0.1:{closed_port}")).message)
    with Sink([Fault.RESET]) as sink:
        assert ask(captured, checks.http(sink.url)).status is UNHEALTHY


def test_user_info_is_sent_and_never_said(captured: CapturedTelemetry, closed_port: int) -> None:
    """As basic authentication; no message of any failure holds it, nor the query."""
    with Sink([Answer(200), Answer(401), Fault.RESET, b"nonsense\r\n\r\n"]) as sink:
        url = f"http://bob%40x:{PASSWORD}%2F@127.0.0.1:{sink.port}/?token={PASSWORD}"
        seen = [ask(captured, checks.http(url)) for _ in range(4)]
        (request, *_) = sink.requests
    seen.append(ask(captured, checks.http(f"http://bob:{PASSWORD}@127.0.0.1:{closed_port}/?token={PASSWORD}")))
    assert [one.status for one in seen] == [HEALTHY, *[UNHEALTHY] * 4]
    assert PASSWORD not in str(seen)
    # echo -n 'bob@x:hunter2-and-more/' | base64
    assert request.headers["authorization"] == "Basic Ym9iQHg6aHVudGVyMi1hbmQtbW9yZS8="
    assert request.headers["host"] == f"127.0.0.1:{sink.port}"


def test_redirects_keep_the_scheme(captured: CapturedTelemetry) -> None:
    """One to another scheme is not followed: its status is the answer's."""

    def reply(request: Request) -> Answer:
        if request.path == "/redirected":
            return Answer(200)
        return Answer(302, body=b"x" * 100, headers={"Location": request.path[1:] or "/redirected"})

    with Sink(reply) as sink:
        assert ask(captured, checks.http(f"http://bob:{PASSWORD}@127.0.0.1:{sink.port}")).status is HEALTHY
        assert "authorization" in sink.requests[-1].headers
        for target in ("https://127.0.0.1/", "ftp://127.0.0.1/", "file:///etc/passwd"):
            seen = ask(captured, checks.http(f"{sink.url}/{target}"))
            assert seen.message == "answered with status 302"


def test_a_redirect_to_another_host_takes_no_credentials_along(captured: CapturedTelemetry) -> None:
    """What was meant for one host is not shown to another."""
    with Sink() as other, Sink([Answer(302, headers={"Location": other.url})]) as sink:
        assert ask(captured, checks.http(f"http://bob:{PASSWORD}@127.0.0.1:{sink.port}")).status is HEALTHY
        assert "authorization" in sink.requests[0].headers
        assert "authorization" not in other.requests[0].headers


def test_an_endless_body_of_a_redirect_is_not_read(captured: CapturedTelemetry) -> None:
    """What is bounded is the time, and what is read."""
    head = b"HTTP/1.1 302 Found\r\nLocation: /redirected\r\nContent-Length: 1000000000\r\n\r\nx"
    script: list[Any] = [head, Answer(200)]
    with Sink(script) as sink:
        assert ask(captured, checks.http(sink.url)).status is HEALTHY


@pytest.mark.parametrize(
    "url", ["", "ftp://x", "file:///etc/passwd", "localhost:80", "http://", "http://x:99999", "http://a b", None, 7]
)
def test_impossible_urls(url: Any) -> None:
    """They are refused at once."""
    with pytest.raises(ConfigurationError, match="url"):
        checks.http(url)
    with pytest.raises(ConfigurationError, match="endpoint"):
        checks.otlp(url)


def test_no_refusal_shows_a_password() -> None:
    """A URL that is refused is shown without it."""
    with pytest.raises(ConfigurationError) as raised:
        checks.http(f"http://bob:{PASSWORD}@x:0/")
    assert PASSWORD not in str(raised.value)
    with pytest.raises(ConfigurationError) as raised:
        checks.otlp("http://x", headers={"authorization": f"Bearer {PASSWORD}\n"})
    assert PASSWORD not in str(raised.value)


@pytest.mark.parametrize("expected", [0, 99, 600, True, "200", [], [200, "x"], 2.0])
def test_impossible_statuses(expected: Any) -> None:
    """They are refused at once."""
    with pytest.raises(ConfigurationError, match="expect_status"):
        checks.http("http://x", expect_status=expected)


@pytest.mark.parametrize("status, healthy", [(200, True), (400, True), (401, False), (404, False), (503, False)])
def test_otlp(captured: CapturedTelemetry, status: int, *, healthy: bool) -> None:
    """An empty export request is posted where the signal goes; what is understood there has been reached."""
    with Sink([Answer(status)]) as sink:
        seen = ask(captured, checks.otlp(sink.url, headers={"X-Key": PASSWORD}))
        (request,) = sink.requests
    assert seen.status is (HEALTHY if healthy else UNHEALTHY)
    assert (request.method, request.path, request.raw_body) == ("POST", "/v1/logs", b"")
    assert (request.headers["content-type"], request.headers["x-key"]) == ("application/x-protobuf", PASSWORD)
    assert PASSWORD not in str(seen)


@pytest.mark.parametrize(
    "path, settings, expected",
    [
        ("", {"signal": "spans"}, "/v1/traces"),
        ("/otlp/", {"signal": "metrics"}, "/otlp/v1/metrics"),
        ("/otlp/v1/traces", {}, "/otlp/v1/traces"),
        ("/otlp?tenant=1", {}, "/otlp/v1/logs?tenant=1"),
    ],
)
def test_otlp_paths(captured: CapturedTelemetry, path: str, settings: dict[str, Any], expected: str) -> None:
    """A base URL gets the signal's path; a full one stays."""
    with Sink() as sink:
        ask(captured, checks.otlp(sink.url + path, **settings))
        assert [request.path for request in sink.requests] == [expected]


def test_otlp_follows_no_redirect(captured: CapturedTelemetry) -> None:
    """Nothing would be delivered there either."""
    with Sink([Answer(302, headers={"Location": "/elsewhere"})]) as sink:
        assert ask(captured, checks.otlp(sink.url)).message == "answered with status 302"
        assert len(sink.requests) == 1


def test_otlp_of_an_unknown_signal() -> None:
    """It is refused at once."""
    with pytest.raises(ConfigurationError, match="signal"):
        checks.otlp("http://x", signal="traces")  # type: ignore[arg-type] # a mistake


def test_otlp_of_the_real_collector(captured: CapturedTelemetry, collector: Collector) -> None:
    """It takes the empty request."""
    assert ask(captured, checks.otlp(collector.http_endpoint)).status is HEALTHY


def test_requests_are_not_instrumented(monkeypatch: pytest.MonkeyPatch) -> None:
    """While they are made, the key is set that instrumentations look at."""
    seen: list[bool] = []
    made = checks._status

    def noting(*args: Any) -> int:
        seen.append(sdk_suppression.is_suppressed())
        return made(*args)

    monkeypatch.setattr(checks, "_status", noting)
    with Sink() as sink:
        before = get_current()
        checks.http(sink.url)()
        assert get_current() == before
    assert seen == [True]


def test_tcp(captured: CapturedTelemetry, closed_port: int) -> None:
    """A port that takes a connection is well; nothing is sent there."""
    with Sink() as sink:
        assert ask(captured, checks.tcp("127.0.0.1", sink.port)).status is HEALTHY
        assert sink.requests == []
    seen = ask(captured, checks.tcp("127.0.0.1", closed_port))
    assert seen.status is UNHEALTHY
    assert "refused" in str(seen.message)


@pytest.mark.parametrize("host, port", [("", 1), (None, 1), ("x", 0), ("x", 65_536), ("x", "80"), ("x", True)])
def test_impossible_addresses(host: Any, port: Any) -> None:
    """They are refused at once."""
    with pytest.raises(ConfigurationError, match=r"host must be|port must be a whole number from 1 to 65535"):
        checks.tcp(host, port)


def test_disk(captured: CapturedTelemetry, tmp_path: Path) -> None:
    """Free bytes decide, and are told; a path that is not there is a failure."""
    well = ask(captured, checks.disk(tmp_path, 1))
    assert (well.status, well.message) == (HEALTHY, None)
    assert well.details is not None
    assert 0 < well.details["free_bytes"] <= well.details["total_bytes"]
    ill = ask(captured, checks.disk(str(tmp_path), 1 << 62))
    assert ill.status is UNHEALTHY
    assert str(ill.message).endswith(f"bytes are free, {1 << 62} are needed")
    assert "No such file" in str(ask(captured, checks.disk(tmp_path / "none", 1)).message)


@pytest.mark.parametrize("path, size", [(None, 1), (7, 1), ("/", -1), ("/", 1.5), ("/", True), ("/", "1")])
def test_impossible_disks(path: Any, size: Any) -> None:
    """They are refused at once."""
    with pytest.raises(ConfigurationError, match=r"path|min_free_bytes"):
        checks.disk(path, size)


def test_checks_stand_alone() -> None:
    """Without a service a check is a function that has 5 s."""
    with Sink() as sink:
        assert checks.http(sink.url)() == HealthResult(HEALTHY)
