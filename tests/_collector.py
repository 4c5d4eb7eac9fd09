"""Run the real OpenTelemetry Collector for a test and read back what it received.

Owns one Collector process at a time: its configuration, its life and the OTLP JSON files it writes, decoded to plain
Python. What stands here has gone over a real socket, through the Collector's own parser and out of it again. A record
can be read about 50 ms after its export was acknowledged: that is the file exporters' flush interval.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import time
import uuid
from base64 import b64decode
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Json: TypeAlias = dict[str, Any]
# What an OTLP AnyValue decodes to: None, bool, int, float, str, bytes, or a list or dict of these. Any rather than
# that union, so that a test can reach into a nested value without a cast.
Value: TypeAlias = Any
Attributes: TypeAlias = dict[str, Value]

Record = TypeVar("Record")

START_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 10.0
POLL_INTERVAL_S = 0.02
# Records shown in a failed wait: enough to see what is wrong, without flooding the report of a load test.
SHOWN_RECORDS = 20

_BUILD_SCRIPT = Path(__file__).parents[1] / "collector-config" / "build.sh"
_LISTS = {
    "logs": ("resourceLogs", "scopeLogs", "logRecords"),
    "traces": ("resourceSpans", "scopeSpans", "spans"),
    "metrics": ("resourceMetrics", "scopeMetrics", "metrics"),
}
_METRIC_TYPES = ("gauge", "sum", "histogram", "exponentialHistogram", "summary")


class Origin(NamedTuple):
    """Where a record comes from, as OTLP JSON: equal only where each value is of one type too."""

    resource: Json
    resource_schema_url: str
    scope: Json
    scope_schema_url: str


@dataclass(frozen=True)
class Scope:
    """The instrumentation scope of a record."""

    name: str
    version: str
    attributes: Attributes
    schema_url: str


@dataclass(frozen=True)
class ReceivedLog:
    """A log record; a field that is absent on the wire has its protobuf default ("" or 0, for `body` None)."""

    event_name: str
    body: Value
    attributes: Attributes
    resource: Attributes
    scope: Scope
    trace_id: str
    span_id: str
    severity_number: int
    severity_text: str
    time_unix_nano: int
    observed_time_unix_nano: int
    flags: int
    dropped_attributes_count: int
    raw: Json
    origin: Origin


@dataclass(frozen=True)
class SpanEvent:
    """An event of a span."""

    name: str
    time_unix_nano: int
    attributes: Attributes
    dropped_attributes_count: int


@dataclass(frozen=True)
class SpanLink:
    """A link of a span; the ids are lower-case hex."""

    trace_id: str
    span_id: str
    trace_state: str
    flags: int
    attributes: Attributes
    dropped_attributes_count: int


@dataclass(frozen=True)
class ReceivedSpan:
    """A span; `kind` and `status_code` are OTLP's numbers (kind 1 internal to 5 consumer; status 1 ok, 2 error)."""

    name: str
    kind: int
    trace_id: str
    span_id: str
    parent_span_id: str
    trace_state: str
    flags: int
    start_time_unix_nano: int
    end_time_unix_nano: int
    attributes: Attributes
    dropped_attributes_count: int
    events: list[SpanEvent]
    dropped_events_count: int
    links: list[SpanLink]
    dropped_links_count: int
    status_code: int
    status_message: str
    resource: Attributes
    scope: Scope
    raw: Json
    origin: Origin


@dataclass(frozen=True)
class ReceivedMetric:
    """A metric of one export, its points as OTLP JSON.

    `type` is the key OTLP JSON uses: gauge, sum, histogram, exponentialHistogram or summary. In a point, 64-bit
    integers are strings; `decode_attributes(point.get("attributes", []))` reads its attributes.
    """

    name: str
    unit: str
    description: str
    type: str
    data_points: list[Json]
    resource: Attributes
    scope: Scope
    raw: Json
    origin: Origin


def find_collector() -> Path | None:
    """Find the Collector binary without building it.

    Returns:
        What OTELCOL_BIN names (unchecked: a wrong one must fail loudly, not skip tests), else the binary that
        `build.sh` has cached, else None.
    """
    if named := os.environ.get("OTELCOL_BIN"):
        return Path(named)
    asked = subprocess.run(["bash", _BUILD_SCRIPT, "--path"], capture_output=True, text=True, check=False)
    return Path(asked.stdout.splitlines()[-1]) if asked.returncode == 0 else None


