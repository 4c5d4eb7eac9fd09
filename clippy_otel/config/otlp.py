"""What `OTEL_EXPORTER_OTLP_*` says of protocol, endpoints and timeouts: a signal's own variable before the general.

Times there are in seconds, as the SDK has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from clippy_otel import _guard
from clippy_otel.config.credentials import SIGNAL_PATHS, Endpoint, GrpcEndpoint, SignalEndpoint
from clippy_otel.config.kinds import MAX_NUMBER, Number, refusal
from clippy_otel.config.model import DEFAULT_ENDPOINT, DEFAULT_GRPC_ENDPOINT, DEFAULT_TIMEOUT_MS
from clippy_otel.config.variables import read, text_of
from clippy_otel.ports import Signal

Protocol = Literal["http", "grpc"]

_PREFIX: Final = "OTEL_EXPORTER_OTLP_"
_PROTOCOLS: Final[Mapping[str, Protocol]] = {"grpc": "grpc", "http/protobuf": "http"}
_NAMES: Final[Mapping[Signal, str]] = {
    signal: f"{_PREFIX}{path.rpartition('/')[2].upper()}_" for signal, path in SIGNAL_PATHS.items()
}
_SECONDS: Final = Number(MAX_NUMBER // 1000, above_zero=True)


class Timeouts(NamedTuple):
    """The limits of one request, in ms."""

    general: float
    by_signal: Mapping[str, float]


def protocol(env: Mapping[str, str]) -> Protocol:
    """Return the transport that the environment asks for; what it cannot have is warned about, and not set."""
    general = _protocol(env, f"{_PREFIX}PROTOCOL") or "http"
    by_signal = {_protocol(env, f"{name}PROTOCOL") or general for name in _NAMES.values()}
    if len(by_signal) == 1:
        return by_signal.pop()
    _guard.logger.warning("%sPROTOCOL: all signals go by one protocol, and that is %s", _PREFIX, general)
    return general


def urls(env: Mapping[str, str], *, over_grpc: bool) -> dict[str, str]:
    """Return where each signal goes: full URLs over HTTP, addresses over gRPC."""
    general = f"{_PREFIX}ENDPOINT"
    if over_grpc:
        target = read(GrpcEndpoint(), env, general) if text_of(env, general) else DEFAULT_GRPC_ENDPOINT
        return {signal: _own_url(env, signal, GrpcEndpoint()) or target for signal in SIGNAL_PATHS}
    base = read(Endpoint(), env, general) if text_of(env, general) else DEFAULT_ENDPOINT
    if "://" not in base:
        raise refusal(general, "an http:// or https:// URL with a host, or OTEL_EXPORTER_OTLP_PROTOCOL grpc", base)
    return {signal: _own_url(env, signal, SignalEndpoint()) or base + path for signal, path in SIGNAL_PATHS.items()}


def timeouts(env: Mapping[str, str]) -> Timeouts:
    """Return the limits of one request."""
    general = _timeout_ms(env, f"{_PREFIX}TIMEOUT") or DEFAULT_TIMEOUT_MS
    return Timeouts(general, {signal: _timeout_ms(env, f"{name}TIMEOUT") or general for signal, name in _NAMES.items()})


def _protocol(env: Mapping[str, str], variable: str) -> Protocol | None:
    word = text_of(env, variable).lower()
    if word and word not in _PROTOCOLS:
        _guard.logger.warning("%s: must be grpc or http/protobuf; it is ignored", variable)
    return _PROTOCOLS.get(word)


def _own_url(env: Mapping[str, str], signal: Signal, kind: SignalEndpoint | GrpcEndpoint) -> str | None:
    variable = f"{_NAMES[signal]}ENDPOINT"
    url: str | None = read(kind, env, variable) if text_of(env, variable) else None
    return url


def _timeout_ms(env: Mapping[str, str], variable: str) -> float | None:
    return read(_SECONDS, env, variable) * 1000 if text_of(env, variable) else None
