"""What an OTLP/HTTP answer means."""

from __future__ import annotations

import json
import time
from email.utils import formatdate

import pytest
from google.rpc.error_details_pb2 import RetryInfo  # type: ignore[import-untyped]
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsPartialSuccess, ExportLogsServiceResponse
from requests.structures import CaseInsensitiveDict

from clippy_otel.delivery.answers import (
    MESSAGE_CHARS,
    Answer,
    clean,
    read_grpc_failure,
    read_grpc_success,
    read_outcome,
)
from clippy_otel.delivery.routes import ResponseForm
from clippy_otel.ports import Outcome, Verdict

LOGS = ResponseForm(
    "opentelemetry.proto.collector.logs.v1.logs_service_pb2", "ExportLogsServiceResponse", "rejected_log_records"
)
PROTOBUF = "application/x-protobuf"
JSON = "application/json"


def read(status: int, body: bytes = b"", *, reason: str = "", hidden: tuple[str, ...] = (), **headers: str) -> Outcome:
    """Read an answer; header names are given with underscores."""
    named = CaseInsensitiveDict({name.replace("_", "-"): value for name, value in headers.items()})
    return read_outcome(Answer(status, reason, named, body), LOGS, hidden=hidden)


def partial(rejected: int, message: str) -> bytes:
    """Return the answer of a backend that has refused some records."""
    success = ExportLogsPartialSuccess(rejected_log_records=rejected, error_message=message)
    return bytes(ExportLogsServiceResponse(partial_success=success).SerializeToString())


@pytest.mark.parametrize("status", [200, 202, 204, 299])
def test_success(status: int) -> None:
    """Every 2xx status is a delivery, whatever else it says."""
    assert read(status) == Outcome(Verdict.DELIVERED)


def test_partial_success() -> None:
    """A partial success in protobuf is a delivery with its count and message."""
    outcome = read(200, partial(3, "too old"), content_type=PROTOBUF)
    assert outcome == Outcome(Verdict.DELIVERED, rejected=3, message="too old")


@pytest.mark.parametrize("count", ["3", 3])
def test_partial_success_json(count: object) -> None:
    """A partial success in JSON is the same, its 64-bit count as text or number, unknown fields left aside."""
    body = json.dumps({"partialSuccess": {"rejectedLogRecords": count, "errorMessage": "too old"}, "new": [1]})
    outcome = read(200, body.encode(), content_type=f"{JSON}; charset=utf-8")
    assert outcome == Outcome(Verdict.DELIVERED, rejected=3, message="too old")


def test_warning_only() -> None:
    """A partial success that rejects nothing keeps its message."""
    outcome = read(200, partial(0, "use the new endpoint"), content_type=PROTOBUF)
    assert outcome == Outcome(Verdict.DELIVERED, message="use the new endpoint")


def test_negative_rejected() -> None:
    """A negative count of rejected records counts as none."""
    assert read(200, partial(-4, ""), content_type=PROTOBUF).rejected == 0


@pytest.mark.parametrize(
    "body, content_type",
    [
        (b"\xff\xff\xff", PROTOBUF),
        (b"", PROTOBUF),
        (b"{", JSON),
        (b"\xff", JSON),
        (b"[" * 60_000, JSON),
        (b'{"partialSuccess": 1}', JSON),
        (b'{"partialSuccess": {"rejectedLogRecords": "99999999999999999999"}}', JSON),
        (b"<html>", "text/html"),
        (partial(3, ""), "text/plain"),
    ],
)
def test_unparsable_success(body: bytes, content_type: str) -> None:
    """A success whose body cannot be read is a delivery."""
    assert read(200, body, content_type=content_type) == Outcome(Verdict.DELIVERED)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_retryable(status: int) -> None:
    """The four statuses that OTLP calls retryable are."""
    assert read(status, reason="Busy") == Outcome(Verdict.RETRY, message=f"{status} Busy")


def test_too_large() -> None:
    """413 asks for smaller requests."""
    assert read(413).verdict is Verdict.TOO_LARGE


@pytest.mark.parametrize("status", [301, 302, 307, 308, 304, 400, 401, 403, 404, 405, 408, 415, 500, 501, 505, 599])
def test_refused(status: int) -> None:
    """Every other status is permanent, redirects among them, and says no time to wait."""
    assert read(status, reason="No", Retry_After="5") == Outcome(Verdict.REFUSED, message=f"{status} No")