class Collector:
    """A running Collector that takes OTLP over HTTP and gRPC on loopback and writes it to files.

    Attributes:
        http_endpoint: "http://127.0.0.1:PORT", the base of /v1/logs, /v1/traces and /v1/metrics.
        grpc_endpoint: "http://127.0.0.1:PORT", as the OTLP exporters take it; plain gRPC wants it without "http://".
    """

    def __init__(self, directory: Path, binary: Path, bearer_token: str | None = None) -> None:
        """Launch the process; `start` also waits for it and is what a test calls."""
        http_port, grpc_port, self._health_port = _free_ports(3)
        # A path of its own: if another Collector took the port first, its answer must not be mistaken for ours.
        self._health_path = f"/{uuid.uuid4().hex}"
        self._directory = directory
        self.http_endpoint = f"http://127.0.0.1:{http_port}"
        self.grpc_endpoint = f"http://127.0.0.1:{grpc_port}"
        config = _config(http_port, grpc_port, self._health_port, self._health_path)
        if bearer_token is not None:
            _require_token(config, bearer_token)
        # JSON is YAML. Its paths are relative to the process's directory, so none needs escaping of "$".
        (directory / "collector.yaml").write_text(json.dumps(config, indent=2), encoding="utf-8")
        self._binary = binary
        self._earlier: dict[str, bytes] = {}  # what was written before restarts, by signal
        self._process = self._launch()

    @classmethod
    def start(cls, directory: Path, *, binary: Path, bearer_token: str | None = None) -> Collector:
        """Start a Collector and wait until it accepts data.

        Args:
            directory: An existing directory for its configuration, log and data files; files of an earlier
                Collector there are overwritten.
            binary: The Collector to run, see `find_collector`.
            bearer_token: What its clients must say in "Authorization: Bearer ..."; None: it asks for nothing.

        Raises:
            RuntimeError: It exited or was not ready within START_TIMEOUT_S; the message ends with its stderr.
        """
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            collector = cls(directory, binary, bearer_token)
            try:
                if collector._becomes_ready(deadline):
                    return collector
            except BaseException:
                collector.stop()
                raise
            collector.stop()
            # Between finding a port free and the Collector's bind another process can take it: choose anew.
            if "address already in use" not in collector._log() or time.monotonic() >= deadline:
                raise RuntimeError(f"the Collector did not start:\n{collector._log()}")

    @property
    def pid(self) -> int:
        """Return the id of the Collector's process."""
        return self._process.pid

    def stop(self) -> None:
        """Stop the process and wait for it: SIGTERM, which flushes its files, then SIGKILL after STOP_TIMEOUT_S.

        What it wrote can still be read. Stopping twice is harmless.
        """
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def restart(self, down_s: float) -> None:
        """Stop, stay away for so many seconds, and come back on the same ports; what was received stays readable.

        Raises:
            RuntimeError: It did not come back.
        """
        self.stop()
        for signal in _LISTS:
            self._earlier[signal] = self._written(signal)
            (self._directory / f"{signal}.jsonl").unlink(missing_ok=True)
        time.sleep(down_s)
        self._process = self._launch()
        if not self._becomes_ready(time.monotonic() + START_TIMEOUT_S):
            raise RuntimeError(f"the Collector did not come back:\n{self._log()}")

    def logs(self) -> list[ReceivedLog]:
        """Read all log records received so far, in the order of their arrival."""
        return [_log_record(*found) for found in self._records("logs")]

    def spans(self) -> list[ReceivedSpan]:
        """Read all spans received so far, in the order of their arrival."""
        return [_span(*found) for found in self._records("traces")]

    def metrics(self) -> list[ReceivedMetric]:
        """Read all metrics received so far: one entry per metric and export, in the order of their arrival."""
        return [_metric(*found) for found in self._records("metrics")]

    def wait_for_logs(self, count: int, timeout_s: float = 10.0) -> list[ReceivedLog]:
        """Wait until at least `count` log records have arrived and return all of them.

        Raises:
            AssertionError: Fewer are there after `timeout_s`; the message shows them.
        """
        return self.wait_for(self.logs, lambda logs: len(logs) >= count, timeout_s)

    def wait_for(
        self, read: Callable[[], list[Record]], enough: Callable[[list[Record]], bool], timeout_s: float = 10.0
    ) -> list[Record]:
        """Wait until what `read` (`logs`, `spans` or `metrics`) returns is `enough`, and return it.

        Raises:
            AssertionError: It is not after `timeout_s`; the message shows what is there.
        """
        deadline = time.monotonic() + timeout_s
        while not enough(records := read()):
            if time.monotonic() >= deadline:
                shown = "\n".join(map(repr, records[:SHOWN_RECORDS]))
                raise AssertionError(f"not enough after {timeout_s} s; {len(records)} records:\n{shown}")
            time.sleep(POLL_INTERVAL_S)
        return records

    def raw_bytes(self) -> bytes:
        """Return all that was written for all signals, for a search that no decoding can hide anything from.

        It is JSON: quotes, backslashes and control characters are escaped and byte values are base64. Call `stop`
        first where the search must cover the last 50 ms.
        """
        return b"".join(self._written(signal) for signal in _LISTS)

    def _launch(self) -> subprocess.Popen[bytes]:
        with (self._directory / "collector.log").open("wb") as log:
            return subprocess.Popen(
                [self._binary.absolute(), "--config=collector.yaml"],
                cwd=self._directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _becomes_ready(self, deadline: float) -> bool:
        while self._process.poll() is None and time.monotonic() < deadline:
            if self._is_healthy():
                return True
            time.sleep(POLL_INTERVAL_S)
        return False

    def _is_healthy(self) -> bool:
        # Not urllib: it would honour http_proxy, also for loopback.
        connection = http.client.HTTPConnection("127.0.0.1", self._health_port, timeout=1)
        try:
            connection.request("GET", self._health_path)
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _log(self) -> str:
        return (self._directory / "collector.log").read_text(encoding="utf-8", errors="replace")

    def _written(self, signal: str) -> bytes:
        earlier = self._earlier.get(signal, b"")
        try:
            return earlier + (self._directory / f"{signal}.jsonl").read_bytes()
        except FileNotFoundError:
            return earlier

    def _records(self, signal: str) -> Iterator[tuple[dict[str, Any], Json]]:
        resources, scopes, records = _LISTS[signal]
        # One line is one export. What follows the last newline is half a line, still being written: the next read
        # sees all of it.
        for line in self._written(signal).split(b"\n")[:-1]:
            for of_resource in json.loads(line).get(resources, []):
                resource, url = of_resource.get("resource", {}), of_resource.get("schemaUrl", "")
                for of_scope in of_resource.get(scopes, []):
                    origin = Origin(resource, url, of_scope.get("scope", {}), of_scope.get("schemaUrl", ""))
                    shared = _shared(origin)
                    for record in of_scope.get(records, []):
                        yield shared, record


def decode_value(value: Json) -> Value:
    """Decode an OTLP JSON AnyValue to a plain Python value; an empty one is None."""
    if not value:
        return None
    ((kind, content),) = value.items()
    return _DECODERS[kind](content)


def decode_attributes(pairs: Sequence[Json]) -> Attributes:
    """Decode an OTLP JSON list of key-value pairs.

    Raises:
        ValueError: A key stands twice, which OTLP forbids and a dict would hide.
    """
    decoded = {pair.get("key", ""): decode_value(pair.get("value", {})) for pair in pairs}
    if len(decoded) != len(pairs):
        raise ValueError(f"a key stands twice: {pairs}")
    return decoded


_DECODERS: dict[str, Callable[[Any], Value]] = {
    "stringValue": str,
    "boolValue": bool,
    "intValue": int,  # a string: JSON's numbers lose precision above 2**53
    "doubleValue": float,  # a number, or the string "NaN", "Infinity" or "-Infinity"
    "bytesValue": b64decode,
    "arrayValue": lambda array: [decode_value(element) for element in array.get("values", [])],
    "kvlistValue": lambda pairs: decode_attributes(pairs.get("values", [])),
}


def _shared(origin: Origin) -> dict[str, Any]:
    """Return the fields that all records of one origin share."""
    scope = origin.scope
    attributes = decode_attributes(scope.get("attributes", []))
    return {
        "resource": decode_attributes(origin.resource.get("attributes", [])),
        "scope": Scope(scope.get("name", ""), scope.get("version", ""), attributes, origin.scope_schema_url),
        "origin": origin,
    }


def _log_record(shared: dict[str, Any], raw: Json) -> ReceivedLog:
    return ReceivedLog(
        event_name=raw.get("eventName", ""),
        body=decode_value(raw.get("body", {})),
        attributes=decode_attributes(raw.get("attributes", [])),
        trace_id=raw.get("traceId", ""),
        span_id=raw.get("spanId", ""),
        severity_number=raw.get("severityNumber", 0),
        severity_text=raw.get("severityText", ""),
        time_unix_nano=int(raw.get("timeUnixNano", 0)),
        observed_time_unix_nano=int(raw.get("observedTimeUnixNano", 0)),
        flags=raw.get("flags", 0),
        dropped_attributes_count=raw.get("droppedAttributesCount", 0),
        raw=raw,
        **shared,
    )


def _span(shared: dict[str, Any], raw: Json) -> ReceivedSpan:
    return ReceivedSpan(
        name=raw.get("name", ""),
        kind=raw.get("kind", 0),
        trace_id=raw.get("traceId", ""),
        span_id=raw.get("spanId", ""),
        parent_span_id=raw.get("parentSpanId", ""),
        trace_state=raw.get("traceState", ""),
        flags=raw.get("flags", 0),
        start_time_unix_nano=int(raw.get("startTimeUnixNano", 0)),
        end_time_unix_nano=int(raw.get("endTimeUnixNano", 0)),
        attributes=decode_attributes(raw.get("attributes", [])),
        dropped_attributes_count=raw.get("droppedAttributesCount", 0),
        events=[_span_event(event) for event in raw.get("events", [])],
        dropped_events_count=raw.get("droppedEventsCount", 0),
        links=[_span_link(link) for link in raw.get("links", [])],
        dropped_links_count=raw.get("droppedLinksCount", 0),
        status_code=raw.get("status", {}).get("code", 0),
        status_message=raw.get("status", {}).get("message", ""),
        raw=raw,
        **shared,
    )


def _span_event(raw: Json) -> SpanEvent:
    return SpanEvent(
        name=raw.get("name", ""),
        time_unix_nano=int(raw.get("timeUnixNano", 0)),
        attributes=decode_attributes(raw.get("attributes", [])),
        dropped_attributes_count=raw.get("droppedAttributesCount", 0),
    )


def _span_link(raw: Json) -> SpanLink:
    return SpanLink(
        trace_id=raw.get("traceId", ""),
        span_id=raw.get("spanId", ""),
        trace_state=raw.get("traceState", ""),
        flags=raw.get("flags", 0),
        attributes=decode_attributes(raw.get("attributes", [])),
        dropped_attributes_count=raw.get("droppedAttributesCount", 0),
    )


def _metric(shared: dict[str, Any], raw: Json) -> ReceivedMetric:
    kind = next(name for name in _METRIC_TYPES if name in raw)
    return ReceivedMetric(
        name=raw.get("name", ""),
        unit=raw.get("unit", ""),
        description=raw.get("description", ""),
        type=kind,
        data_points=raw[kind].get("dataPoints", []),
        raw=raw,
        **shared,
    )


def _config(http_port: int, grpc_port: int, health_port: int, health_path: str) -> Json:
    return {
        "receivers": {
            "otlp": {
                "protocols": {
                    "http": {"endpoint": f"127.0.0.1:{http_port}"},
                    "grpc": {"endpoint": f"127.0.0.1:{grpc_port}"},
                }
            }
        },
        "exporters": {
            f"file/{signal}": {"path": f"{signal}.jsonl", "format": "json", "flush_interval": "50ms"}
            for signal in _LISTS
        },
        "extensions": {"health_check": {"endpoint": f"127.0.0.1:{health_port}", "path": health_path}},
        "service": {
            "extensions": ["health_check"],
            # Its own metrics would listen on one more port, a fixed one.
            "telemetry": {"metrics": {"level": "none"}},
            "pipelines": {signal: {"receivers": ["otlp"], "exporters": [f"file/{signal}"]} for signal in _LISTS},
        },
    }


def _require_token(config: Json, bearer_token: str) -> None:
    config["extensions"]["bearertokenauth"] = {"token": bearer_token}
    config["service"]["extensions"].append("bearertokenauth")
    for protocol in config["receivers"]["otlp"]["protocols"].values():
        protocol["auth"] = {"authenticator": "bearertokenauth"}


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        # All are bound before any is closed: else one port could be given twice.
        for bound in sockets:
            bound.bind(("127.0.0.1", 0))
        return [int(bound.getsockname()[1]) for bound in sockets]
    finally:
        for bound in sockets:
            bound.close()
