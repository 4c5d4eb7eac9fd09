"""The seams between the rooms: Protocols, and the small records that cross them.

Nothing here does any work; a layer that needs another one's service asks for it by one of these names.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, Protocol, TypedDict, runtime_checkable

if TYPE_CHECKING:
    from opentelemetry.metrics import Meter
    from opentelemetry.trace import Tracer

    from clippy_otel.config import TelemetryConfig
    from clippy_otel.consent import Consent
    from clippy_otel.ledger import Ledger
    from clippy_otel.privacy.redactor import Redactor
    from clippy_otel.scope import Scopes
    from clippy_otel.subscriptions import Subscriptions

Signal = Literal["logs", "spans", "metrics"]
SIGNALS: tuple[Signal, ...] = ("logs", "spans", "metrics")


class Purpose(enum.IntFlag):
    """What a record is collected for: consent is asked, and purged, by purpose."""

    NONE = 0
    ANALYTICS = 1
    PERFORMANCE = 2
    ERRORS = 4


class Clock(Protocol):
    """Time, so that tests can hold it still."""

    def time_ns(self) -> int:
        """Return the wall clock: nanoseconds since the epoch."""

    def monotonic_ns(self) -> int:
        """Return a clock that never goes back, in nanoseconds."""


class IdSource(Protocol):
    """Identifiers, so that tests can count them."""

    def event_number(self) -> int:
        """Return a new event's number: 0 to 2**128 - 1, unique among all processes in a running system.

        Its id is the number as 32 lower-case hex digits.
        """

    def event_id(self) -> str:
        """Return a new event's id."""

    def session_id(self) -> str:
        """Return a new session id: a UUID in its canonical text form."""


class Envelope(NamedTuple):
    """What all records of one origin share on the wire, encoded once: the queue groups by it."""

    signal: Signal
    resource: bytes  # the body of an OTLP Resource message
    scope: bytes  # the body of an OTLP InstrumentationScope message
    resource_schema_url: str = ""
    scope_schema_url: str = ""


# What a queued record costs beside its bytes: the tuple (112), its size (28), the bytes object's header (33), the
# deque's slot (8).
ITEM_OVERHEAD_BYTES: Final = 181


class QueueItem(NamedTuple):
    """One record as it waits for its transport: already redacted, and encoded unless it is a span."""

    envelope: Envelope  # of a span that is not encoded yet: only its signal holds
    data: Any  # bytes, framed for their place in the request (tag, length, message); or an EndedSpan, or a span
    size_bytes: int  # held against the bounds: its bytes, or an estimate, and ITEM_OVERHEAD_BYTES; 0 for metrics
    purposes: int  # a mask of Purpose; a plain int, so that the garbage collector need not look at what waits
    subjects: bytes  # keyed 8-byte hashes of the users it is about, one after the other; b"" for none
    lifecycle: bool = False  # session.start and session.end: in the ledger, not in BufferStatus.size
    records: int = 1  # how many of the ledger's records it is: metrics count points
    place: Any = None  # where it lies in the spool, as the spool knows it; None: in memory alone


Admits = Callable[[int, bytes], bool]


class Gate:
    """Who may pass, in one place for who decides and who lets in: what is put in force is so from the next look on.

    Attributes:
        admits: Asked, by purposes (a mask) and subjects (their keyed hashes, one after the other), whether a record may
            be accepted; None: all may.
    """

    __slots__ = ("admits",)

    def __init__(self) -> None:
        self.admits: Admits | None = None


class Verdict(enum.Enum):
    """What became of one request."""

    DELIVERED = "delivered"  # acknowledged; Outcome.rejected of its records were refused (partial success)
    RETRY = "retry"  # try the same bytes again later
    REFUSED = "refused"  # permanent: the same bytes will never be taken
    TOO_LARGE = "too_large"  # permanent for these bytes, half of the records may pass


class Outcome(NamedTuple):
    """The answer to one request, read from the complete response.

    Attributes:
        verdict: What became of the request.
        rejected: Records that the backend refused although it took the request (partial success); 0 or more.
        retry_after_s: How long the peer asked us to wait, in seconds; None where it did not say.
        message: The peer's or the operating system's own words, for logs and dead letters; "" where there are none.
    """

    verdict: Verdict
    rejected: int = 0
    retry_after_s: float | None = None
    message: str = ""


class Transport(Protocol):
    """Where encoded requests of one signal go. Used by one thread at a time, save for abort().

    send() never raises: what goes wrong is an Outcome.
    """

    limits_payload: bool  # True: max_payload_bytes holds for what prepare() returns

    def prepare(self, data: bytes) -> bytes:
        """Return an encoded request as it will be sent (compressed, where this transport compresses)."""

    def send(self, prepared: bytes, timeout_s: float) -> Outcome:
        """Deliver what prepare() returned, within timeout_s seconds, and say what became of it."""

    def abort(self) -> None:
        """Ask a send() that another thread is in to return soon; called past a shutdown's deadline."""

    def close(self) -> None:
        """Release connections and files; idempotent."""

    def after_fork(self) -> None:
        """Forget inherited connections and locks in a forked child, leaving the parent's as they are.

        Called by the transport's worker; a transport does not register itself for it.
        """


