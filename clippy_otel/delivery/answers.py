"""What an OTLP/HTTP answer means: the specification's rules, from a status, headers and a body to an Outcome.

What the peer says is shown to people: bounded, on one line, and without what it may have repeated of our credentials.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from clippy_otel.ports import Outcome, Verdict

STATUS_TOO_LARGE: Final = 413
RETRY_AFTER_MAX_S: Final = 3600.0  # a peer may not park the data for longer
MESSAGE_CHARS: Final = 200

_RETRYABLE: Final = frozenset({429, 502, 503, 504})  # OTLP specification, "Retryable Response Codes"
_SECONDS: Final = re.compile(r"[0-9]+(\.[0-9]+)?")
_HIDDEN_CHARS_MIN: Final = 4  # what is shorter is no secret, and would be found everywhere


class Answer(NamedTuple):
    """One complete HTTP response."""

    status: int
    reason: str
    headers: Mapping[str, str]  # names in any case
    body: bytes  # its beginning, where it is long


class ResponseForm(NamedTuple):
    """The protobuf message that answers a signal's export requests."""

    module: str
    name: str
    rejected: str  # the field of its partial_success that counts refused records


def read_outcome(answer: Answer, form: ResponseForm, *, hidden: Sequence[str] = ()) -> Outcome:
    """Return what an answer says of the request.

    Args:
        answer: The complete response.
        form: What a success of this signal looks like.
        hidden: Texts that must not be in the outcome's message.
    """
    if 200 <= answer.status < 300:  # noqa: PLR2004 - the definition of success
        return _delivered(answer, form, hidden)
    message = clean(f"{answer.status} {answer.reason}: {_words(answer)}".rstrip(": "), hidden)
    if answer.status in _RETRYABLE:
        return Outcome(Verdict.RETRY, retry_after_s=_retry_after_s(answer.headers.get("Retry-After")), message=message)
    if answer.status == STATUS_TOO_LARGE:
        return Outcome(Verdict.TOO_LARGE, message=message)
    return Outcome(Verdict.REFUSED, message=message)


def clean(text: str, hidden: Sequence[str]) -> str:
    """Return a text on one line, without any of `hidden`, and at most MESSAGE_CHARS long."""
    # The longest first: one may be a part of another.
    for secret in sorted(hidden, key=len, reverse=True):
        if len(secret) >= _HIDDEN_CHARS_MIN:
            text = text.replace(secret, "***")
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= MESSAGE_CHARS else line[: MESSAGE_CHARS - 3] + "..."


def _delivered(answer: Answer, form: ResponseForm, hidden: Sequence[str]) -> Outcome:
    partial = _partial_success(answer, form)
    if partial is None:
        return Outcome(Verdict.DELIVERED)
    rejected = max(getattr(partial, form.rejected), 0)
    return Outcome(Verdict.DELIVERED, rejected=rejected, message=clean(partial.error_message, hidden))


def _partial_success(answer: Answer, form: ResponseForm) -> Any:
    """Return the partial success of an answer; None where there is none to be read."""
    content_type = _content_type(answer)
    if not answer.body or content_type not in ("application/x-protobuf", "application/json"):
        return None
    from google.protobuf import json_format  # noqa: PLC0415 - heavy
    from google.protobuf.message import DecodeError  # noqa: PLC0415 - heavy

    response = getattr(importlib.import_module(form.module), form.name)()
    try:
        if content_type == "application/json":
            json_format.Parse(answer.body, response, ignore_unknown_fields=True)
        else:
            response.ParseFromString(answer.body)
    except (DecodeError, json_format.ParseError, ValueError, RecursionError):
        return None  # the status says that the peer has taken the request; what else it says we do not know
    return response.partial_success


def _words(answer: Answer) -> str:
    """Return what the peer says about an error: a google.rpc.Status in protobuf or JSON, or plain text."""
    content_type = _content_type(answer)
    if content_type == "application/x-protobuf":
        return _status_message(answer.body)
    if content_type == "application/json":
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
