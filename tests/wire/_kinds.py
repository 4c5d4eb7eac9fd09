"""Personal data and secrets of each kind that redaction knows, each time other ones, and what to look for of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple


class Canary(NamedTuple):
    """A line of text with one secret in it."""

    line: str
    secret: str


def _of(form: str, secret: str) -> Canary:
    return Canary(form % secret, secret)


def luhn(digits: str) -> str:
    """Return digits with the check digit that makes them a card's number."""
    doubled = [int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits))]
    return digits + str(-sum(number - 9 if number > 9 else number for number in doubled) % 10)


def _card(number: int) -> str:
    digits = luhn(f"41111111{number:07}")
    return " ".join(digits[start : start + 4] for start in range(0, 16, 4))


def _iban(number: int) -> str:
    account = f"37040044{number:010}"
    return f"DE{98 - int(f'{account}131400') % 97:02}{account}"


def _jwt(number: int) -> str:
    return (
        f"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJjYW5hcnkiLCJuIjox{number:04}fQ.cnryJWT{number:04}"
        + "dX9z" * 8
    )


def _pem(number: int) -> Canary:
    line = f"MIIEcnry{number:04}pem" + "b3VycGVtS2V5" * 4
    return Canary(f"-----BEGIN PRIVATE KEY-----\n{line}\n-----END PRIVATE KEY-----", line)


# Made of a field's name and of a number that no other field has.
KINDS: Final[Mapping[str, Callable[[str, int], Canary]]] = {
    "email": lambda field, _: _of("mail %s soon", f"{field}.canary@example.com"),
    "encoded e-mail": lambda field, _: _of("GET /find?q=%s", f"{field}.canary%40example.org"),
    "phone": lambda _, n: _of("call %s today", f"+1 415 {232 + n // 5000:03} {1000 + n:04}"),
    "card": lambda _, n: _of("paid by %s", _card(n)),
    "ssn": lambda _, n: _of("filed as %s", f"536-22-{1000 + n:04}"),
    "ssn by its context": lambda _, n: _of("SSN: %s", f"53618{1000 + n:04}"),
    "iban": lambda _, n: _of("from account %s", _iban(n)),
    "jwt": lambda _, n: _of("token %s", _jwt(n)),
    "api key": lambda _, n: _of("with sk_live_%s here", f"4eC39HqLyjWDarjtT1{n:06}"),
    "bearer": lambda _, n: _of("Authorization: Bearer %s", f"cnry{n:04}bearer0xAbCdEf"),
    "cookie": lambda _, n: _of("Cookie: sid=%s", f"cnry{n:04}cookie"),
    "userinfo": lambda _, n: _of("https://bob:%s@db.example.com/x", f"cnry{n:04}userinfo"),
    "query": lambda _, n: _of("https://example.com/cb?access_token=%s", f"cnry{n:04}query"),
    "pair": lambda _, n: _of("password=%s", f"cnry{n:04}pair"),
    "private key": lambda _, n: _pem(n),
}
