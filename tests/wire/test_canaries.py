"""Personal data in every field of every signal, over HTTP and gRPC: none of it is in what the Collector wrote."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Container, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider

from clippy_otel.config import resolve
from clippy_otel.hooks.targets import Targets
from clippy_otel.pipeline import Pipeline
from clippy_otel.telemetry import Telemetry
from tests._collector import Collector
from tests.integrations._programs import run
from tests.wire import _canaries
from tests.wire._sides import TRANSPORTS, endpoint_of, make_ours

each_transport = pytest.mark.parametrize("transport", TRANSPORTS)
each_mode = pytest.mark.parametrize("mode", ["own", "attached"])
# All that a record can hold at once, of twenty kinds in each of its fields, is more than a request or the queue.
ROOM: dict[str, Any] = {"max_payload_bytes": 4_000_000, "max_queue_size": 1000, "max_memory_bytes": 20_000_000}
# The control asks for what is off by default too.
OFF: dict[str, Any] = {"redact_pii": False, "capture_content": True}
NAMES = {"span-name", "middle", "inner", "failed"}


@pytest.fixture(autouse=True)
def _fresh() -> None:
    _canaries.forget()


def attached(transport: str, endpoint: str, **settings: Any) -> Telemetry:
    """Return telemetry that has joined providers of the bare SDK, and alone delivers what they record."""
    resource = Resource.create(_canaries.RESOURCE)
    targets = Targets(
        TracerProvider(resource=resource, shutdown_on_exit=False),
        LoggerProvider(resource=resource, shutdown_on_exit=False),
        MeterProvider(resource=resource, shutdown_on_exit=False, views=_canaries.VIEWS),
    )
    config = resolve(transport=transport, endpoint=endpoint, flush_on=(), flush_interval_ms=0, **settings)
    return Telemetry(Pipeline(config, providers=targets))


def written(collector: Collector, transport: str, mode: str, **settings: Any) -> str:
    """Record the canaries and return what the Collector wrote, byte by byte."""
    endpoint = endpoint_of(collector, transport)
    settings = {**ROOM, "logging_level": "WARNING", **settings}
    if mode == "own":
        ours = make_ours(transport, endpoint, **{"resource_attributes": _canaries.RESOURCE, **settings})
    else:
        ours = attached(transport, endpoint, **settings)
    _canaries.record(ours)
    _canaries.record_own(ours)
    assert ours.shutdown().ok
    return raw(collector)


def raw(collector: Collector) -> str:
    """Return what a Collector has written, once all is there."""
    collector.wait_for(collector.spans, lambda spans: len(spans) >= _canaries.SPANS)
    collector.wait_for_logs(_canaries.LOGS)
    collector.wait_for(collector.metrics, lambda metrics: len(metrics) >= _canaries.METRICS)
    collector.stop()
    return collector.raw_bytes().decode()


@each_transport
@each_mode
@pytest.mark.parametrize("capture_content", [False, True])
def test_no_canary_reaches_the_collectors_disk(
    collector: Collector, transport: str, mode: str, *, capture_content: bool
) -> None:
    """Data of each kind in names, keys, values, nested ones, errors, resource and scope is gone from the very bytes."""
    text = written(collector, transport, mode, capture_content=capture_content)
    assert _canaries.found_in(text) == {}
    assert "[REDACTED]" in text
    spans = {span.name.partition(":")[0]: span for span in collector.spans()}
    assert spans.keys() >= NAMES
    assert "vendor=one" in spans["span-name"].trace_state  # of another vendor, and not ours to change


@each_transport
@each_mode
def test_without_redaction_every_canary_is_found(collector: Collector, transport: str, mode: str) -> None:
    """The control: the test above can fail, for each kind in each field by itself."""
    text = written(collector, transport, mode, **OFF)
    assert len(_canaries.SECRETS) > 1000
    assert _canaries.missing_from(text) == []


def program(*before: str, settings: Mapping[str, Any] | None = None, environ: Mapping[str, str] | None = None) -> str:
    """Run the program that records all canaries; return what it has written to both of its outputs."""
    report = Path("report.json").absolute()
    command = (*(before or ("python",)), str(Path(__file__).with_name("_canary_program.py")), str(report))
    shown = () if settings is None else (json.dumps({**ROOM, "logging_level": "WARNING", **settings}),)
    done = run(*command, *shown, environ=environ)
    _canaries.SECRETS.clear()
    _canaries.SECRETS.update({secret: tuple(place) for secret, place in json.loads(report.read_text()).items()})
    return done.stdout + done.stderr


def without_code(collector: Collector, transport: str, **environ: str) -> str:
    """Run it under opentelemetry-instrument with the stock exporters; return what the Collector wrote, and it."""
    said = program(
        *("opentelemetry-instrument", "--traces_exporter=otlp", "--logs_exporter=otlp", "--metrics_exporter=otlp"),
        sys.executable,
        environ={
            "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint_of(collector, transport),
            "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc" if transport == "grpc" else "http/protobuf",
            "OTEL_RESOURCE_ATTRIBUTES": ",".join(f"{key}={quote(text)}" for key, text in _canaries.RESOURCE.items()),
            "CLIPPY_OTEL_LOGGING_LEVEL": "WARNING",
            **environ,
        },
    )
    return raw(collector) + said


@each_transport
def test_no_canary_reaches_it_without_code(collector: Collector, transport: str) -> None:
    """Through the stock exporters of a program that configures nothing; nor is any in what it says."""
    text = without_code(collector, transport)
    assert _canaries.found_in(text) == {}
    assert {span.name.partition(":")[0] for span in collector.spans()} >= NAMES


@each_transport
def test_without_redaction_every_canary_is_found_without_code(collector: Collector, transport: str) -> None:
    """The control: attached as before, with redaction off."""
    off = {"CLIPPY_OTEL_REDACT_PII": "false", "CLIPPY_OTEL_CAPTURE_CONTENT": "true"}
    assert _canaries.missing_from(without_code(collector, transport, **off)) == []


def console(settings: Mapping[str, Any]) -> str:
    """Return what the console shows, and what debugging says of it."""
    return program(settings={"transport": "console", "debug": True, **settings})


def store(settings: Mapping[str, Any]) -> str:
    """Return what is in the local store: its files, and its tables, in which no page cuts a text in two."""
    said = program(settings={"transport": "local", "store": "sqlite:///canaries.db", **settings})
    with sqlite3.connect("canaries.db") as database:
        tables = "\n".join(database.iterdump())
    database.close()
    return said + tables + files(Path.cwd(), "canaries.db*")


def spool(settings: Mapping[str, Any]) -> str:
    """Return what is on disk where the peer is away: the spool, and all else of the state directory."""
    away = {"endpoint": "http://127.0.0.1:9", "state_directory": str(Path("state").absolute())}
    return program(settings={**away, **settings}) + files(Path("state"), "*")


def files(directory: Path, pattern: str) -> str:
    """Return all that files hold, whatever that is."""
    found = [path for path in directory.rglob(pattern) if path.is_file()]
    assert found
    return "".join(path.read_bytes().decode("latin-1") for path in found)


class Unseen(NamedTuple):
    """What a place shows in another form, or does not show at all."""

    kinds: Container[str]
    fields: tuple[str, ...] = ()  # how their names begin


PLACES = {
    console: Unseen({"bytes"}, ("resource", "tracer", "span-scope", "logger", "log-scope", "meter", "severity")),
    store: Unseen({"bytes"}),
    spool: Unseen({"bytes", "card as a number"}),
}
each_place = pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)


@each_place
def test_no_canary_is_anywhere_else(place: Any) -> None:
    """On the console, in the log lines of debugging, in the local store, in the spool's files, on either output."""
    settings = {"resource_attributes": _canaries.RESOURCE, "capture_content": True}
    text = place(settings)
    assert _canaries.found_in(text) == {}
    assert "[REDACTED]" in text


@each_place
def test_without_redaction_every_canary_is_there(place: Any) -> None:
    """The control, for each of these places."""
    text = place({"resource_attributes": _canaries.RESOURCE, **OFF})
    unseen = PLACES[place]
    missing = [at for at in _canaries.missing_from(text) if at[1] not in unseen.kinds]
    assert [at for at in missing if not at[0].startswith(unseen.fields or "?")] == []