class Recorder(Protocol):
    """What the components record through: a pipeline, or what stands in for one before configure(). Never raises."""

    @property
    def name(self) -> str:
        """Its mark on the exceptions that it has recorded."""

    @property
    def clock(self) -> Clock:
        """Time."""

    @property
    def ids(self) -> IdSource:
        """Identifiers."""

    @property
    def ledger(self) -> Ledger:
        """The books."""

    @property
    def scopes(self) -> Scopes:
        """The scopes, which outlive it."""

    @property
    def subscriptions(self) -> Subscriptions:
        """Who wants to know of what; they outlive it too."""

    @property
    def config(self) -> TelemetryConfig:
        """The configuration in force."""

    @property
    def consent(self) -> Consent | None:
        """What was decided about it; None: nothing is configured."""

    @property
    def tracer(self) -> Tracer:
        """The tracer for the components' spans."""

    @property
    def meter(self) -> Meter:
        """The meter for the components' observable instruments."""

    def emit(
        self,
        name: str,
        data: Mapping[str, Any],
        purpose: Purpose,
        *,
        severity: int = 9,
        time_ns: int | None = None,
    ) -> None:
        """Record an event; see Pipeline.emit()."""

    def record(
        self,
        name: str,
        value: float,
        *,
        unit: str,
        attributes: Mapping[str, Any] | None,
        purpose: Purpose = Purpose.PERFORMANCE,
    ) -> None:
        """Record a value in a histogram; see Instruments.record()."""

    def collects(self, purpose: Purpose, data: Mapping[str, Any] | None = None) -> bool:
        """Return whether something may be recorded for a purpose here and now, also by what is counted in process."""

    def count(self, name: str, value: float, *, unit: str, attributes: Mapping[str, Any] | None) -> None:
        """Add to a total; see Instruments.add()."""

    def add_breadcrumb(self, message: str, *, category: str, level: str, data: Mapping[str, Any] | None) -> None:
        """Note in the current scope that something happened, redacted."""

    def held(self) -> tuple[int, int]:
        """Return how many records, session starts and ends left out, and how many bytes wait to be delivered."""

    @property
    def redactor(self) -> Redactor | None:
        """The redactor in force; None: nothing is redacted."""

    def redact(self, text: str) -> str:
        """Return a text as it may be kept and shown."""

    def pseudonym(self, user_id: str) -> str:
        """Return what stands for a user; the id itself with `user_ids="raw"` or without redaction."""


class HasRecorder(Protocol):
    """A collector, as the components see it: what they record through may be another one after each configure()."""

    @property
    def recorder(self) -> Recorder:
        """The recorder in force."""


class EventMetadata(TypedDict):
    """Where an event belongs; an id that the event does not have is ""."""

    event_id: str
    session_id: str
    trace_id: str  # 32 lower-case hex digits
    span_id: str  # 16 lower-case hex digits


class Event(TypedDict):
    """An event as a custom transport, `before_send` and the test fixtures see it."""

    type: str
    timestamp: int  # milliseconds since the epoch
    data: dict[str, Any]
    metadata: EventMetadata


class SpanEventData(TypedDict):
    """Something that happened in a span, in a SpanData."""

    type: str
    timestamp: int  # milliseconds since the epoch
    data: dict[str, Any]


class SpanLinkData(TypedDict):
    """Another span that a span points to, in a SpanData."""

    trace_id: str
    span_id: str
    data: dict[str, Any]


class SpanData(TypedDict):
    """An ended span as a custom transport's `spans` sees it: what an Event has, and what only a span has."""

    type: str  # the span's name
    timestamp: int  # when it started, milliseconds since the epoch
    data: dict[str, Any]  # its attributes, without the session's id
    metadata: EventMetadata  # event_id is ""
    kind: Literal["unspecified", "internal", "server", "client", "producer", "consumer"]
    duration_ms: float  # 0 or more
    status: Literal["unset", "ok", "error"]
    status_message: str  # "" for none
    parent_span_id: str  # "" for a root span
    events: list[SpanEventData]
    links: list[SpanLinkData]


class SpoolOptions(NamedTuple):
    """How undelivered data is kept on disk.

    Attributes:
        max_bytes: Upper bound of the spool's size on disk, in bytes; the oldest goes first. Default 64 MiB.
        max_age_s: Records older than this many seconds are dropped and counted. Default 7 days.
        durability: "spool_on_failure" (default), "always" (written before the call returns) or "memory" (no disk).
        fsync: "never", "interval" (default) or "always".
        fsync_interval_ms: How often dirty segments are synced under "interval", in milliseconds.
    """

    max_bytes: int = 67_108_864
    max_age_s: float = 7 * 24 * 3600.0
    durability: Literal["spool_on_failure", "always", "memory"] = "spool_on_failure"
    fsync: Literal["never", "interval", "always"] = "interval"
    fsync_interval_ms: int = 1000


@runtime_checkable
class RedactionRule(Protocol):
    """What `redaction_rules` holds: a `clippy_otel.privacy.Rule`, as far as a configuration needs to know one."""

    @property
    def name(self) -> str:
        """What findings call it."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The fields that it names."""

    @property
    def action(self) -> str:
        """What becomes of what it finds."""


class SamplingRule(NamedTuple):
    """One line of `sampling_rules`: what it matches, and the strategy for it. The first line that matches wins.

    Attributes:
        event: A pattern (fnmatch, case matters) for the name of an event, or of a span with which a trace begins here;
            None: any.
        route: A pattern for `http.route`, else `url.path`, of the record or of the scope that is open; None: any.
        severity: From this severity number up, 1 to 24; spans have none. None: any.
        sampling: "always" (default), "never", "probabilistic" or "throttled".
        rate: The share that "probabilistic" keeps, 0 to 1; for the others it stays 1.
    """

    event: str | None = None
    route: str | None = None
    severity: int | None = None
    sampling: Literal["always", "never", "probabilistic", "throttled"] = "always"
    rate: float = 1.0
