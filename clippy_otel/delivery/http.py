"""OTLP over HTTP: one POST a request, with the stock exporter's session, TLS, headers, proxies and environment.

Guarantee: send() returns within its timeout, whatever the peer does, and says DELIVERED only of a complete answer.
Name resolution alone can take longer (see `line.py`, and `wire.py` for what a proxy or a credential provider can add).
Cost: the first send() imports requests (60 ms); prepare() compresses at gzip's level 1.

What is decided here: a TLS certificate that is not accepted is a RETRY, for certificates are renewed and data is not
thrown away meanwhile; so is a certificate file that is not there, or a credential provider that fails. A redirect is
not followed and is REFUSED. Status 413 holds even where the rest of that answer is lost: peers tend to hang up while
we are still sending, and without it the request would never be made smaller.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from clippy_otel import _guard
from clippy_otel._sdk import exporters as sdk_exporters
from clippy_otel._sdk import suppression as sdk_suppression
from clippy_otel._version import __version__
from clippy_otel.delivery.line import Line
from clippy_otel.delivery.routes import HTTP_COMPRESSIONS, ROUTES
from clippy_otel.ports import Outcome, Signal, Verdict

if TYPE_CHECKING:
    import requests

_USER_AGENT: Final = f"clippy_otel/{__version__}"
_ANSWER_BYTES: Final = 65_536  # of an answer's body that are kept: OTLP's are a few hundred
_GZIP_LEVEL: Final = 1  # 512 events: level 9 makes 7 to 14 % less of them, in three times the time
_GZIP_CONTAINER: Final = 16  # zlib's flag for gzip's header (without a time, so equal data gives equal bytes)
# Headers of ours whose values anybody may see in an error message.
_OPEN_HEADERS: Final = frozenset(
    ("accept", "accept-encoding", "connection", "content-encoding", "content-length", "content-type", "user-agent")
)


class HttpTransport:
    """A Transport for OTLP over HTTP.

    After close() nothing is sent any more, not by a thread that was left behind either: send() returns RETRY.

    Args:
        signal: What the requests hold.
        endpoint: The full URL, "https://host/v1/logs"; "/v1/traces" for spans, "/v1/metrics" for metrics.
        headers: Added to those of OTEL_EXPORTER_OTLP_HEADERS, whose place they take where both name one.
        timeout_s: An upper bound for each send(), beside its own; None: no other.
    """

    limits_payload = True

    def __init__(
        self,
        signal: Signal,
        *,
        endpoint: str,
        headers: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
    ) -> None:
        self._signal = signal
        self._route = ROUTES[signal]
        self._endpoint = endpoint
        self._headers = dict(headers or {})
        self._timeout_s = timeout_s
        self._compression = self._route.compression(HTTP_COMPRESSIONS)
        self._closed = False
        sdk_exporters.load_before_exit()
        self._line = Line()
        self._opened: sdk_exporters.HttpSession | None = None

    def prepare(self, data: bytes) -> bytes:
        """Compress a request: gzip, unless OTEL_EXPORTER_OTLP_[SIGNAL_]COMPRESSION says `deflate` or `none`."""
        if self._compression == "none":
            return data
        container = _GZIP_CONTAINER if self._compression == "gzip" else 0
        compressor = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, zlib.MAX_WBITS | container)
        return compressor.compress(data) + compressor.flush()

    def send(self, prepared: bytes, timeout_s: float) -> Outcome:
        """POST a prepared request once, or twice where an idle connection turns out to have been closed. Never raises.

        Args:
            prepared: What prepare() returned.
            timeout_s: The total time for everything, in seconds.
        """
        if self._timeout_s is not None:
            timeout_s = min(timeout_s, self._timeout_s)
        with sdk_suppression.instrumentation_suppressed(), self._line.busy(timeout_s):
            if self._closed:
                return Outcome(Verdict.RETRY, message="closed")
            outcome = self._attempt(prepared)
            if outcome.verdict is Verdict.RETRY and self._line.went_stale():
                outcome = self._attempt(prepared)
            return outcome

    def abort(self) -> None:
        """Cut the request in progress, whatever it waits for: its send() returns RETRY. Without one, do nothing."""
        self._line.cut()

    def close(self) -> None:
        """Close the connections for good, cutting a request in progress."""
        self._closed = True
        self._line.cut()
        opened, self._opened = self._opened, None
        if opened is not None:
            from clippy_otel.delivery import wire  # noqa: PLC0415 - loaded: there was a send()

            with _guard.host_safe("http close"):
                wire.close(opened.session)

    def after_fork(self) -> None:
        """Go on in a child with connections of its own; the parent's are left open to it."""
        self._line.forget_in_child()
        self._line = Line()
        self._opened = None

    def _attempt(self, prepared: bytes) -> Outcome:
        self._line.start_attempt()
        try:
            return self._post(prepared)
        except Exception as error:  # noqa: BLE001 - every one is booked as an Outcome
            return self._failed(error)

    def _post(self, prepared: bytes) -> Outcome:
        from clippy_otel.delivery import answers, wire  # noqa: PLC0415 - heavy

        opened = self._open()
        with opened.session.request(
            "POST",
            self._endpoint,
            data=prepared,
            headers=opened.headers,
            timeout=self._line.remaining_s(),
            allow_redirects=False,
            stream=True,
            # Said once more where it is a file: REQUESTS_CA_BUNDLE would come before OTEL_EXPORTER_OTLP_CERTIFICATE.
            verify=opened.session.verify if isinstance(opened.session.verify, str) else None,
        ) as response:
            try:
                body = wire.read_answer(response, _ANSWER_BYTES)
            except wire.NETWORK:
                if response.status_code != answers.STATUS_TOO_LARGE:
                    raise
                body = b""
        answer = answers.Answer(response.status_code, response.reason or "", response.headers, body)
        return answers.read_outcome(answer, self._route.response, hidden=list(_secrets(response.request)))

    def _open(self) -> sdk_exporters.HttpSession:
        """Return the session, made at the first send and kept."""
        if self._opened is None:
            from clippy_otel.delivery import wire  # noqa: PLC0415 - heavy

            opened = sdk_exporters.open_http_session(self._signal, endpoint=self._endpoint, headers=self._headers)
            wire.put_on_line(opened.session, self._endpoint)
            self._opened = opened._replace(headers=self._request_headers(opened.headers))
        return self._opened

    def _request_headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        ours = {name: value for name, value in headers.items() if name != "content-encoding"}
        if self._compression != "none":
            ours["content-encoding"] = self._compression
        ours["accept-encoding"] = "identity"  # the answer's bytes are bounded as they come
        if ours.get("user-agent", "").startswith("OTel-OTLP-Exporter"):  # the application may have set its own
            ours["user-agent"] += f" {_USER_AGENT}"
        return ours

    def _failed(self, error: Exception) -> Outcome:
        """Return the outcome of a request that got no complete answer."""
        if self._line.is_cut:
            return Outcome(Verdict.RETRY, message="aborted")
        from clippy_otel.delivery import wire  # noqa: PLC0415 - heavy

        if isinstance(error, wire.IMPOSSIBLE):
            # Only its type: the text of an invalid header or URL holds the header or the URL.
            return Outcome(Verdict.REFUSED, message=type(error).__name__)
        if not isinstance(error, wire.NETWORK):
            _guard.swallowed("http send", error)
            return Outcome(Verdict.RETRY, message=type(error).__name__)
        return Outcome(Verdict.RETRY, message=wire.describe(error))


def _secrets(request: requests.PreparedRequest) -> Iterator[str]:
    """Yield what the peer must not tell others of a request: header values, user info and query of the URL."""
    from urllib.parse import parse_qsl, urlsplit  # noqa: PLC0415 - requests has it anyway

    headers: Mapping[str, str | bytes] = request.headers  # a credential provider may have set bytes
    for name, value in headers.items():
        if name.lower() not in _OPEN_HEADERS:
            text = value.decode("latin-1") if isinstance(value, bytes) else value
            yield text
            yield from text.split()
    url = urlsplit(request.url or "")
    yield from filter(None, (url.username, url.password, url.query))
    yield from (value for _, value in parse_qsl(url.query))
