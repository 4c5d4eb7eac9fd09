"""Values that open something: tokens in documented formats, headers, passwords, keys. None of them was ever issued."""

from __future__ import annotations

import base64
import json
import random
import string
import urllib.parse
from collections.abc import Callable
from typing import Final

from benchmarks.redaction.clean_values import hexadecimal
from benchmarks.redaction.rows import Plant

_BASE62: Final = string.digits + string.ascii_letters
_URL_SAFE: Final = _BASE62 + "-_"
_LOWER: Final = string.ascii_lowercase + string.digits
_UPPER32: Final = string.ascii_uppercase + "234567"
_HEX: Final = "0123456789abcdef"
_ALPHABETS: Final = {
    "w": _BASE62,
    "u": _URL_SAFE,
    "l": _LOWER,
    "U": _UPPER32,
    "h": _HEX,
    "d": string.digits,
    "c": string.ascii_letters,
}

# Documented forms: what a token begins with, then alphabet and number of what follows; more such pieces may follow.
_TOKENS: Final = (
    "ghp_|w36", "gho_|w36", "ghu_|w36", "ghs_|w36", "ghr_|w36", "github_pat_|w22|_|w59", "glpat-|u20", "gldt-|u20", "glrt-|u20",
    "xoxb-|d12|-|d13|-|w24", "xoxp-|d12|-|d12|-|d12|-|h32", "xapp-1-A|U10|-|d13|-|h64", "sk_live_|w24", "sk_test_|w24", "rk_live_|w24",
    "whsec_|w32", "AKIA|U16", "ASIA|U16", "AIza|u35", "GOCSPX-|u28", "ya29.|u68", "sk-proj-|u48|T3BlbkFJ|u48", "sk-|w20|T3BlbkFJ|w20",
    "sk-ant-api03-|u93|AA", "hf_|c34", "npm_|w36", "pypi-AgEIcHlwaS5vcmc|u60", "dckr_pat_|u27", "dop_v1_|h64", "doo_v1_|h64",
    "shpat_|h32", "shpss_|h32", "shpca_|h32", "sq0atp-|u22", "SG.|u22|.|u43", "key-|h32", "|h32|-us|d2", "|d10|:AA|u33", "dapi|h32",
    "glsa_|w32|_|h8", "glc_|w60", "NRAK-|U27", "sntryu_|h64", "lin_api_|w40", "ntn_|w46", "PMAK-|h24|-|h34", "hvs.|u90",
    "dp.pt.|w43", "ATATT3xFfGF0|u60", "sl.|u130", "figd_|u40", "nfp_|w36", "sbp_|h40", "pscale_tkn_|u43", "pscale_pw_|u43", "r8_|w37",
    "gsk_|w52", "xai-|w80", "pplx-|w48", "lsv2_pt_|h32|_|h10", "pul-|h40", "rubygems_|h48", "AGE-SECRET-KEY-1|Q58", "EAACEdEose0cBA|w60",
    "SK|h32", "CFPAT-|u43", "v1.0-|h24|-|h146",
)  # fmt: skip
_BECH32: Final = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"
_USERS: Final = ("app", "postgres", "admin", "svc_billing", "root", "reporting", "deploy", "guest", "celery")
_PASSWORD_WORDS: Final = (
    "hunter",
    "Winter",
    "dragon",
    "S3cur3",
    "letmein",
    "Passw0rd",
    "Tr0ub4dor",
    "correcthorse",
    "qwerty",
    "Zugang",
)
_BOUNDARY_NAMES: Final = (
    "RSA PRIVATE KEY",
    "PRIVATE KEY",
    "EC PRIVATE KEY",
    "OPENSSH PRIVATE KEY",
    "ENCRYPTED PRIVATE KEY",
    "DSA PRIVATE KEY",
)


def _pick(rng: random.Random, alphabet: str, count: int) -> str:
    return "".join(rng.choices(alphabet, k=count))


