"""Other vendors' packages and this one in one process: both work, and what the vendors' export is redacted."""

from __future__ import annotations

import json
from functools import cache
from importlib.util import find_spec
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests._sinks import Sink
from tests.conftest import require_real
from tests.integrations._programs import program, run, secrets_in


@cache
def ran(vendor: str, *arguments: str) -> dict[str, Any]:
    """Run the program with a vendor's package; return what it says."""
    if find_spec(vendor) is None:
        require_real(vendor, "pip install --group vendors")
    said: dict[str, Any] = json.loads(run("python", program(f"_beside_{vendor}.py"), *arguments).stdout)
    assert said["tried"] == []  # to reach another machine
    return said


@pytest.mark.parametrize("order", ["logfire", "attach"])
def test_what_logfire_exports_is_redacted(order: str) -> None:
    """Spans, logs and metrics of logfire's API and of OpenTelemetry's, whichever of the two is set up first."""
    said = ran("logfire", order)
    attached = said["attached"]
    for signal in ("spans", "logs", "metrics"):
        assert secrets_in(attached[signal]) == []
        assert "[REDACTED]" in attached[signal]
    assert '"logfire.msg": "mail to [REDACTED]"' in attached["spans"]
    assert '"event_name": "feature.used"' in attached["logs"]
    assert said["hooks"] == [["spans", "logs", "metrics"], []]
    for signal in ("spans", "logs", "metrics"):  # after shutdown() it is as if we had not been there
        assert secrets_in(said["after"][signal]) != []


def test_logfire_alone_exports_what_was_recorded() -> None:
    """The control: without this package each place holds its personal data."""
    alone = ran("logfire", "alone")["attached"]
    places = {
        "spans": ("span", "info", "name", "exception"),
        "logs": ("log",),
        "metrics": ("counter", "histogram"),
    }
    for signal, names in places.items():
        assert [name for name in names if f"canary.{name}@" not in alone[signal]] == []


def test_spans_that_logfire_copies_at_their_start_are_not_reached_and_coverage_says_so() -> None:
    """Its pending spans (to its console, and to its test exporter) are made of live spans, which no hook may change."""
    said = ran("logfire", "logfire")
    assert secrets_in(said["attached"]["pending"]) != []
    redacted, (reason,) = said["coverage"]["spans"]
    assert redacted == "partial"
    assert "CheckSuppressInstrumentationProcessorWrapper" in reason  # what it stands in
    assert said["coverage"]["logs"] == said["coverage"]["metrics"] == ["full", []]


def test_providers_that_come_after_attach_are_said_to_be_missed() -> None:
    """coverage() sees that there are others by now, and the next attach() joins them."""
    said = ran("logfire", "attach")
    for redacted, (reason,) in said["before"].values():
        assert redacted == "none"
        assert reason.endswith("there is another one by now; join it by calling attach() again")


def spans_of(body: bytes) -> list[Span]:
    """Return the spans of an export request."""
    request = ExportTraceServiceRequest.FromString(body)
    return [span for resource in request.resource_spans for scope in resource.scope_spans for span in scope.spans]


@pytest.mark.parametrize("order", ["langfuse", "attach", "application"])
def test_what_langfuse_sends_is_redacted(order: str) -> None:
    """Its own exporter sends the whole generation without personal data, whichever is set up first."""
    with Sink() as sink:
        said = ran("langfuse", order, sink.url)
        redacted, raw = sink.requests
    (span,) = spans_of(redacted.body)
    assert secrets_in(str(span)) == []
    attributes = {attribute.key: attribute.value for attribute in span.attributes}
    assert "langfuse.observation.input" not in attributes  # what was said goes out with capture_content alone
    assert json.loads(attributes["langfuse.observation.usage_details"].string_value) == {"input": 7, "output": 9}
    assert span.name == "answer [REDACTED]"
    assert [event.name for event in span.events] == ["said", "exception"]
    assert "canary.input@example.com" in said["live"]["langfuse.observation.input"]  # the application's own span
    assert (said["redacted"], said["hooks"]) == ("partial", [])
    assert said["reasons"] == ["LangfuseSpanProcessor sees spans before they end, unredacted"]
    (after,) = spans_of(raw.body)  # after shutdown(), and the control
    places = ("name", "input", "output", "metadata", "event", "exception")
    assert [place for place in places if f"canary.{place}@example.com" not in str(after)] == []
