"""Nested payloads, each with canaries that must not survive in any form, and values beside them that should."""

from __future__ import annotations

import collections
import dataclasses
import json
import random
import types
import urllib.parse
import uuid
from collections.abc import Callable
from typing import Any, Final

from benchmarks.redaction.beads import Beads
from benchmarks.redaction.rows import Payload

PAYLOADS: Final = 132


def payloads(rng: random.Random) -> list[Payload]:
    """Return the payloads: each shape as often as any other, with fresh values."""
    made = []
    for at in range(PAYLOADS):
        shape = SHAPES[at % len(SHAPES)]
        beads = Beads(rng)
        value = shape(beads)
        made.append(
            Payload(shape.__name__.strip("_").replace("_", " "), value, tuple(beads.canaries), tuple(beads.keeps))
        )
    return made


@dataclasses.dataclass
class Account:
    """A record of an application."""

    name: str
    password: str
    email: str
    tags: list[str]


@dataclasses.dataclass(frozen=True)
class Connection:
    """A record with a record inside."""

    host: str
    api_key: str
    owner: Account


Login = collections.namedtuple("Login", ["username", "passwd", "attempt"])  # noqa: PYI024 - as applications still write it


def _flat_mapping(b: Beads) -> Any:
    return {"order.id": b.keep("uuid"), "password": b.password(), "note": f"mail {b.email()}", "count": 3}


def _nested_mapping(b: Beads) -> Any:
    return {
        "request": {
            "user": {"profile": {"homeAddress": b.words(), "contact": {"email": b.email()}}},
            "id": b.keep("uuid"),
        }
    }


def _list_of_mappings(b: Beads) -> Any:
    return {"items": [{"sku": b.keep("int8"), "accessToken": b.opaque()} for _ in range(2)]}


def _list_of_texts(b: Beads) -> Any:
    return ["started", f"charged {b.card()}", f"called {b.phone()}", b.keep("uuid")]


def _tuple_and_set(b: Beads) -> Any:
    return {"seen": (b.email(), b.keep("hex32")), "ids": frozenset({b.ssn()})}


def _deep_list(b: Beads) -> Any:
    return [[[[{"a": [[b.email()]], "secret": [[b.opaque()]]}]]]]


def _sensitive_container(b: Beads) -> Any:
    return {"credentials": {"user": "app", "value": b.opaque(), "parts": [b.opaque()]}, "host": b.keep("host")}


def _list_under_sensitive_key(b: Beads) -> Any:
    return {"tokens": [b.opaque(), b.opaque()], "token_count": 2, "trace": b.keep("hex32")}


def _dataclass(b: Beads) -> Any:
    return Account("app", b.password(), b.email(), [b.keep("word")])


def _nested_dataclass(b: Beads) -> Any:
    return {"connection": Connection(b.keep("host"), b.opaque(), Account("app", b.password(), b.email(), []))}


def _namedtuple(b: Beads) -> Any:
    return {"login": Login("app", b.password(), 2), "at": b.keep("isoz")}


def _namespace(b: Beads) -> Any:
    return {"settings": types.SimpleNamespace(client_secret=b.opaque(), region=b.keep("zone"))}


def _header_pairs(b: Beads) -> Any:
    return {"headers": [["authorization", f"Custom {b.opaque()}"], ["accept", "*/*"], ["x-request-id", b.keep("uuid")]]}


def _header_tuples(b: Beads) -> Any:
    return {"headers": [("Host", b.keep("host")), ("Cookie", f"a={b.opaque()}"), ("X-Api-Key", b.opaque())]}


def _asgi_headers(b: Beads) -> Any:
    return {
        "headers": [
            (b"host", b"example.com"),
            (b"authorization", f"Token {b.opaque()}".encode()),
            (b"cookie", f"sid={b.opaque()}".encode()),
        ]
    }


def _headers_of_lists(b: Beads) -> Any:
    return {"headers": {"Set-Cookie": [f"sid={b.opaque()}; Path=/", f"t={b.opaque()}"], "ETag": [b.keep("hex32")]}}


def _otlp_attributes(b: Beads) -> Any:
    return {
        "attributes": [
            {"key": "password", "value": {"stringValue": b.password()}},
            {"key": "http.route", "value": {"stringValue": "/orders/{id}"}},
            {"key": "enduser.email", "value": {"stringValue": b.email()}},
            {"key": "trace", "value": {"stringValue": b.keep("hex32")}},
        ]
    }


