"""Personal data of every kind in every field of every signal, and what to look for in what was written."""

from __future__ import annotations

import contextlib
import logging
import threading
from base64 import b64encode
from typing import Any, Final

from opentelemetry import baggage, trace
from opentelemetry._logs import SeverityNumber
from opentelemetry.context import Context
from opentelemetry.metrics import Observation
from opentelemetry.sdk.metrics.view import View
from opentelemetry.trace import Link, SpanKind, Status, StatusCode

from clippy_otel import HealthResult, HealthStatus, Telemetry
from tests.wire._inputs import REMOTE, within
from tests.wire._kinds import KINDS, luhn
from tests.wire._sides import Side

# What a redacted export must not hold, and of each the field and the kind. Collected when a field is first written.
SECRETS: dict[str, tuple[str, str]] = {}
# In every e-mail address and every other text that is made here; numbers have no room for one.
MARKS: Final = ("canary", "cnry")
_fields: dict[str, int] = {}
_numbering = threading.Lock()  # two readers ask a callback at once


def _number_of(field: str) -> int:
    with _numbering:
        return _fields.setdefault(field, len(_fields) + 1)


def _secret(field: str, kind: str, secret: str) -> str:
    known_field, known_kind = SECRETS.setdefault(secret, (field, kind))
    if known_kind == kind and _fields.get(known_field) != _fields.get(field):
        # A reader's thread of an earlier test was at it while all was forgotten: its number is another field's now.
        SECRETS[secret] = field, kind
    assert SECRETS[secret] == (field, kind), "two fields have one secret"
    return secret


def short(field: str) -> str:
    """Return a text that is short enough to be a name: an e-mail address alone."""
    canary = KINDS["email"](field, _number_of(field))
    return _secret(field, "email", canary.secret)


def text(field: str) -> str:
    """Return a text with data of each kind, each in a line of its own."""
    lines = [f"{field}:"]
    for kind, make in KINDS.items():
        canary = make(field, _number_of(field))
        _secret(field, kind, canary.secret)
        lines.append(canary.line)
    return "\n".join(lines)


def data(field: str) -> bytes:
    """Return bytes with an e-mail address in them, which JSON has in base64."""
    raw = f"{field}.canary.bytes@example.com".encode()
    _secret(field, "bytes", b64encode(raw).decode())
    return raw


def card(field: str) -> int:
    """Return a card's number as an int."""
    number = luhn(f"55000055{_number_of(field):07}")
    return int(_secret(field, "card as a number", number))


def values(field: str) -> dict[str, Any]:
    """Return attributes with data in keys and values, at all depths, and beneath sensitive keys."""
    n = _number_of(field)
    return {
        short(f"{field}-key"): "kept",
        "note": text(f"{field}-value"),
        "list": ["clean", text(f"{field}-list"), card(field)],
        "nested": {
            "deep": [
                {
                    short(f"{field}-nested-key"): 1,
                    "to": text(f"{field}-nested"),
                    "apiKey": _secret(field, "nested key", f"cnry{n:04}apikey"),
                    "userId": _secret(field, "nested user id", f"cnry{n:04}nesteduser"),
                }
            ]
        },
        "json": f'{{"password": "{_secret(field, "key in JSON", f"cnry{n:04}json")}", "a": 1}}',
        "password": _secret(field, "sensitive key", f"cnry{n:04}password"),
        "http.request.header.authorization": (f"Bearer {_secret(field, 'header', f'cnry{n:04}header')}",),
        "raw": data(field),
        "user.id": _secret(field, "user id", f"cnry{n:04}user"),
    }


def few(field: str) -> dict[str, Any]:
    """Return attributes for where there is room for a few only."""
    n = _number_of(field)
    return {
        "to": short(field),
        "nested": {"token": _secret(field, "nested key", f"cnry{n:04}token")},
        "user_id": _secret(field, "user id", f"cnry{n:04}user"),
    }


def resource() -> dict[str, Any]:
    """Return a resource, whose values cannot be nested."""
    password = _secret("resource", "sensitive key", "cnryresourcepassword")
    return {"owner": text("resource"), "resource.password": password, "service.name": "shop"}


def forget() -> None:
    """Begin anew, with the resource alone: another process numbers its fields in another order."""
    SECRETS.clear()
    _fields.clear()
    resource()


RESOURCE: Final = resource()
# The exemplars keep what this view leaves out.
VIEWS = [View(instrument_name="viewed", attribute_keys={"kept"})]


def record(side: Side) -> None:
    """Record the canaries in all three signals; baggage is there, and is no part of any of them."""
    context = baggage.set_baggage("email", "baggage@example.com", within(REMOTE))
    _record_spans(side, context)
    _record_logs(side, context)
    _record_metrics(side, context)
    assert baggage.get_all(context) == {"email": "baggage@example.com"}


def _record_spans(side: Side, context: Context) -> None:
    tracer = side.tracer_provider.get_tracer(text("tracer"), attributes=values("span-scope"))
    links = [Link(REMOTE, values("link"))]
    span = tracer.start_span(text("span-name"), context, SpanKind.SERVER, values("span"), links)
    span.add_event(text("event-name"), values("event"))
    with contextlib.suppress(RuntimeError), trace.use_span(span, end_on_exit=True):
        _fail(tracer)
    failed = tracer.start_span("failed")
    failed.set_status(Status(StatusCode.ERROR, text("status")))
    failed.end()
    # The application's own objects are as they were.
    assert span.name == text("span-name")
    assert span.attributes["note"] == text("span-value")


def _fail(tracer: trace.Tracer) -> None:
    """Raise through nested spans, each of which records it: with a cause, a context and notes."""
    with tracer.start_as_current_span("middle"), tracer.start_as_current_span("inner"):
        raise_chain("exception")