@pytest.mark.parametrize(
    "body, content_type",
    [
        (Status(code=3, message="bad trace id").SerializeToString(), PROTOBUF),
        (b'{"code": 3, "message": "bad trace id"}', JSON),
        (b"bad\ntrace\x1b id", "text/plain; charset=utf-8"),
    ],
)
def test_words_of_a_refusal(body: bytes, content_type: str) -> None:
    """The message of a refusal holds what the peer says, on one line."""
    assert read(400, body, reason="Bad Request", content_type=content_type).message == "400 Bad Request: bad trace id"


@pytest.mark.parametrize(
    "body, content_type",
    [
        (b"\xff\xff\xff", PROTOBUF),
        (b"[" * 60_000, JSON),
        (b"[1]", JSON),
        (b'{"message": 1}', JSON),
        (b"<html>no</html>", "text/html"),
    ],
)
def test_no_words(body: bytes, content_type: str) -> None:
    """A refusal whose body says nothing readable has its status and reason for a message."""
    assert read(400, body, reason="Bad Request", content_type=content_type).message == "400 Bad Request"


@pytest.mark.parametrize(
    "value, seconds",
    [
        ("0", 0.0),
        ("7", 7.0),
        (" 7 ", 7.0),
        ("1.5", 1.5),
        ("3601", 3600.0),
        ("9" * 5000, 3600.0),
        ("-1", None),
        ("nan", None),
        ("inf", None),
        ("1e3", None),
        ("1_0", None),
        ("٣", None),
        ("", None),
        ("soon", None),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0.0),
        ("Sun, 06 Nov 9994 08:49:37 GMT", 3600.0),
        ("Sun, 66 Nov 1994 08:49:37 GMT", None),
        ("Sun, 06 Nov 1994 08:49:37", None),
        ("GMT", None),
    ],
)
def test_retry_after(value: str, seconds: float | None) -> None:
    """Retry-After is read as seconds or a date, within an hour, and left aside where it is neither."""
    assert read(503, Retry_After=value).retry_after_s == seconds


def test_retry_after_date() -> None:
    """A date is what is left until then."""
    seconds = read(429, Retry_After=formatdate(time.time() + 1800, usegmt=True)).retry_after_s
    assert seconds is not None
    assert 1200 < seconds <= 1800


def test_hidden() -> None:
    """What the peer repeats of our credentials is masked, also where one is a part of another."""
    outcome = read(
        401,
        b"no such key: Bearer s3cret-key (s3cret-key)",
        content_type="text/plain",
        hidden=("s3cret-key", "Bearer s3cret-key"),
    )
    assert outcome.message == "401 : no such key: *** (***)"


def test_hidden_in_partial_success() -> None:
    """A partial success is masked as well."""
    outcome = read(200, partial(1, "for s3cret-key"), content_type=PROTOBUF, hidden=("s3cret-key",))
    assert outcome.message == "for ***"


def test_what_the_peer_says_is_redacted() -> None:
    """It may repeat what it was sent, and say things of its own; redacted before it is cut."""
    outcome = read(400, b"no user ada@example.com in password=hunter2", content_type="text/plain")
    assert outcome.message == "400 : no user [REDACTED] in password=[REDACTED]"
    assert "ada" not in clean("x" * (MESSAGE_CHARS - 8) + " ada@example.com", ())


def test_hidden_before_cut() -> None:
    """A text is masked before it is cut, so that no part of a secret is left at its end."""
    secret = "s3cret-key"
    text = "x" * (MESSAGE_CHARS - 8) + secret
    assert "s3c" not in clean(text, [secret])


@given(
    status=st.integers(200, 599),
    reason=st.text(max_size=300),
    content_type=st.sampled_from([PROTOBUF, JSON, "text/plain", ""]),
    retry_after=st.text(max_size=40),
    body=st.binary(max_size=200),
)
def test_any_answer(status: int, reason: str, content_type: str, retry_after: str, body: bytes) -> None:
    """Whatever a peer says, it is an outcome, with a short message on one line and a sensible time to wait."""
    outcome = read(status, body, reason=reason, content_type=content_type, Retry_After=retry_after)
    assert (outcome.verdict is Verdict.DELIVERED) == (status < 300)
    assert len(outcome.message) <= MESSAGE_CHARS
    assert outcome.message.isprintable()
    assert outcome.rejected >= 0
    assert outcome.retry_after_s is None or 0 <= outcome.retry_after_s <= 3600


