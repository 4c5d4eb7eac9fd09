"""The kinds of settings whose values may hold a secret: addresses, request headers and the pseudonym key.

Neither their errors nor what they show of a value hold user info, a password, a header's value or a key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from clippy_otel.config.kinds import Kind, refusal
from clippy_otel.config.masking import MASK, Headers, mask_url
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.ports import Signal

# What OTLP over HTTP appends to a base URL, by signal.
SIGNAL_PATHS: Final[Mapping[Signal, str]] = {"logs": "/v1/logs", "spans": "/v1/traces", "metrics": "/v1/metrics"}
# A 128-bit key: shorter ones let pseudonyms be undone by trying keys.
MIN_KEY_BYTES: Final = 16

_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # a token of RFC 9110
_HEADER_VALUE: Final = re.compile(r"[\t\x20-\x7e\xa0-\xff]*")  # what HTTP libraries can send, all of it in latin-1
# What gRPC can send of them: no name that stands for bytes, and no value beyond ASCII.
_METADATA_NAME: Final = re.compile(r"(?!.*-bin$)[0-9A-Za-z_.-]+")
_METADATA_VALUE: Final = re.compile(r"[\x20-\x7e]*")
_HOST_AND_PORT: Final = re.compile(r"([0-9A-Za-z._-]+|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}")
# What opentelemetry.util.re.parse_env_headers takes; the rest it drops, writing it to the log in clear.
_HEADER_PAIR: Final = re.compile(
    r"[\x21\x23-\x27\x2a\x2b\x2d\x2e\x30-\x39\x41-\x5a\x5e-\x7a\x7c\x7e]+[ \t]*=[ \t]*"
    r"[\x20\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*",
)


class Endpoint(Kind):
    """A base URL for OTLP over HTTP, kept without a slash at its end; or host:port, which only gRPC takes."""

    from_text = True

    def check(self, name: str, value: Any) -> Any:
        """Take an http or https URL that a path can be appended to, or host:port."""
        if is_host_and_port(value):
            return value
        if not isinstance(value, str) or not _is_http_url(value) or "?" in value or "#" in value:
            raise refusal(name, "an http:// or https:// URL with a host, without query and fragment", value)
        base = value.rstrip("/")
        if base.endswith(tuple(SIGNAL_PATHS.values())):
            raise refusal(name, "a base URL: /v1/logs and its like are appended to it", value)
        return base

    def show(self, value: Any) -> Any:
        """Hide the user info."""
        return mask_url(value)


class SignalEndpoint(Kind):
    """The full URL for one signal, as OTEL_EXPORTER_OTLP_LOGS_ENDPOINT holds it; used as it stands."""

    from_text = True

    def check(self, name: str, value: Any) -> Any:
        """Take an http or https URL; its query is the backend's business."""
        if not isinstance(value, str) or not _is_http_url(value) or "#" in value:
            raise refusal(name, "an http:// or https:// URL with a host, without fragment", value)
        return value

    def show(self, value: Any) -> Any:
        """Hide user info and query."""
        return mask_url(value)


class GrpcEndpoint(Kind):
    """Where OTLP over gRPC goes: host:port, or a URL, whose path is left out: gRPC has its own."""

    from_text = True

    def check(self, name: str, value: Any) -> Any:
        """Take host:port, or an http or https URL without user info, which gRPC cannot send."""
        if is_host_and_port(value):
            return value
        if not isinstance(value, str) or not _is_http_url(value) or "@" in urlsplit(value).netloc:
            raise refusal(name, "host:port, or an http:// or https:// URL with a host and without user info", value)
        parts = urlsplit(value)
        return f"{parts.scheme}://{parts.netloc}"


class Store(Kind):
    """The URL of a store: a SQLite file, or one of the engines to come."""

    from_text = True

    def check(self, name: str, value: Any) -> Any:
        """Take a URL of a known engine."""
        if not isinstance(value, str) or not (_is_sqlite_url(value) or value.startswith(("clickhouse://", "chdb:"))):
            raise refusal(name, "sqlite:///relative/file or sqlite:////absolute/file", value)
        return value

    def show(self, value: Any) -> Any:
        """Hide user and password."""
        return mask_url(value)