def _otlp_kvlist(b: Beads) -> Any:
    inner = [{"key": "client_secret", "value": {"stringValue": b.opaque()}}, {"key": "n", "value": {"intValue": "3"}}]
    return {"key": "config", "value": {"kvlistValue": {"values": inner}}}


def _otlp_array(b: Beads) -> Any:
    return [
        {
            "key": "refreshTokens",
            "value": {"arrayValue": {"values": [{"stringValue": b.opaque()}, {"stringValue": b.opaque()}]}},
        }
    ]


def _otlp_export(b: Beads) -> Any:
    span = {
        "traceId": b.keep("hex32"),
        "spanId": b.keep("hex16"),
        "name": "POST /login",
        "startTimeUnixNano": b.keep("epochns"),
        "attributes": [{"key": "apiKey", "value": {"string_value": b.opaque()}}],
        "events": [{"name": "log", "attributes": [{"key": "message", "value": {"stringValue": f"for {b.email()}"}}]}],
    }
    return {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}


def _har_entry(b: Beads) -> Any:
    headers = [{"name": "Authorization", "value": f"Bearer {b.opaque()}"}, {"name": "Accept", "value": "*/*"}]
    query = [{"name": "api_key", "value": b.opaque()}, {"name": "page", "value": "2"}]
    return {"request": {"headers": headers, "queryString": query, "url": f"https://example.com/{b.keep('uuid')}"}}


def _environment_list(b: Beads) -> Any:
    return {"env": [{"name": "DB_PASSWORD", "value": b.password()}, {"name": "REGION", "value": b.keep("zone")}]}


def _changes(b: Beads) -> Any:
    return {
        "changes": [
            {"field": "email", "old": b.words(), "new": b.words()},
            {"field": "plan", "old": "free", "new": "pro"},
        ]
    }


def _json_in_text(b: Beads) -> Any:
    return {"body": json.dumps({"user": "app", "newPassword": b.password(), "id": b.keep("uuid")})}


def _json_in_json(b: Beads) -> Any:
    inner = json.dumps({"access_token": b.opaque(), "n": 1})
    return {"message": json.dumps({"payload": inner, "id": b.keep("uuid")})}


def _json_three_deep(b: Beads) -> Any:
    inner = json.dumps({"secret": b.opaque()})
    return {"event": json.dumps({"detail": json.dumps({"body": inner})})}


def _json_list_in_text(b: Beads) -> Any:
    return {"records": json.dumps([{"ssn": b.ssn()}, {"fullName": b.words()}, {"id": b.keep("uuid")}], indent=2)}


def _json_bytes(b: Beads) -> Any:
    return {"raw": json.dumps({"client_secret": b.opaque(), "email": b.email()}).encode()}


def _python_repr_in_text(b: Beads) -> Any:
    return {"args": repr({"user": "app", "password": b.password(), "retry": True, "token": b.opaque()})}


def _url_with_secrets(b: Beads) -> Any:
    return {
        "url.full": f"https://app:{b.password()}@example.com/cb?access_token={b.opaque()}&page=2",
        "id": b.keep("uuid"),
    }


def _url_encoded(b: Beads) -> Any:
    address = urllib.parse.quote(b.email(), safe="")
    return {
        "http.target": f"/invite?to={address}&n=2",
        "form": urllib.parse.urlencode({"password": b.password(), "a": 1}),
    }


def _connection_strings(b: Beads) -> Any:
    return {
        "dsn": f"postgres://app:{b.password()}@db:5432/app",
        "ado": f"Server=db;Uid=sa;Pwd={b.password()};Database=shop",
        "libpq": f"host=db user=app password={b.password()} sslmode=require",
    }


def _sql_statement(b: Beads) -> Any:
    return {
        "db.query.text": f"INSERT INTO users (id, email, password) VALUES (7, '{b.email()}', '{b.password()}')",
        "db.statement": f"UPDATE users SET password = '{b.password()}' WHERE id = 7",
    }


def _sql_rows(b: Beads) -> Any:
    return f"INSERT INTO t (secret, n) VALUES ('{b.opaque()}', 1), ('{b.opaque()}', 2)"