def status_with_delay(seconds: int, nanos: int = 0) -> bytes:
    """Return a google.rpc.Status in which a peer asks for patience, after a detail of another kind."""
    retry, status = RetryInfo(), Status(code=8)
    retry.retry_delay.seconds, retry.retry_delay.nanos = seconds, nanos
    status.details.add().Pack(Status(message="something else"))
    status.details.add().Pack(retry)
    return bytes(status.SerializeToString())


def test_grpc_success() -> None:
    """The status OK is a delivery, with its partial success where one can be read."""
    assert read_grpc_success(partial(3, "too old: s3cret"), LOGS, hidden=["s3cret"]) == Outcome(
        Verdict.DELIVERED, rejected=3, message="too old: ***"
    )
    for body in (b"", b"\xff\xff\xff", partial(0, "")):
        assert read_grpc_success(body, LOGS) == Outcome(Verdict.DELIVERED)


@pytest.mark.parametrize(
    "seconds, nanos, delay_s",
    [(0, 0, 0.0), (1, 500_000_000, 1.5), (-3, 0, 0.0), (3601, 0, 3600.0), (10**12, 0, 3600.0)],
)
def test_grpc_retry_delay(seconds: int, nanos: int, delay_s: float) -> None:
    """A RetryInfo is read within an hour, and makes RESOURCE_EXHAUSTED a reason to try again."""
    for code in ("RESOURCE_EXHAUSTED", "UNAVAILABLE"):
        outcome = read_grpc_failure(code, "busy", status_with_delay(seconds, nanos))
        assert outcome == Outcome(Verdict.RETRY, retry_after_s=delay_s, message=f"{code}: busy")


def test_grpc_retry_delay_of_a_refusal() -> None:
    """What is permanent stays so, whatever delay comes with it."""
    assert read_grpc_failure("INTERNAL", "", status_with_delay(1)) == Outcome(Verdict.REFUSED, message="INTERNAL")


@pytest.mark.parametrize("status", [b"", b"\xff\xff", Status(code=8, message="x").SerializeToString()])
def test_grpc_without_retry_delay(status: bytes) -> None:
    """Without a readable RetryInfo nothing is known of a delay."""
    assert read_grpc_failure("UNAVAILABLE", "", status) == Outcome(Verdict.RETRY, message="UNAVAILABLE")
    assert read_grpc_failure("RESOURCE_EXHAUSTED", "", status).verdict is Verdict.REFUSED


@pytest.mark.parametrize(
    "code, details",
    [
        ("RESOURCE_EXHAUSTED", "grpc: received message larger than max (5000000 vs. 4194304)"),
        ("RESOURCE_EXHAUSTED", "grpc: received message after decompression larger than max (5000000 vs. 4194304)"),
        ("RESOURCE_EXHAUSTED", "SERVER: Received message larger than max (5000000 vs. 4194304)"),
        ("RESOURCE_EXHAUSTED", "gRPC message exceeds maximum size 4194304: 5000000"),
        ("RESOURCE_EXHAUSTED", "Received message exceeds the maximum configured message size."),
        ("OUT_OF_RANGE", "Error, decoded message length too large: found 5000000 bytes, the limit is: 4194304 bytes"),
    ],
)
def test_grpc_too_large(code: str, details: str) -> None:
    """The words of gRPC's implementations for a request that is too large are understood."""
    assert read_grpc_failure(code, details, b"") == Outcome(Verdict.TOO_LARGE, message=f"{code}: {details}"[:200])
    assert read_grpc_failure("UNKNOWN", details, b"").verdict is Verdict.REFUSED
    assert read_grpc_failure(code, details, status_with_delay(1)).verdict is Verdict.RETRY


def test_grpc_answer_too_large() -> None:
    """An answer that is too large for our side is no request that is."""
    details = "Stream removed (CLIENT: Received message larger than max (6000000 vs. 4194304))"
    assert read_grpc_failure("RESOURCE_EXHAUSTED", details, b"").verdict is Verdict.REFUSED


def test_grpc_words_are_cleaned() -> None:
    """The details are on one line, bounded, and without what is hidden."""
    message = read_grpc_failure("UNKNOWN", "a\n s3cret " + "x" * 500, b"", hidden=["s3cret"]).message
    assert message.startswith("UNKNOWN: a *** xxx")
    assert len(message) == MESSAGE_CHARS
