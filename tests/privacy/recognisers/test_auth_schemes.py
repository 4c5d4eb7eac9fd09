"""Credentials behind the name of a scheme, and prose with the same words."""

from __future__ import annotations

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clippy_otel.privacy.recognisers.auth_schemes import AUTH_SCHEME
from tests.privacy._finding import AFTER, BEFORE, assert_linear, is_open, without

SIGNED = (
    "SignedHeaders=host;range;x-amz-date, Signature=fe5f80f77d5fa3beca038a248ff027d0445342fe2855ddc963176630326f1024"
)

FOUND = [
    ("Bearer mF_9.B5f-4.1JqM", "Bearer #"),
    ("sent header bearer 4bf92f3577b34da6a3ce929d0e0e4736 to upstream", "sent header bearer # to upstream"),
    ('{"Authorization":"Bearer abc.def-123456"}', '{"Authorization":"Bearer #"}'),
    ("BEARER 0a1b2c3d4e5f", "BEARER #"),
    ("Bearer: 0a1b2c3d4e5f, Bearer%200a1b2c3d4e5f", "Bearer: #, Bearer%20#"),
    ("Bearer abcdefGHIJKLmnopqrSTUVwxyzabcdefGHIJ.", "Bearer #."),
    ("\\nBearer 0a1b2c3d4e5f\\n", "\\nBearer #\\n"),
    ("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Basic #"),
    ("rejected basic dXNlcjpwYXNz with 401", "rejected basic # with 401"),
    ("basic%20QWxhZGRpbjpvcGVuIHNlc2FtZQ%3D%3D&x", "basic%20#&x"),
    ("Basic YWxpY2U6", "Basic #"),
    (
        'Digest username="Mufasa", realm="a@b", uri="/dir", response="6629fae49393a05397450978507c4ef1", opaque="5c"',
        "Digest #",
    ),
    (
        f"AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, {SIGNED}\n",
        "AWS4-HMAC-SHA256 #\n",
    ),
    (
        'OAuth realm="x", oauth_token="nnch734d00sl2jdk", oauth_signature="tR3%2BTy81lMeYAr%2FFid0kMTYa%2FWM%3D"',
        "OAuth #",
    ),
    (
        'Signature keyId="rsa-key-1",algorithm="rsa-sha256",signature="SjWJWbWN7i0wzBvtPl8rbASWz5xQW6mcJmn+ibttBqti"',
        "Signature #",
    ),
]


@pytest.mark.parametrize("text,expected", FOUND)
def test_credentials_are_found(text: str, expected: str) -> None:
    """The credentials go and the name of the scheme stays; the gate is open."""
    assert without(AUTH_SCHEME, text) == expected
    assert is_open(AUTH_SCHEME, text)


LEFT = [
    "bearer of news, Bearer token required, Bearer authentication failed, bearer-token-authentication, Bearer tokens",
    'Bearer realm="example", error="invalid_token" Bearer authorization_uri="x" Bearer resource_metadata="https://example.com"',
    "Bearer <token> Bearer $TOKEN Bearer {token} Bearer [REDACTED] Bearer *** Bearer ... bearerFormat: JWT",
    "bearer OAuth2AuthenticationProcessingFilter Bearer RFC6750 bearer spring-security-oauth2-client BearerTokenFilter",
    "basic authentication required, Basic plan, basic information, Basic Options, basic_auth, BasicAuthentication",
    'Basic realm="x" basic YWJj Basic dGVzdA== classic.basic.Basic basic: true',
    'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc"',
    "Digest: SHA-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE= digest sha256=4bf92f35",
    "Signature verification failed: signature=invalid, key=1; AWS4-HMAC-SHA256 is not supported",
    "forbearer 0a1b2c3d4e5f6a7b8c9d rebasic dXNlcjpwYXNz",
]


@pytest.mark.parametrize("text", LEFT)
def test_prose_stays(text: str) -> None:
    """Words behind the name of a scheme, challenges and what stands for a token stay."""
    assert AUTH_SCHEME.find(text) == []


@given(
    BEFORE,
    st.sampled_from(["Bearer", "bearer", "BEARER"]),
    st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", min_size=20, max_size=80).filter(
        lambda token: sum(character.isdigit() for character in token[:-4]) > 3
    ),
    AFTER,
)
def test_every_bearer_is_found(before: str, scheme: str, token: str, after: str) -> None:
    """A token of letters and digits goes whole."""
    assert without(AUTH_SCHEME, f"{before}{scheme} {token}{after}") == f"{before}{scheme} #{after}"


printable = st.text(
    st.characters(min_codepoint=32, exclude_characters="\x7f", exclude_categories=["Cs", "Cc"]), max_size=20
)


@given(BEFORE, st.sampled_from(["Basic", "basic", "BASIC"]), printable, printable, AFTER)
def test_every_user_with_a_password_is_found(before: str, scheme: str, user: str, password: str, after: str) -> None:
    """Basic credentials go, whatever user and password are."""
    credentials = b64encode(f"u{user}:{password}".encode()).decode()
    if len(credentials) > 4:
        assert without(AUTH_SCHEME, f"{before}{scheme} {credentials}{after}") == f"{before}{scheme} #{after}"


@pytest.mark.parametrize(
    "pattern",
    [
        "bearer ",
        "bearer a",
        "Bearer " + "a." * 200,
        "Bearer " + "aA" * 300,
        "Bearer 1" + "a" * 900 + " ",
        "basic ",
        "Basic a",
        "basic aaaa",
        "Digest a=b,",
        'Digest a="b", ',
        "Digest a=" + "b" * 3000,
        "Signature a=b, ",
        'OAuth a="',
        "Basic " + "a" * 999,
        "AWS4-HMAC-SHA256 ",
    ],
)
def test_time_grows_with_the_text(pattern: str) -> None:
    """A hostile text takes linear time."""
    assert_linear(AUTH_SCHEME, pattern + "ignature=" if len(pattern) < 30 else pattern)
