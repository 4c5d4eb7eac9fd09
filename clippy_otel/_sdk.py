"""Every private name of the OpenTelemetry SDK and its exporters that this package uses, and nothing else.

They are private: any minor release of OpenTelemetry may change them, hence the narrow version range in pyproject.toml
and tests/test_sdk.py, which fails by name where one is gone or behaves differently.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from opentelemetry import context

# Set in the context of our own requests: the first is what instrumentations in general look at, the second what those
# of HTTP clients do. Without them each delivery would make a span, which would be delivered, and so on.
from opentelemetry.context import _SUPPRESS_HTTP_INSTRUMENTATION_KEY, _SUPPRESS_INSTRUMENTATION_KEY

if TYPE_CHECKING:
    import requests

    from clippy_otel.ports import Signal

# The module of the logs exporter has a private name; its class is what applications use.
_HTTP_EXPORTERS: Final[Mapping[Signal, tuple[str, str]]] = {
    "logs": ("opentelemetry.exporter.otlp.proto.http._log_exporter", "OTLPLogExporter"),
}


class HttpSession(NamedTuple):
    """What a stock OTLP/HTTP exporter has made of its arguments and the environment."""

    session: requests.Session  # with TLS files, and the credential provider's where there is one
    headers: dict[str, str]  # names in lower case: content-type, user-agent, the environment's, the arguments'


@contextlib.contextmanager
def instrumentation_suppressed() -> Iterator[None]:
    """Run a block in which no instrumentation records what it does."""
    suppressed = context.set_value(_SUPPRESS_INSTRUMENTATION_KEY, value=True)
    token = context.attach(context.set_value(_SUPPRESS_HTTP_INSTRUMENTATION_KEY, value=True, context=suppressed))
    try:
        yield
    finally:
        context.detach(token)


def load_before_exit() -> None:
    """Import what cannot be imported at interpreter shutdown, where a short program's first delivery happens.

    The SDK's log module detects a resource while it is imported, on threads of an executor, which no longer start then.
    """
    import opentelemetry.sdk._logs  # noqa: F401, PLC0415 - 20 ms, for who delivers over HTTP


def open_http_session(signal: Signal, *, endpoint: str, headers: Mapping[str, str]) -> HttpSession:
    """Build the stock exporter for a signal and take its session and headers, for requests of our own.

    Imports `requests` (60 ms). The stock exporter's own way of sending is of no use to us: it retries inside, counts
    what is below 400 as success, never reads a partial success and compresses at level 9.

    Raises:
        Exception: Whatever a credential provider raises; RuntimeError where the environment names an unknown one.
    """
    import importlib  # noqa: PLC0415 - with what it is for

    from opentelemetry.exporter.otlp.proto.http import Compression  # noqa: PLC0415 - heavy

    module, name = _HTTP_EXPORTERS[signal]
    # Compression and timeout are ours: given, the environment's are not read, and not warned about, a second time.
    exporter = getattr(importlib.import_module(module), name)(
        endpoint=endpoint, headers=headers, compression=Compression.NoCompression, timeout=10.0
    )
    client = exporter._client  # the exporter's OTLP client: holds the headers and the transport below
    session: requests.Session = client._transport._session  # the session with TLS files and credentials set
    return HttpSession(session, dict(client._headers))  # the headers merged from arguments and environment
