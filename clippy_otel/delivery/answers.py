"""What an answer to OTLP means, over HTTP and over gRPC: the specification's rules, from what came to an Outcome.

What the peer says is shown to people, and kept with dead letters: bounded, on one line, without what it may have
repeated of our credentials, and redacted, whatever the settings say.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import json
import re
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from clippy_otel.ports import Outcome, Verdict

if TYPE_CHECKING:
    from clippy_otel.delivery.routes import ResponseForm
    from clippy_otel.privacy.redactor import Redactor

STATUS_TOO_LARGE: Final = 413
RETRY_AFTER_MAX_S: Final = 3600.0  # a peer may not park the data for longer
MESSAGE_CHARS: Final = 200

_PROTOBUF: Final = "application/x-protobuf"
_JSON: Final = "application/json"
_RETRYABLE: Final = frozenset({429, 502, 503, 504})  # OTLP specification, "Retryable Response Codes"
# The same for gRPC. RESOURCE_EXHAUSTED is one of them where the peer says how long to wait.
_RETRYABLE_CODES: Final = frozenset(
    {"CANCELLED", "DEADLINE_EXCEEDED", "ABORTED", "OUT_OF_RANGE", "UNAVAILABLE", "DATA_LOSS"}
)
# gRPC has no code for it. The words of its implementations: Go and C++; Java and .NET; Rust, as OUT_OF_RANGE.
_TOO_LARGE_CODES: Final = frozenset({"RESOURCE_EXHAUSTED", "OUT_OF_RANGE"})
_TOO_LARGE_WORDS: Final = re.compile("larger than max|exceeds (the )?maximum|message length too large")
_ANSWER_TOO_LARGE: Final = "CLIENT: Received"  # how our own side says that it is the answer that is too large

_SECONDS: Final = re.compile(r"[0-9]+(\.[0-9]+)?")
_HIDDEN_CHARS_MIN: Final = 4  # what is shorter is no secret, and would be found everywhere


class Answer(NamedTuple):
    """One complete HTTP response."""

    status: int
    reason: str
    headers: Mapping[str, str]  # names in any case
    body: bytes  # its beginning, where it is long


def read_outcome(answer: Answer, form: ResponseForm, *, hidden: Sequence[str] = ()) -> Outcome:
    """Return what an answer says of the request.

    Args:
        answer: The complete response.
        form: What a success of this signal looks like.
        hidden: Texts that must not be in the outcome's message.
    """
    if 200 <= answer.status < 300:  # noqa: PLR2004 - the definition of success
        return _delivered(answer.body, _content_type(answer), form, hidden)
    message = clean(f"{answer.status} {answer.reason}: {_words(answer)}".rstrip(": "), hidden)
    if answer.status in _RETRYABLE:
        return Outcome(Verdict.RETRY, retry_after_s=_retry_after_s(answer.headers.get("Retry-After")), message=message)
    if answer.status == STATUS_TOO_LARGE:
        return Outcome(Verdict.TOO_LARGE, message=message)
    return Outcome(Verdict.REFUSED, message=message)


def read_grpc_success(body: bytes, form: ResponseForm, *, hidden: Sequence[str] = ()) -> Outcome:
    """Return what gRPC's status OK says of the request.

    Args:
        body: The message that came with it; b"" where none did.
        form: What it looks like for this signal.
        hidden: Texts that must not be in the outcome's message.
    """
    return _delivered(body, _PROTOBUF, form, hidden)


def read_grpc_failure(code: str, details: str, status: bytes, *, hidden: Sequence[str] = ()) -> Outcome:
    """Return what any other status of gRPC says of the request, be it the peer's or that of our own side.

    Args:
        code: The status's name, "UNAVAILABLE".
        details: Its text.
        status: The trailing metadata's google.rpc.Status; b"" where there is none.
        hidden: Texts that must not be in the outcome's message.
    """
    message = clean(f"{code}: {details}".rstrip(": "), hidden)
    retry_after_s = _retry_delay_s(status)
    if retry_after_s is None and code in _TOO_LARGE_CODES and _is_too_large(details):
        return Outcome(Verdict.TOO_LARGE, message=message)
    if code in _RETRYABLE_CODES or (code == "RESOURCE_EXHAUSTED" and retry_after_s is not None):
        return Outcome(Verdict.RETRY, retry_after_s=retry_after_s, message=message)
    return Outcome(Verdict.REFUSED, message=message)


def clean(text: str, hidden: Sequence[str]) -> str:
    """Return a text redacted and on one line, without any of `hidden`, and at most MESSAGE_CHARS long."""
    # The longest first: one may be a part of another.
    for secret in sorted(hidden, key=len, reverse=True):
        if len(secret) >= _HIDDEN_CHARS_MIN:
            text = text.replace(secret, "***")
    text = _redactor().redact_text(text)
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= MESSAGE_CHARS else line[: MESSAGE_CHARS - 3] + "..."


@functools.cache
def _redactor() -> Redactor:
    from clippy_otel.privacy.redactor import Redactor  # noqa: PLC0415 - for the first answer that is none of success

    return Redactor()


def _delivered(body: bytes, content_type: str, form: ResponseForm, hidden: Sequence[str]) -> Outcome:
    partial = _partial_success(body, content_type, form)
    if partial is None:
        return Outcome(Verdict.DELIVERED)
    rejected = max(getattr(partial, form.rejected), 0)
    return Outcome(Verdict.DELIVERED, rejected=rejected, message=clean(partial.error_message, hidden))


def _partial_success(body: bytes, content_type: str, form: ResponseForm) -> Any:
    """Return the partial success of an answer; None where there is none to be read."""
    if not body or content_type not in (_PROTOBUF, _JSON):
        return None
    from google.protobuf import json_format  # noqa: PLC0415 - heavy
    from google.protobuf.message import DecodeError  # noqa: PLC0415 - heavy

    response = getattr(importlib.import_module(form.module), form.name)()
    try:
        if content_type == _JSON:
            json_format.Parse(body, response, ignore_unknown_fields=True)
        else:
            response.ParseFromString(body)
    except (DecodeError, json_format.ParseError, ValueError, RecursionError):
        return None  # the status says that the peer has taken the request; what else it says we do not know
    return response.partial_success


def _words(answer: Answer) -> str:
    """Return what the peer says about an error: a google.rpc.Status in protobuf or JSON, or plain text."""
    content_type = _content_type(answer)
    if content_type == _PROTOBUF:
        return _status_message(answer.body)
    if content_type == _JSON:
        with contextlib.suppress(ValueError, RecursionError):
            status = json.loads(answer.body)
            message = status.get("message") if isinstance(status, dict) else None
            return message if isinstance(message, str) else ""
        return ""
    return answer.body.decode(errors="replace") if content_type == "text/plain" else ""


def _status_message(body: bytes) -> str:
    from google.protobuf.message import DecodeError  # noqa: PLC0415 - heavy
    from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]  # noqa: PLC0415 - heavy

    try:
        return str(Status.FromString(body).message)
    except DecodeError:
        return ""


def _content_type(answer: Answer) -> str:
    return answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def _retry_after_s(value: str | None) -> float | None:
    """Return the seconds that a Retry-After header asks for, at most an hour; None where it says nothing sensible."""
    value = (value or "").strip()
    if _SECONDS.fullmatch(value):
        return min(float(value), RETRY_AFTER_MAX_S)
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - heavy

    try:
        # Without a zone it would be taken as local time; HTTP's dates are GMT, and say so.
        seconds = parsedate_to_datetime(value).timestamp() - time.time() if value.endswith("GMT") else None
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
    return None if seconds is None else min(max(seconds, 0.0), RETRY_AFTER_MAX_S)


def _is_too_large(details: str) -> bool:
    return bool(_TOO_LARGE_WORDS.search(details)) and _ANSWER_TOO_LARGE not in details


def _retry_delay_s(status: bytes) -> float | None:
    """Return the seconds that a google.rpc.Status asks for in its RetryInfo, at most an hour; None where in none."""
    if not status:
        return None
    from google.protobuf.message import DecodeError  # noqa: PLC0415 - heavy
    from google.rpc.error_details_pb2 import RetryInfo  # type: ignore[import-untyped]  # noqa: PLC0415 - heavy
    from google.rpc.status_pb2 import Status  # noqa: PLC0415 - heavy

    retry = RetryInfo()
    try:
        if not any(detail.Unpack(retry) for detail in Status.FromString(status).details):
            return None
    except DecodeError:
        return None
    seconds = retry.retry_delay.seconds + retry.retry_delay.nanos / 1e9
    return float(min(max(seconds, 0.0), RETRY_AFTER_MAX_S))