def opaque(rng: random.Random, count: int = 24) -> str:
    """Return a token of no known format."""
    return _pick(rng, _BASE62, count)


def password(rng: random.Random) -> str:
    """Return a password of one word, with a digit or a sign in it as rules ask for."""
    word = rng.choice(_PASSWORD_WORDS) + str(rng.randrange(2, 9999))
    return rng.choice(
        (
            word,
            word,
            f"{word}!",
            f"{word}#{rng.choice('XYZ')}",
            opaque(rng, 12),
            f"{opaque(rng, 6)}${opaque(rng, 5)}",
            f"{word}_{opaque(rng, 4)}",
        )
    )


def api_key(rng: random.Random) -> tuple[str, str]:
    """Return a token in a documented format, and the part of it that is secret."""
    prefix, *pieces = rng.choice(_TOKENS).split("|")
    rest = ""
    for piece in pieces:
        if piece[0] == "Q" and piece[1:].isdigit():
            rest += _pick(rng, _BECH32, int(piece[1:]))
        elif piece[0] in _ALPHABETS and piece[1:].isdigit():
            rest += _pick(rng, _ALPHABETS[piece[0]], int(piece[1:]))
        else:
            rest += piece
    return prefix + rest, rest


def _api_key(rng: random.Random) -> Plant:
    text, secret = api_key(rng)
    return Plant("api_key", text, (secret,))


def _segment(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).rstrip(b"=").decode()


def jwt(rng: random.Random) -> str:
    """Return a signed JSON web token."""
    header = rng.choice(
        ({"alg": "HS256", "typ": "JWT"}, {"typ": "JWT", "alg": "RS256", "kid": hexadecimal(rng, 8)}, {"alg": "ES256"})
    )
    claims = {
        "sub": str(rng.randrange(10**9)),
        "iat": rng.randrange(1_600_000_000, 1_800_000_000),
        "jti": hexadecimal(rng, 16),
    }
    return f"{_segment(header)}.{_segment(claims)}.{_pick(rng, _URL_SAFE, rng.choice((43, 86, 342)))}"


def _jwt(rng: random.Random) -> Plant:
    text = jwt(rng)
    return Plant("jwt", text, tuple(text.split(".")[1:]))


def _basic(rng: random.Random) -> str:
    return base64.b64encode(f"{rng.choice(_USERS)}:{password(rng)}".encode()).decode()


def _authorization(rng: random.Random) -> Plant:
    """Scheme and credentials, as they stand behind `Authorization:`, and everywhere else."""
    secret = opaque(rng, rng.choice((20, 32, 40)))
    scheme, credentials = rng.choice(
        (("Bearer", secret), ("Bearer", secret), ("bearer", hexadecimal(rng, 40)), ("Basic", _basic(rng)), ("Basic", _basic(rng)),
         ("Token", hexadecimal(rng, 40)), ("Bearer", jwt(rng)), ("Bearer", _pick(rng, _URL_SAFE, 43)))
    )  # fmt: skip
    return Plant("authorization", f"{scheme} {credentials}", (credentials,))


def _credentials(rng: random.Random) -> Plant:
    """All that can stand behind `Authorization:`, schemes of which only some parameter is secret included."""
    how = rng.random()
    if how < 0.75:
        return _authorization(rng)
    if how < 0.85:
        signature = hexadecimal(rng, 64)
        text = f"AWS4-HMAC-SHA256 Credential=AKIA{_pick(rng, _UPPER32, 16)}/20240511/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature={signature}"
        return Plant("authorization", text, (signature,))
    if how < 0.92:
        response = hexadecimal(rng, 32)
        text = f'Digest username="{rng.choice(_USERS)}", realm="api", nonce="{hexadecimal(rng, 16)}", uri="/", response="{response}"'
        return Plant("authorization", text, (response,))
    secret = opaque(rng, 32)
    return Plant(
        "authorization", rng.choice((f"ApiKey {secret}", f"Negotiate {secret}==", f"token {secret}", secret)), (secret,)
    )


