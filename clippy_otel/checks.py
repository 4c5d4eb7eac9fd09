"""Checks for the usual dependencies, to be registered with `health.register_service("api", checks.http(url))`.

Each takes as long as the timeout of its service lets it, and no instrumentation records what it does. No message of
theirs holds a URL: its user info and its query may be secrets.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import unquote, urlsplit, urlunsplit

from clippy_otel._sdk import suppression as sdk_suppression
from clippy_otel._version import __version__
from clippy_otel.config.credentials import SIGNAL_PATHS, RequestHeaders, SignalEndpoint
from clippy_otel.config.kinds import Text, refusal
from clippy_otel.health import HealthResult, HealthStatus, time_left_s

if TYPE_CHECKING:
    from urllib.request import OpenerDirector, Request

    from clippy_otel.ports import Signal

_MAX_PORT: Final = 65_535
_MIN_STATUS: Final = 100
_MAX_STATUS: Final = 599
_SUCCESSES: Final = range(200, 300)
# A collector that finds nothing in a request, or no request in it, has been reached.
_OTLP_REACHED: Final = frozenset({200, 400})
_USER_AGENT: Final = f"clippy_otel/{__version__}"

Checking = Callable[[], HealthResult]


class _Request(NamedTuple):
    """What is asked for; the credentials of the URL stand in the headers."""

    url: str
    headers: Mapping[str, str]
    body: bytes | None
    follows: bool  # whether redirects are followed


def http(url: str, *, expect_status: int | Collection[int] | None = None) -> Checking:
    """Return a check that GETs a URL and looks at the status of the answer.

    Redirects are followed as long as they keep the scheme; the user info goes to the URL's own host only. The body is
    not read. Proxies are those of the environment.

    Args:
        url: `http://` or `https://`; its user info is sent as basic authentication.
        expect_status: The status, or the statuses, of a healthy answer: 204, range(200, 400); None: 200 to 299.

    Raises:
        ConfigurationError: The URL or a status is impossible.
    """
    request = _request("url", url, follows=True)
    expected = _statuses(expect_status)
    return _http_check(request, expected)


def otlp(endpoint: str, *, signal: Signal = "logs", headers: Mapping[str, str] | None = None) -> Checking:
    """Return a check that POSTs an empty export request to an OTLP/HTTP endpoint; 200 and 400 count as reached.

    Of a gRPC endpoint tcp() tells whether it is there.

    Args:
        endpoint: The base URL, `http://collector:4318`, to which `/v1/logs` and its like are appended; or the full URL
            of a signal.
        signal: Which of "logs", "spans" and "metrics" the endpoint takes.
        headers: Of the request, such as an authorization; None: none.

    Raises:
        ConfigurationError: One of these is impossible.
    """
    if signal not in SIGNAL_PATHS:
        raise refusal("signal", f"one of {', '.join(SIGNAL_PATHS)}", signal)
    given = RequestHeaders().check("headers", headers or {})
    request = _request("endpoint", endpoint, follows=False)
    if not urlsplit(request.url).path.endswith(tuple(SIGNAL_PATHS.values())):
        request = request._replace(url=_with_path(request.url, SIGNAL_PATHS[signal]))
    sent = {**request.headers, "Content-Type": "application/x-protobuf", **given}
    return _http_check(request._replace(headers=sent, body=b""), _OTLP_REACHED)


def tcp(host: str, port: int) -> Checking:
    """Return a check that connects to a port, and says nothing there.

    Args:
        host: A name or an address.
        port: 1 to 65535.

    Raises:
        ConfigurationError: One of these is impossible.
    """
    Text().check("host", host)
    if not _is_port(port):
        raise refusal("port", f"a whole number from 1 to {_MAX_PORT}", port)

    def check() -> HealthResult:
        from socket import create_connection  # noqa: PLC0415 - for who has it

        create_connection((host, port), timeout=time_left_s()).close()
        return HealthResult(HealthStatus.HEALTHY)

    return check


def disk(path: str | os.PathLike[str], min_free_bytes: int) -> Checking:
    """Return a check that looks how much room the file system of a path has for this user.

    Args:
        path: Any file or directory on it.
        min_free_bytes: With less it is unhealthy; 0 or more.

    Raises:
        ConfigurationError: One of these is impossible.
    """
    if not _is_path(path):
        raise refusal("path", "a path", path)
    if not _is_size(min_free_bytes):
        raise refusal("min_free_bytes", "a whole number of 0 or more", min_free_bytes)

    def check() -> HealthResult:
        from shutil import disk_usage  # noqa: PLC0415 - for who has it

        usage = disk_usage(path)
        details = {"free_bytes": usage.free, "total_bytes": usage.total}
        if usage.free >= min_free_bytes:
            return HealthResult(HealthStatus.HEALTHY, details=details)
        message = f"{usage.free} bytes are free, {min_free_bytes} are needed"
        return HealthResult(HealthStatus.UNHEALTHY, message, details=details)

    return check


def _http_check(request: _Request, expected: Collection[int]) -> Checking:
    opener: list[OpenerDirector] = []  # made by the first check: the certificates take 20 ms to read

    def check() -> HealthResult:
        with sdk_suppression.instrumentation_suppressed():
            if not opener:
                opener.append(_make_opener(request))
            status = _status(opener[0], request)
        if status in expected:
            return HealthResult(HealthStatus.HEALTHY)
        return HealthResult(HealthStatus.UNHEALTHY, f"answered with status {status}")

    return check


def _status(opener: OpenerDirector, request: _Request) -> int:
    """Return the status of the answer; raise where there is none."""
    from urllib.error import HTTPError  # noqa: PLC0415 - for who has it
    from urllib.request import Request  # noqa: PLC0415 - likewise

    asked = Request(request.url, data=request.body, headers={"User-Agent": _USER_AGENT})  # noqa: S310 - http and https
    _add_headers(asked, request)
    try:
        with opener.open(asked, timeout=time_left_s()) as answer:
            return int(answer.status)
    except HTTPError as error:
        with error:
            return error.code


def _make_opener(wanted: _Request) -> OpenerDirector:
    """Return what opens http and https and nothing else."""
    from urllib import request  # noqa: PLC0415 - for who has it

    class Redirects(request.HTTPRedirectHandler):
        def redirect_request(self, req: request.Request, *answer: Any) -> request.Request | None:
            body, new_url = answer[0], answer[-1]
            if not wanted.follows or urlsplit(new_url).scheme != req.type:
                return None
            body.close()  # which would be read to its end otherwise
            redirected = super().redirect_request(req, *answer)
            if redirected is not None and redirected.host == urlsplit(wanted.url).netloc:
                _add_headers(redirected, wanted)
            return redirected

    opener = request.OpenerDirector()
    for handler in (
        request.ProxyHandler,
        request.HTTPHandler,
        request.HTTPSHandler,
        request.HTTPDefaultErrorHandler,
        request.HTTPErrorProcessor,
        Redirects,
    ):
        opener.add_handler(handler())
    return opener


def _add_headers(asked: Request, wanted: _Request) -> None:
    """Add what another host must not see."""
    for name, value in wanted.headers.items():
        asked.add_unredirected_header(name, value)


def _request(name: str, url: Any, *, follows: bool) -> _Request:
    """Return a GET of a URL, whose user info is taken out of it."""
    parts = urlsplit(SignalEndpoint().check(name, url))
    headers: dict[str, str] = {}
    user_info, separator, address = parts.netloc.rpartition("@")
    if separator:
        from base64 import b64encode  # noqa: PLC0415 - for who has it

        user, _, password = user_info.partition(":")
        encoded = b64encode(f"{unquote(user)}:{unquote(password)}".encode())
        headers["Authorization"] = f"Basic {encoded.decode()}"
    return _Request(urlunsplit(parts._replace(netloc=address)), headers, None, follows)


def _with_path(url: str, path: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") + path))


def _statuses(expect_status: Any) -> Collection[int]:
    if expect_status is None:
        return _SUCCESSES
    given = (expect_status,) if isinstance(expect_status, int) else expect_status
    if isinstance(given, range):
        return given
    if not isinstance(given, (list, tuple, set, frozenset)) or not given or not all(map(_is_status, given)):
        raise refusal("expect_status", "a status, a range, or a tuple or list of them", expect_status)
    return frozenset(given)


def _is_status(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and _MIN_STATUS <= value <= _MAX_STATUS


def _is_port(value: Any) -> bool:
    return _is_size(value) and 1 <= value <= _MAX_PORT


def _is_path(value: Any) -> bool:
    return isinstance(value, (str, os.PathLike))


def _is_size(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
