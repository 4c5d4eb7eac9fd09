"""Values that are somebody's: e-mail addresses, names, social security and other national ids, all invented by Faker."""

from __future__ import annotations

import functools
import random
import string
import urllib.parse
from collections.abc import Callable
from typing import Any, Final

from faker import Faker

from benchmarks.redaction.clean_values import luhn_digit
from benchmarks.redaction.rows import Plant

_LOCALES: Final = (
    "en_US", "en_GB", "en_IN", "de_DE", "fr_FR", "es_ES", "it_IT", "pt_BR", "nl_NL", "pl_PL", "sv_SE", "tr_TR", "cs_CZ", "fi_FI",
)  # fmt: skip
_MAIL_HOSTS: Final = (
    "gmail.com yahoo.co.uk outlook.com hotmail.fr icloud.com proton.me gmx.de web.de mail.ru qq.com 163.com naver.com "
    "yandex.ru t-online.de orange.fr libero.it uol.com.br live.nl wp.pl seznam.cz example.com example.org example.net "
    "acme-corp.io mail.corp.acme.com my-startup.dev students.uni-heidelberg.de nhs.net health.gov.au acme.photography "
    "sub.domain.example.museum company.technology agency.international shop.xyz city.tokyo.jp law.legal x.ai t.co"
).split()
_IDN_HOSTS: Final = ("bücher.example", "xn--bcher-kva.example", "例え.jp", "почта.рф", "münchen.de", "correo.españa.es")
_IDN_LOCALS: Final = ("josé.garcía", "jürgen", "用户", "иван.петров", "françoise", "δοκιμή")


@functools.cache
def _faker(locale: str) -> Any:
    return Faker(locale)


def _fake(rng: random.Random, *locales: str) -> Any:
    faker = _faker(rng.choice(locales or _LOCALES))
    faker.seed_instance(rng.getrandbits(32))
    return faker


def full_name(rng: random.Random) -> str:
    """Return somebody's first and last name."""
    fake = _fake(rng)
    return f"{fake.first_name()} {fake.last_name()}"


def _ascii_word(text: str) -> str:
    return "".join(char for char in text.lower() if char in string.ascii_lowercase) or "sam"


def email_address(rng: random.Random) -> str:
    """Return an address of a usual form."""
    fake = _fake(rng)
    first, last = _ascii_word(fake.first_name()), _ascii_word(fake.last_name())
    number = rng.randrange(1, 2010)
    local = rng.choice(
        (f"{first}.{last}", f"{first}.{last}", f"{first[0]}{last}", f"{first}{number}", f"{first}_{last}", f"{last}-{first}",
         f"{first}.{last}+{rng.choice(('news', 'test1', 'shop'))}", f"{first[0]}.{last[0]}.{last}", f"{first.title()}.{last.title()}",
         f"{first}{last}{number}", f"o'{last}", f"{first[:2]}", first.upper(), f"{number}{first}")
    )  # fmt: skip
    return f"{local}@{rng.choice((*_MAIL_HOSTS, fake.domain_name(), fake.domain_name()))}"


def _email(rng: random.Random) -> Plant:
    how = rng.random()
    if how < 0.9:
        text = email_address(rng)
    elif how < 0.93:
        text = f'"{full_name(rng).split()[0]} {rng.randrange(9)}"@{rng.choice(_MAIL_HOSTS)}'
    elif how < 0.97:
        text = f"{_ascii_word(full_name(rng))}@{rng.choice(_IDN_HOSTS)}"
    else:
        text = f"{rng.choice(_IDN_LOCALS)}@{rng.choice((*_IDN_HOSTS, 'example.com'))}"
    return Plant("email", text, (text,))


def _email_encoded(rng: random.Random) -> Plant:
    address = email_address(rng)
    text = urllib.parse.quote(address, safe="")
    if rng.random() < 0.12:
        text = urllib.parse.quote(text, safe="")
    elif rng.random() < 0.15:
        text = text.replace("%40", "%40".lower())
    return Plant("email_encoded", text, (text,))


def _ssn_parts(rng: random.Random) -> tuple[str, str, str]:
    area = rng.choice([*range(1, 666), *range(667, 900)])
    return f"{area:03d}", f"{rng.randrange(1, 100):02d}", f"{rng.randrange(1, 10_000):04d}"


def ssn(rng: random.Random) -> str:
    """Return a US social security number with dashes."""
    return "-".join(_ssn_parts(rng))


def _ssn(rng: random.Random) -> Plant:
    text = ssn(rng)
    if rng.random() < 0.04:
        text = text.replace("-", rng.choice(("\u2010", "\u2011", "\u2013")))
    return Plant("us_ssn", text, (text,))


def _ssn_bare(rng: random.Random) -> Plant:
    text = rng.choice(("", "", "", " ")).join(_ssn_parts(rng))
    return Plant("ssn_bare", text, (text,))


def _from_shape(kind: str, *shapes: str) -> Callable[[random.Random], Plant]:
    """Numbers of people and accounts without a check: "#" is a digit, "?" a letter, "%" a digit from 1."""

    def make(rng: random.Random) -> Plant:
        drawn = {"#": string.digits, "%": string.digits[1:], "?": "ABCEGHJKLMNPRSTWXYZ"}
        text = "".join(rng.choice(drawn[char]) if char in drawn else char for char in rng.choice(shapes))
        return Plant(kind, text, (text,))

    return make


def _aadhaar(rng: random.Random) -> Plant:
    digits = str(_fake(rng, "en_IN").aadhaar_id())
    text = rng.choice(("", " ", "-")).join((digits[:4], digits[4:8], digits[8:]))
    return Plant("national_id", text, (text,))


def _by_faker(kind: str, locale: str, method: str) -> Callable[[random.Random], Plant]:
    def make(rng: random.Random) -> Plant:
        text = str(getattr(_fake(rng, locale), method)())
        return Plant(kind, text, (text,))

    return make


def _birth_date(rng: random.Random) -> Plant:
    day = _fake(rng, "en_US").date_of_birth(minimum_age=18, maximum_age=95)
    text = day.strftime(rng.choice(("%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%B %d, %Y", "%d %b %Y")))
    return Plant("birth_date", text, (text,))


def _sin(rng: random.Random) -> Plant:
    digits = rng.choice("1234567") + "".join(rng.choices(string.digits, k=7))
    digits += luhn_digit(digits)
    text = rng.choice(("", " ", "-")).join((digits[:3], digits[3:6], digits[6:]))
    return Plant("national_id", text, (text,))


PLANTS: Final[dict[str, Callable[[random.Random], Plant]]] = {
    "aadhaar": _aadhaar,
    "account_number": _from_shape("bank_account", "########", "%#########", "%###########"),
    "birth_date": _birth_date,
    "cpf": _by_faker("national_id", "pt_BR", "cpf"),
    "email": _email,
    "email_encoded": _email_encoded,
    "licence": _from_shape("national_id", "?#######", "?###-####-####", "########"),
    "nino": _from_shape("national_id", "AB######C", "JG ## ## ## A", "PX######D"),
    "passport": _from_shape("national_id", "%########", "?########", "??#######"),
    "routing": _from_shape("bank_account", "021000021", "026009593", "121000248", "011401533"),
    "sin": _sin,
    "ssn": _ssn,
    "ssn_bare": _ssn_bare,
}
"""What fills a slot that plants one of these, by the slot's name."""