class RequestHeaders(Kind):
    """Request headers, whose values are shown nowhere."""

    from_text = True

    def check(self, name: str, value: Any) -> Any:
        """Copy the mapping; names are told apart as HTTP does, in any case."""
        if not isinstance(value, Mapping):
            raise ConfigurationError(f"{name} must be a mapping of str to str, got {type(value).__qualname__}")
        if not all(isinstance(key, str) and _HEADER_NAME.fullmatch(key) for key in value):
            # Not shown: name and value may have been swapped.
            raise ConfigurationError(f"{name}: the names must consist of letters, digits and !#$%&'*+.^_`|~-")
        if len({key.lower() for key in value}) < len(value):
            raise ConfigurationError(f"{name} must not hold the same name twice in different cases")
        for key, text in value.items():
            if not isinstance(text, str) or not _HEADER_VALUE.fullmatch(text) or text != text.strip():
                allowed = "latin-1 text without line breaks, control characters or spaces around it"
                raise ConfigurationError(f"{name}[{key!r}] must be {allowed} (the value is not shown)")
        return Headers(value)

    def parse(self, name: str, text: str) -> Any:
        """Read `name=value,name2=value2` as OTEL_EXPORTER_OTLP_HEADERS is read, save that nothing is dropped."""
        if not all(_HEADER_PAIR.fullmatch(item.strip()) for item in text.split(",") if item.strip()):
            allowed = "name=value pairs separated by commas, the values percent-encoded"
            raise ConfigurationError(f"{name} must be {allowed} (the value is not shown)")
        from opentelemetry.util.re import parse_env_headers  # noqa: PLC0415 - only where the variable is set

        return parse_env_headers(text, liberal=True)

    def show(self, value: Any) -> Any:
        """Show the names."""
        return dict.fromkeys(value, MASK)


def check_metadata(name: str, headers: Mapping[str, str]) -> None:
    """Raise ConfigurationError where gRPC cannot send checked request headers."""
    for key, text in headers.items():
        if not _METADATA_NAME.fullmatch(key):
            raise ConfigurationError(f"{name}[{key!r}] cannot be sent over gRPC: a name is letters, digits and _.-")
        if not _METADATA_VALUE.fullmatch(text):
            raise ConfigurationError(f"{name}[{key!r}] must be ASCII over gRPC (the value is not shown)")


class Key(Kind):
    """A secret key, as bytes or as text that stands for its UTF-8. Never shown."""

    from_text = True

    def check(self, name: str, value: Any) -> Any:
        """Take a key that is long enough."""
        if not isinstance(value, (str, bytes)) or _size(value) < MIN_KEY_BYTES:
            allowed = f"bytes, or text in UTF-8, of at least {MIN_KEY_BYTES} bytes"
            raise ConfigurationError(f"{name} must be {allowed} (the value is not shown)")
        return value

    def show(self, value: Any) -> Any:
        """Hide it."""
        del value
        return MASK


def is_host_and_port(value: object) -> bool:
    """Whether a value is an address as gRPC has it, without a scheme."""
    return isinstance(value, str) and bool(_HOST_AND_PORT.fullmatch(value)) and _is_http_url(f"http://{value}")


def _size(key: str | bytes) -> int:
    try:
        return len(key.encode() if isinstance(key, str) else key)
    except UnicodeEncodeError:
        return 0


def _is_http_url(text: str) -> bool:
    if not text.isprintable() or " " in text:  # urlsplit drops line breaks and tabs silently
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _is_sqlite_url(text: str) -> bool:
    path = text.removeprefix("sqlite:///")
    is_file = path.strip() not in ("", ":memory:") and not path.endswith("/")  # what nobody else can read is no store
    return path != text and is_file and path.isprintable() and "?" not in path
