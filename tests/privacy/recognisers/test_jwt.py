"""JSON Web Tokens: whole ones and what looks like their parts."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clippy_otel.privacy.recognisers.jwt import JWT
from tests.privacy._finding import AFTER, BEFORE, assert_linear, is_open, without


def encoded(value: object) -> str:
    """Return a segment of a token: JSON in base64url."""
    return urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).rstrip(b"=").decode()


HEADER = encoded({"alg": "HS256", "typ": "JWT"})
CLAIMS = encoded({"sub": "1234567890", "name": "John Doe"})
SIGNATURE = "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"
FLASK = "eyJ1c2VyX2lkIjo0Miwicm9sZSI6ImEifQ"
TOKEN = f"{HEADER}.{CLAIMS}.{SIGNATURE}"

FOUND = [
    (TOKEN, "#"),
    (f"Bearer {TOKEN}, next", "Bearer #, next"),
    (f"https://example.com/#t={TOKEN}&x=1", "https://example.com/#t=#&x=1"),
    (f'{{"a":"x\\n{TOKEN}\\n"}}', '{"a":"x\\n#\\n"}'),
    (f"t%3D{TOKEN}%26", "t%3D#%26"),
    (f"{HEADER}.{CLAIMS}", "#"),
    (f"sent {HEADER}.{CLAIMS[:9]}... to it", "sent #... to it"),
    (f"{HEADER}..{SIGNATURE}", "#"),
    (f"{HEADER}.{CLAIMS}.", "#."),
    (
        encoded({"alg": "dir", "enc": "A128CBC-HS256"})
        + "..AxY8DCtDaGlsbGljb3RoZQ.KDlTtXchhZTGufMYmOYGS4HffxPSUrfmqCHXaI9w",
        "#",
    ),
    (encoded({"kid": "a" * 300, "alg": "RS256"}) + f".{CLAIMS}.{SIGNATURE}", "#"),
    (f"{FLASK}.ZxYwVu.dGhpcyBpcyBub3QgYSBzZWNyZXQ", "#"),
    (f"{FLASK}:1sXyZ9:dGhpcyBpcyBub3QgYSBzZWNyZXQ0MTIz", "#"),
    (f"は{TOKEN}は", "は#は"),
    (f"{TOKEN} {TOKEN}", "# #"),
]


@pytest.mark.parametrize("text,expected", FOUND)
def test_token_is_found(text: str, expected: str) -> None:
    """Signed, encrypted and unsigned ones go whole; what stands around them stays."""
    assert without(JWT, text) == expected


LEFT = [
    "cursor eyJpZCI6MTIzLCJjcmVhdGVkQXQiOiIyMDI0LTAxLTAxIn0= next",
    "cursor=eyJpZCI6MTIzLCJjcmVhdGVkQXQiOiIyMDI0LTAxLTAxIn0. done",
    f"{FLASK}.json {FLASK}.js.map {FLASK}:8080",
    f"{HEADER} {HEADER}... {HEADER}. It",
    "eyJ is how they begin. keyJsonSerializerFactory.create.something",
    f"x{TOKEN.replace('.', '-')}",
    "eyJhbGciOiJIUzI1NiJ9",
    "eyJxxxxxxxxxxxxxxxxx.yyyyyyyyyyyyyyyyyyyyyy.zzzzzzzzzzzzzzzzzzzz",
]


@pytest.mark.parametrize("text", LEFT)
def test_look_alikes_stay(text: str) -> None:
    """A JSON object in base64 is no token by itself, nor is the head of one that was cut."""
    assert JWT.find(text) == []


@given(
    BEFORE,
    st.dictionaries(st.text("abcxyz", min_size=1, max_size=8), st.text(max_size=20), max_size=3),
    st.dictionaries(st.text(max_size=8), st.integers() | st.text(max_size=20), max_size=3),
    st.text("ABab01_-", min_size=1, max_size=90),
    AFTER,
)
def test_every_token_is_found(
    before: str, header: dict[str, str], claims: dict[str, object], signature: str, after: str
) -> None:
    """A token with any header that names an algorithm goes whole, and the gate is open for it."""
    token = f"{encoded({**header, 'alg': 'ES256'})}.{encoded(claims)}.{signature}"
    assert without(JWT, before + token + after) == f"{before}#{after}"
    assert is_open(JWT, before + token + after)


@pytest.mark.parametrize(
    "pattern",
    [
        "eyJ",
        "eyJ.",
        "eyJaaaaaaaaaaaaa.",
        "eyJaaaaaaaaaaaaaaaa:",
        f"{HEADER}.",
        f"{FLASK}.a.b.",
        f"{FLASK}:abcdef:",
        "eyJ" + "a" * 900,
    ],
)
def test_time_grows_with_the_text(pattern: str) -> None:
    """A hostile text takes linear time."""
    assert_linear(JWT, pattern)