def _stack_trace(b: Beads) -> Any:
    trace = (
        "Traceback (most recent call last):\n"
        '  File "/srv/app/db.py", line 31, in connect\n'
        f'    client = Client(host="db", password="{b.password()}", retries=3)\n'
        f"ValueError: no account for {b.email()}\n"
    )
    return {"exception.stacktrace": trace, "exception.type": "ValueError", "id": b.keep("uuid")}


def _frames(b: Beads) -> Any:
    frames = [
        {
            "filename": "db.py",
            "lineno": 31,
            "context_line": f"    api_key = '{b.opaque()}'",
            "vars": {"password": repr(b.password())},
        },
        {
            "filename": "views.py",
            "lineno": 8,
            "context_line": "    return fetch(order_id)",
            "vars": {"order_id": b.keep("int8")},
        },
    ]
    return {"exception": {"values": [{"stacktrace": {"frames": frames}}]}}


def _header_block(b: Beads) -> Any:
    lines = [
        "GET / HTTP/1.1",
        "Host: example.com",
        f"Authorization: Custom {b.opaque()}",
        f"Cookie: a={b.opaque()}; b=2",
        f"X-Request-Id: {b.keep('uuid')}",
    ]
    return {"request": "\r\n".join(lines)}


def _log_lines(b: Beads) -> Any:
    return {
        "stdout": f"starting\nlevel=info user=app password={b.password()}\nstate: ok\ncard {b.card()}\n",
        "pod": b.keep("pod"),
    }


def _command_line(b: Beads) -> Any:
    return {
        "process.command_args": ["tool", "--password", b.password(), f"--api-key={b.opaque()}", "--verbose"],
        "pid": 77,
    }


def _chat_messages(b: Beads) -> Any:
    messages = [
        {"role": "user", "content": [{"type": "text", "text": f"My card is {b.card()}, mail {b.email()}"}]},
        {
            "role": "assistant",
            "tool_calls": [{"function": {"name": "pay", "arguments": json.dumps({"cardNumber": b.card()})}}],
        },
    ]
    return {"gen_ai.input.messages": messages, "gen_ai.usage.input_tokens": 31, "id": b.keep("uuid")}


def _graphql(b: Beads) -> Any:
    return {
        "query": "mutation L($i: In!) { login(i: $i) { ok } }",
        "variables": {"i": {"email": b.email(), "password": b.password()}},
    }


def _webhook(b: Beads) -> Any:
    customer = {
        "id": f"cus_{b.keep('hex12')}",
        "email": b.email(),
        "phone": b.phone(),
        "address": {"line1": b.words(), "country": "DE"},
    }
    return {"type": "customer.updated", "data": {"object": customer, "previous_attributes": {"email": b.email()}}}


def _tokens_by_form(b: Beads) -> Any:
    return {"a": b.jwt(), "b": [b.api_key(), b.api_key()], "c": {"d": f"with {b.iban()}"}, "e": b.keep("hex40")}


def _sensitive_mapping_keys(b: Beads) -> Any:
    return {"by_user": {b.email(): 3, b.email(): 4}, "total": 7}


def _mixed_types(b: Beads) -> Any:
    return {
        "id": uuid.UUID(int=b.rng.getrandbits(128)),
        "pin": 4821,
        "otp": b.opaque(),
        "error": ValueError(f"no {b.email()}"),
        "n": b.keep("int8"),
    }


SHAPES: Final[tuple[Callable[[Beads], Any], ...]] = (
    _flat_mapping, _nested_mapping, _list_of_mappings, _list_of_texts, _tuple_and_set, _deep_list, _sensitive_container,
    _list_under_sensitive_key, _dataclass, _nested_dataclass, _namedtuple, _namespace, _header_pairs, _header_tuples, _asgi_headers,
    _headers_of_lists, _otlp_attributes, _otlp_kvlist, _otlp_array, _otlp_export, _har_entry, _environment_list, _changes, _json_in_text,
    _json_in_json, _json_three_deep, _json_list_in_text, _json_bytes, _python_repr_in_text, _url_with_secrets, _url_encoded,
    _connection_strings, _sql_statement, _sql_rows, _stack_trace, _frames, _header_block, _log_lines, _command_line, _chat_messages,
    _graphql, _webhook, _tokens_by_form, _sensitive_mapping_keys, _mixed_types,
)  # fmt: skip
"""Every way in which a canary is hidden."""