def _cookie(rng: random.Random) -> Plant:
    """Return what stands behind `Cookie:`."""
    first, second = opaque(rng, 26), opaque(rng, 32)
    text = rng.choice(
        (f"sessionid={first}; csrftoken={second}", f"PHPSESSID={first.lower()}; theme=dark", f"JSESSIONID={hexadecimal(rng, 32).upper()}",
         f"connect.sid=s%3A{first}.{second}", f"_ga=GA1.2.{rng.randrange(10**9)}.{rng.randrange(10**9)}; auth_token={second}",
         f"lang=de; laravel_session={first}{second}; XSRF-TOKEN={first}")
    )  # fmt: skip
    secrets = tuple(part.partition("=")[2] for part in text.split("; "))
    return Plant("cookie", text, tuple(secret for secret in secrets if len(secret) > 10))


def _set_cookie(rng: random.Random) -> Plant:
    secret = opaque(rng, 32)
    name = rng.choice(("sessionid", "sid", "__Host-session", "remember_token", "access_token", "ASP.NET_SessionId"))
    return Plant("cookie", f"{name}={secret}; Path=/; HttpOnly; Secure; SameSite=Lax", (secret,))


def _userinfo(rng: random.Random) -> Plant:
    """Return user and password, without the "@"."""
    secret = password(rng)
    is_quoted = rng.random() < 0.15
    secret = urllib.parse.quote(f"{secret}@/:", safe="") if is_quoted else secret.replace("#", "-")
    return Plant("userinfo", f"{rng.choice((*_USERS, ''))}:{secret}", (secret,))


def _opaque_of(kind: str, *counts: int) -> Callable[[random.Random], Plant]:
    def make(rng: random.Random) -> Plant:
        count = rng.choice(counts)
        secret = rng.choice((opaque(rng, count), hexadecimal(rng, count), _pick(rng, _URL_SAFE.strip("-_"), count)))
        return Plant(kind, secret, (secret,))

    return make


def _password(rng: random.Random) -> Plant:
    text = password(rng)
    return Plant("password", text, (text,))


def _aws_secret(rng: random.Random) -> Plant:
    text = _pick(rng, _BASE62 + "/+", 40)
    return Plant("password", text, (text,))


def _passphrase(rng: random.Random) -> Plant:
    """A password of several words, for places where quotes hold it together."""
    text = f"{rng.choice(_PASSWORD_WORDS)} {rng.choice(_PASSWORD_WORDS).lower()} {rng.randrange(10, 99)}"
    return Plant("password", text, (text,))


def _one_time_code(rng: random.Random) -> Plant:
    text = f"{rng.randrange(1000, 10**6):06d}"
    return Plant("password", text, (text,))


def _pem(newline: str) -> Callable[[random.Random], Plant]:
    def make(rng: random.Random) -> Plant:
        name = rng.choice(_BOUNDARY_NAMES)
        body = base64.b64encode(rng.randbytes(rng.choice((96, 240, 480)))).decode()
        lines = [body[at : at + 64] for at in range(0, len(body), 64)]
        text = newline.join((f"-----BEGIN {name}-----", *lines, f"-----END {name}-----"))
        return Plant("pem", text, tuple(lines))

    return make


PLANTS: Final[dict[str, Callable[[random.Random], Plant]]] = {
    "api_key": _api_key,
    "auth": _authorization,
    "aws_secret": _aws_secret,
    "cookie": _cookie,
    "credentials": _credentials,
    "jwt": _jwt,
    "one_time": _one_time_code,
    "passphrase": _passphrase,
    "password": _password,
    "pem": _pem("\n"),
    "pem_escaped": _pem("\\n"),
    "query_secret": _opaque_of("query_secret", 16, 24, 32, 40),
    "secret": _opaque_of("password", 20, 32, 40),
    "set_cookie": _set_cookie,
    "userinfo": _userinfo,
}
"""What fills a slot that plants a secret, by the slot's name."""
