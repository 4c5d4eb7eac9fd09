"""`TelemetryConfig`: every setting of the contract with its default, checked when it is made, frozen from then on."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, NamedTuple

from clippy_otel.config.credentials import SIGNAL_PATHS, GrpcEndpoint, check_metadata, is_host_and_port
from clippy_otel.config.fields import KINDS, LIVE_FIELDS, by_name, check_available, check_names
from clippy_otel.config.kinds import refusal
from clippy_otel.config.masking import FrozenMapping, Headers
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.ports import SIGNALS, Event, SamplingRule, Signal, SpoolOptions

DEFAULT_ENDPOINT: Final = "http://localhost:4318"
DEFAULT_GRPC_ENDPOINT: Final = "http://localhost:4317"
DEFAULT_STORE: Final = "sqlite:///clippy-telemetry.db"
DEFAULT_TIMEOUT_MS: Final = 10_000

# For a busy service, in the contract's figures. 2,048 records in memory are four batches; 8 MB give each 3.9 kB, where
# a usual event takes 270 bytes. 512 varied events are 29 kB at gzip 1: 1 MB takes them at 34 times that size.
_SERVER: Final[Mapping[str, Any]] = {
    "max_buffer_size": 512,
    "max_queue_size": 2048,
    "max_memory_bytes": 8_000_000,
    "flush_interval_ms": 1000,
    "max_payload_bytes": 1_000_000,
}


class Origin(NamedTuple):
    """What the environment decided about a resolved configuration beside the fields' values.

    Attributes:
        disabled: A variable switched telemetry off: neither an argument nor an update switches it on again.
        endpoint: What `endpoint` became because only `OTEL_*` or nothing said it; None where something else did.
        urls: The full URLs that go with that endpoint, by signal: a signal's own variable need not be below it.
        transport: What they are for.
        timeout_ms: What `timeout_ms` became because only `OTEL_*` or nothing said it; None where something else did.
        timeouts_ms: The limits that go with it, by signal.
    """

    disabled: bool = False
    endpoint: str | None = None
    urls: Mapping[str, str] = FrozenMapping()
    transport: str | None = None
    timeout_ms: float | None = None
    timeouts_ms: Mapping[str, float] = FrozenMapping()

    def __repr__(self) -> str:
        """Show nothing: an endpoint may hold a password."""
        return "Origin(...)"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class TelemetryConfig:
    """All settings of a telemetry pipeline. Made once, never changed; equal where all settings are.

    A bad value, an unknown keyword and a contradiction raise `ConfigurationError`. None means that the environment
    or a default decides when the configuration is put to use. No repr shows a header's value, the user info of an
    endpoint, a store's password or the pseudonym key.

    Attributes:
        enabled: False: nothing is recorded.
        service_name: `service.name` of the resource; None: `OTEL_SERVICE_NAME`, else unknown_service.
        service_version: `service.version` of the resource.
        environment: `deployment.environment.name` of the resource.
        resource_attributes: More of the resource; the three above win over the same names here.
        sampling: "always", "never" (errors included), "probabilistic" or "throttled".
        sampling_rate: Share of events that "probabilistic" keeps, 0 to 1.
        sampling_rules: Strategies for some events; the first match wins.
        keep_errors: Keep whole traces that hold an error.
        keep_slower_than_ms: Keep whole traces that take longer, in ms; None: none for that.
        max_events_per_window: Events that "throttled" keeps within the window, at least 1.
        throttle_window_ms: That sliding window in ms, at least 1.
        max_buffer_size: Records that trigger a flush, 1 to max_queue_size.
        flush_interval_ms: A flush at least this often, in ms; 0: no timer.
        max_queue_size: Records held in memory, at least 1.
        max_memory_bytes: Bytes of records held in memory, at least 1.
        max_payload_bytes: Bytes of one request as sent, at least 1024; a larger single record goes alone.
        transport: "http", "grpc", "local" (the store), "console" or "custom". Not set, and no base given that sets it:
            `OTEL_EXPORTER_OTLP_PROTOCOL`.
        endpoint: Base URL for OTLP over HTTP, `/v1/{signal}` is appended; over gRPC a URL, whose path is not used, or
            host:port. None: `OTEL_EXPORTER_OTLP_*`, else http://localhost:4318, over gRPC http://localhost:4317.
        headers: Headers of each request, beside those of `OTEL_EXPORTER_OTLP_HEADERS`.
        timeout_ms: Limit of one request in ms, above 0; None: `OTEL_EXPORTER_OTLP_TIMEOUT` (seconds), else 10,000.
        custom_transport: What "custom" delivers to: a callable, an async one, an object with any of `logs`, `spans`,
            `metrics` as callables, or SDK exporters.
        store: `sqlite:///path`: what "local" writes and the privacy rights read; "local" alone makes it
            sqlite:///clippy-telemetry.db.
        state_directory: Where spool, pseudonym key, consent and ledger are kept; None: below the user's own.
        spool: How undelivered data is kept on disk.
        redact_pii: False: no redaction at all.
        redact_fields: Names of fields, or patterns, that are redacted beside the built-in ones.
        keep_fields: Names of fields, or patterns, that are not redacted although the built-in ones have them.
        redaction_rules: Rules for values beside the built-in ones.
        placeholder: What stands in place of redacted data.
        pseudonym_key: At least 16 bytes, the same on all hosts; None: made once.
        user_ids: "pseudonym", or "raw": user ids are left as they are.
        capture_content: Keep prompts and answers of AI operations, redacted. Not set, and no base given that sets it:
            `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`.
        baggage_keys: Keys of baggage that RedactingBaggagePropagator lets out.
        require_consent: Record nothing for a purpose before it is granted.
        before_send: Called with each event or error before redaction; returns it, changed or not, or None to drop it.
        flush_on: When to flush beside the rest: "exit", "sigterm".
        logging_level: Also record Python's `logging` from this level, a number or a name; None: do not.
        debug: Say on the logger `clippy_otel` what happens.
        origin: No setting; `resolve` fills it in.
    """

    enabled: bool = True
    service_name: str | None = None
    service_version: str | None = None
    environment: str | None = None
    resource_attributes: Mapping[str, Any] = field(default_factory=FrozenMapping)
    sampling: Literal["always", "never", "probabilistic", "throttled"] = "always"
    sampling_rate: float = 1.0
    sampling_rules: Sequence[SamplingRule] = ()
    keep_errors: bool = False
    keep_slower_than_ms: float | None = None
    max_events_per_window: int = 100
    throttle_window_ms: int = 60_000
    max_buffer_size: int = 50
    flush_interval_ms: int = 30_000
    max_queue_size: int = 100
    max_memory_bytes: int = 1_000_000
    max_payload_bytes: int = 10_240
    transport: Literal["http", "grpc", "local", "console", "custom"] = "http"
    endpoint: str | None = None
    headers: Mapping[str, str] = field(default_factory=Headers)
    timeout_ms: float | None = None
    custom_transport: Any = None
    store: str | None = None
    state_directory: str | os.PathLike[str] | None = None
    spool: SpoolOptions = SpoolOptions()  # noqa: RUF009 - frozen
    redact_pii: bool = True
    redact_fields: Sequence[str] = ()
    keep_fields: Sequence[str] = ()
    redaction_rules: Sequence[Any] = ()
    placeholder: str = "[REDACTED]"
    pseudonym_key: str | bytes | None = None
    user_ids: Literal["pseudonym", "raw"] = "pseudonym"
    capture_content: bool = False
    baggage_keys: Sequence[str] = ()
    require_consent: bool = False
    before_send: Callable[[Event], Event | None] | None = None
    flush_on: Sequence[Literal["exit", "sigterm"]] = ("exit",)
    logging_level: int | str | None = None
    debug: bool = False
    origin: Origin = Origin()  # noqa: RUF009 - frozen

    def __new__(cls, *args: object, **settings: object) -> TelemetryConfig:
        """Refuse what the generated `__init__` would answer with a TypeError."""
        if args:
            message = "TelemetryConfig takes keywords only; a mapping goes to TelemetryConfig.from_mapping()"
            raise ConfigurationError(message)
        check_names(settings.keys() - {"origin"})
        return object.__new__(cls)

    def __post_init__(self) -> None:
        """Check each field and what they say together; keep them in immutable forms."""
        for name, kind in KINDS.items():
            value = kind.check(name, getattr(self, name))
            check_available(name, value)
            object.__setattr__(self, name, value)
        self._check_together()
        self._check_for_transport()
        if self.transport == "local" and self.store is None:
            object.__setattr__(self, "store", DEFAULT_STORE)
        if self.origin.disabled:
            object.__setattr__(self, "enabled", False)

    def _check_together(self) -> None:
        if not isinstance(self.origin, Origin):
            raise refusal("origin", "left to resolve()", self.origin)
        if self.max_buffer_size > self.max_queue_size:
            message = "would never be reached: it must not be larger than max_queue_size, the records held in memory"
            raise ConfigurationError(f"max_buffer_size={self.max_buffer_size} {message} ({self.max_queue_size})")
        if self.transport == "custom" and self.custom_transport is None:
            raise ConfigurationError('custom_transport must be set with transport="custom"')
        if self.transport != "custom" and self.custom_transport is not None:
            raise ConfigurationError(f'custom_transport needs transport="custom", got transport={self.transport!r}')

    def _check_for_transport(self) -> None:
        """Check what only a transport can tell of endpoint and headers."""
        if self.transport == "grpc":
            check_metadata("headers", self.headers)
            if self.endpoint is not None:
                object.__setattr__(self, "endpoint", GrpcEndpoint().check("endpoint", self.endpoint))
        elif is_host_and_port(self.endpoint):
            raise refusal("endpoint", "an http:// or https:// URL with a host (host:port is for grpc)", self.endpoint)

    @classmethod
    def server(cls, **changes: Any) -> TelemetryConfig:
        """Return the preset for busy services, with changes.

        512 records a batch, 2,048 records and 8 MB in memory, a flush each second, 1 MB a request.
        """
        return cls(**{**_SERVER, **changes})

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> TelemetryConfig:
        """Return the configuration that a mapping describes, in snake_case or the specification's camelCase.

        Args:
            mapping: Settings by name, such as `{"redactPII": True, "transport": "localStorage"}`.

        Raises:
            ConfigurationError: A name is unknown or there in both spellings, or a value is not allowed.
        """
        if not isinstance(mapping, Mapping):
            raise refusal("the settings", "a mapping of names to values", mapping)
        return cls(**by_name(mapping))

    def updated(self, **changes: Any) -> TelemetryConfig:
        """Return a copy with changes to what may be changed while telemetry runs.

        Raises:
            ConfigurationError: A name is unknown or not live, or a value is not allowed.
        """
        check_names(changes)
        for name in changes:
            if name not in LIVE_FIELDS:
                raise ConfigurationError(f"{name} cannot be changed while telemetry runs; use configure(replace=True)")
        return replace(self, **changes)

    @property
    def timeout_s(self) -> float:
        """The longest that a request of any signal may take, in seconds; 10 where nothing has said it yet."""
        return max(map(self.signal_timeout_s, SIGNALS))

    def signal_timeout_s(self, signal: Signal) -> float:
        """Return the limit of one request of a signal in seconds; 10 where nothing has said it yet."""
        timeout_ms = self.timeout_ms or DEFAULT_TIMEOUT_MS
        if timeout_ms == self.origin.timeout_ms:
            timeout_ms = self.origin.timeouts_ms[signal]
        return timeout_ms / 1000

    def signal_endpoint(self, signal: Signal) -> str:
        """Return where a resolved configuration sends one signal: the full URL over HTTP, the address over gRPC."""
        origin = self.origin
        if self.endpoint is not None and (self.endpoint, self.transport) == (origin.endpoint, origin.transport):
            return origin.urls[signal]
        if self.transport == "grpc":
            return self.endpoint or DEFAULT_GRPC_ENDPOINT
        return (self.endpoint or DEFAULT_ENDPOINT) + SIGNAL_PATHS[signal]

    @property
    def spools(self) -> bool:
        """Whether what cannot be delivered is kept on disk, where there is a state directory."""
        return self.spool.durability != "memory" and self.transport != "console"

    def describe(self) -> dict[str, Any]:
        """Return every setting as it may be shown: credentials are masked, callables are named by their type."""
        return {name: kind.show(getattr(self, name)) for name, kind in KINDS.items()}

    def __repr__(self) -> str:
        """Show what differs from the defaults, masked."""
        shown = self.describe().items()
        said = (f"{name}={value!r}" for name, value in shown if not is_default(name, getattr(self, name)))
        return f"TelemetryConfig({', '.join(said)})"


_DEFAULT: Final = TelemetryConfig()
DEFAULTS: Final[Mapping[str, Any]] = {name: getattr(_DEFAULT, name) for name in KINDS}


def is_default(name: str, value: Any) -> bool:
    """Whether a field's checked value is its default; what an application gave for a None is not asked to compare."""
    default = DEFAULTS[name]
    return value is None if default is None else bool(value == default)
