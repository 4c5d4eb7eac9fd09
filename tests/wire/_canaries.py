"""Personal data of every kind in every field of every signal, and what to look for in what was written."""

from __future__ import annotations

import contextlib
from base64 import b64encode
from typing import Any

from opentelemetry import baggage, trace
from opentelemetry._logs import SeverityNumber
from opentelemetry.context import Context
from opentelemetry.metrics import Observation
from opentelemetry.sdk.metrics.view import View
from opentelemetry.trace import Link, SpanKind, Status, StatusCode

from tests.wire._inputs import REMOTE, within
from tests.wire._sides import Side

_KINDS = "call +1 415 555 2671 or (415) 555-2671, SSN 536-22-8726, card 4111 1111 1111 1111"
# What a redacted export must not hold. Each field's own e-mail address is collected when it is used.
SECRETS = ["+1 415 555 2671", "(415) 555-2671", "536-22-8726", "4111 1111 1111 1111"]
_UNSEEN = b"bytes.canary@example.com"
SECRETS += [f"canary-{name}" for name in ("password", "bearer", "api-key", "user")]
SECRETS += [b64encode(_UNSEEN).decode(), "5500005555555559"]


def canary(field: str) -> str:
    """Return an e-mail address that stands in one field only."""
    address = f"{field}.canary@example.com"
    if address not in SECRETS:
        SECRETS.append(address)
    return address


def text(field: str) -> str:
    """Return a text with data of each kind."""
    return f"{field}: mail {canary(field)}, {_KINDS}"


def values(field: str) -> dict[str, Any]:
    """Return attributes with data in keys and values, at all depths, and beneath sensitive keys."""
    return {
        canary(f"{field}-key"): "kept",
        "note": text(f"{field}-value"),
        "list": ["clean", text(f"{field}-list"), 5500005555555559],
        "nested": {
            "deep": [{canary(f"{field}-nested-key"): 1, "to": text(f"{field}-nested"), "apiKey": "canary-api-key"}]
        },
        "password": "canary-password",
        "http.request.header.authorization": ("Bearer canary-bearer",),
        "raw": _UNSEEN,
        "user.id": "canary-user",
    }


RESOURCE: dict[str, Any] = {"owner": text("resource"), "resource.password": "canary-password", "service.name": "shop"}
# The exemplars keep what this view leaves out.
VIEWS = [View(instrument_name="viewed", attribute_keys={"kept"})]


def record(side: Side) -> None:
    """Record the canaries in all three signals; baggage is there, and is no part of any of them."""
    context = baggage.set_baggage("email", canary("baggage"), within(REMOTE))
    _record_spans(side, context)
    _record_logs(side, context)
    _record_metrics(side, context)
    assert baggage.get_all(context) == {"email": canary("baggage")}


def _record_spans(side: Side, context: Context) -> None:
    tracer = side.tracer_provider.get_tracer(canary("tracer"), attributes=values("span-scope"))
    links = [Link(REMOTE, values("link"))]
    span = tracer.start_span(text("span-name"), context, SpanKind.SERVER, values("span"), links)
    span.add_event(text("event-name"), values("event"))
    with contextlib.suppress(RuntimeError), trace.use_span(span, end_on_exit=True):
        _fail(tracer)
    failed = tracer.start_span("failed")
    failed.set_status(Status(StatusCode.ERROR, text("status")))
    failed.end()
    # The application's own objects are as they were.
    assert canary("span-name") in span.name
    assert canary("span-value") in span.attributes["note"]


def _fail(tracer: trace.Tracer) -> None:
    """Raise through nested spans, each of which records it."""
    with tracer.start_as_current_span("middle"), tracer.start_as_current_span("inner"):
        try:
            raise KeyError(text("cause"))
        except KeyError as error:
            raise RuntimeError(text("exception")) from error


def _record_logs(side: Side, context: Context) -> None:
    logger = side.logger_provider.get_logger(canary("logger"), attributes=values("log-scope"))
    body = {"said": text("body"), "more": [values("body-nested")]}
    logger.emit(
        context=context,
        body=body,
        attributes=values("log"),
        event_name=text("log-name"),
        severity_text=text("severity"),
        severity_number=SeverityNumber.INFO,
    )
    logger.emit(context=context, body=text("plain-body"), exception=ValueError(text("log-exception")))
    assert canary("body") in body["said"]


def _record_metrics(side: Side, context: Context) -> None:
    meter = side.meter_provider.get_meter(canary("meter"), attributes=values("meter-scope"))
    meter.create_counter("counter").add(1, values("counter"), context)
    meter.create_histogram("histogram").record(1, values("histogram"), context)
    meter.create_histogram("viewed").record(1, {"kept": "k", **values("viewed")}, context)
    meter.create_gauge("gauge").set(1, values("gauge"), context)
    meter.create_observable_gauge("observed", [lambda _: [Observation(1, values("observed"))]])