def raise_chain(field: str) -> None:
    """Raise an error with data in its message, its notes, its cause and in what was handled when that was raised."""
    try:
        try:
            raise LookupError(text(f"{field}-context"))
        except LookupError:
            raise KeyError(text(f"{field}-cause"))  # noqa: B904 - its context is what this is about
    except KeyError as cause:
        error = RuntimeError(text(field))
        if hasattr(error, "add_note"):  # Python 3.11
            error.add_note(text(f"{field}-note"))
        raise error from cause


def _record_logs(side: Side, context: Context) -> None:
    logger = side.logger_provider.get_logger(text("logger"), attributes=values("log-scope"))
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
    for other in (["clean", text("list-body")], data("bytes-body"), card("number-body")):
        logger.emit(context=context, body=other, severity_number=SeverityNumber.INFO)
    assert body["said"] == text("body")


def _record_metrics(side: Side, context: Context) -> None:
    meter = side.meter_provider.get_meter(text("meter"), attributes=values("meter-scope"))
    meter.create_counter("counter").add(1, values("counter"), context)
    meter.create_up_down_counter("in.flight").add(1, values("up-down"), context)
    meter.create_histogram("histogram").record(1, values("histogram"), context)
    meter.create_histogram("viewed").record(1, {"kept": "k", **values("viewed")}, context)
    meter.create_gauge("gauge").set(1, values("gauge"), context)
    for kind in ("gauge", "counter", "up_down_counter"):
        make = getattr(meter, f"create_observable_{kind}")
        make(f"observed.{kind}", [lambda _, kind=kind: [Observation(1, values(f"observed-{kind}"))]])


# How many of each there are at least, of what record() makes.
SPANS, LOGS, METRICS = 4, 5, 8


def record_own(telemetry: Telemetry) -> None:
    """Record the canaries with each part of this package's own API."""
    attributes = {**few("scope"), "note": text("scope-note")}
    user = _secret("scope-user", "user id", "cnryscopeuser")
    with telemetry.scope(user_id=user, conversation_id=text("conversation"), attributes=attributes):
        _record_events(telemetry)
        _record_errors(telemetry)
        _record_usage(telemetry)
        _record_performance(telemetry)
        _record_health(telemetry)


def _record_events(telemetry: Telemetry) -> None:
    collector = telemetry.collector
    collector.track(text("track-name"), values("track"))
    collector.track({"type": text("mapping-name"), "timestamp": 1_700_000_000_000, "data": values("mapping")})
    collector.track_performance("page.load", 1.5, attributes=values("performance"))
    collector.count("clicks", 2, attributes=values("count"))
    try:
        raise_chain("track-error")
    except RuntimeError as error:
        collector.track_error(error, context=values("track-error-context"))


def _record_errors(telemetry: Telemetry) -> None:
    errors = telemetry.errors
    errors.add_breadcrumb(
        text("crumb"), category=short("crumb-category"), level="info", data={"to": short("crumb-data")}
    )
    logging.getLogger("app").warning("%s", short("logging"), extra={"to": short("logging-extra")})
    user = {"id": _secret("error", "user id", "cnryerroruser"), "sessionId": "s"}
    try:
        raise_chain("captured")
    except RuntimeError as error:
        error_id = errors.capture_error(
            error, context=values("captured-context"), user=user, fingerprint=["a", short("fingerprint")]
        )
    errors.track_recovery(error_id, success=True, context={"strategy": short("strategy"), "more": text("recovery")})


def _record_usage(telemetry: Telemetry) -> None:
    analytics = telemetry.analytics
    analytics.track_feature(short("feature"), short("action"), values("feature-attributes"))
    analytics.start_conversation(short("conversation-id"), provider=short("conversation-provider"))
    analytics.track_message(short("conversation-id"), 5, short("role"))
    analytics.end_conversation(short("conversation-id"))
    analytics.track_provider_request(short("provider"), 5, success=True)
    analytics.track_proactive_suggestion(short("suggestion"), values("suggestion-attributes"))
    analytics.track_proactive_acceptance(short("suggestion"), 5)
    analytics.track_proactive_dismissal(short("suggestion"), short("reason"))


def _record_performance(telemetry: Telemetry) -> None:
    performance = telemetry.performance
    performance.track_ai_operation(
        total_ms=5,
        provider=short("ai-provider"),
        model=short("ai-model"),
        operation=short("ai-operation"),
        conversation_id=short("ai-conversation"),
        error=short("ai-error"),
    )
    with performance.ai_operation(provider="p", model="m") as operation:
        with operation.phase(short("phase")):
            operation.record_usage(input_tokens=1, response_model=short("response-model"))
        operation.record_content(input=text("prompt"), output=text("answer"), system_instructions=text("instructions"))
    operation.feedback(1, label=short("label"))
    performance.record_web_vital("LCP", 1, id=short("vital"))


def _record_health(telemetry: Telemetry) -> None:
    result = HealthResult(HealthStatus.UNHEALTHY, short("health-message"), details=few("health-details"))
    telemetry.health.register_service(short("service"), lambda: result)
    telemetry.health.check_now(short("service"))


def found_in(written: str) -> dict[str, tuple[str, str]]:
    """Return the secrets that are in what was written, and everything else that looks like one of them."""
    found = {secret: place for secret, place in SECRETS.items() if secret in written}
    marked = {written[max(at - 30, 0) : at + 60]: ("?", mark) for mark in MARKS if (at := written.find(mark)) >= 0}
    return found or marked


def missing_from(written: str) -> list[tuple[str, str]]:
    """Return the fields and kinds of the secrets that are not in what was written."""
    return sorted(place for secret, place in SECRETS.items() if secret not in written)
