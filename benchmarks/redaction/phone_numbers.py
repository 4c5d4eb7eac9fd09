"""Phone numbers: libphonenumber's examples of every region, varied until it calls them valid, in the usual layouts."""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from typing import Any, Final

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from benchmarks.redaction.rows import Plant

_TYPES: Final = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE)
# Countries whose national layouts are written beside a keyword; the keyword is the template's.
_NATIONAL: Final = (
    "GB",
    "DE",
    "FR",
    "ES",
    "IT",
    "NL",
    "PL",
    "SE",
    "JP",
    "IN",
    "BR",
    "AU",
    "MX",
    "TR",
    "ZA",
    "KR",
    "CH",
    "AT",
    "BE",
    "CN",
)


def _valid_number(rng: random.Random, region: str) -> Any:
    """Return a number like one of the region's examples, its last digits varied."""
    example = phonenumbers.example_number_for_type(region, rng.choice(_TYPES)) or phonenumbers.example_number(region)
    if example is None:
        raise LookupError(region)  # libphonenumber has an example of each of its regions
    national = str(example.national_number)
    # From many digits varied to few: in some countries only some of the ranges are in use.
    for kept in (2, 2, 2, 2, 2, 2, 3, 3, 3, 3, *(10 * (len(national) // 2,))):
        digits = national[:kept] + "".join(rng.choices(string.digits, k=len(national) - kept))
        varied = phonenumbers.PhoneNumber()
        varied.merge_from(example)
        varied.national_number = int(digits)
        if phonenumbers.is_valid_number_for_region(varied, region):
            return varied
    return example


def phone_number(rng: random.Random) -> str:
    """Return a phone number of any country in a layout with a plus."""
    # Half of them from the countries that most users live in.
    region = rng.choice(_NATIONAL if rng.random() < 0.5 else sorted(phonenumbers.SUPPORTED_REGIONS))
    number = _valid_number(rng, region)
    form = rng.choice(
        (
            PhoneNumberFormat.E164,
            PhoneNumberFormat.INTERNATIONAL,
            PhoneNumberFormat.INTERNATIONAL,
            PhoneNumberFormat.RFC3966,
        )
    )
    text = str(phonenumbers.format_number(number, form)).removeprefix("tel:")
    if form == PhoneNumberFormat.INTERNATIONAL:
        how = rng.random()
        if how < 0.15:
            text = text.replace(" ", "-")
        elif how < 0.22:
            text = text.replace(" ", ".").replace("-", ".")
        elif how < 0.25:
            text = text.replace(" ", "\u00a0")
        elif how < 0.35 and region in {"GB", "DE", "CH", "AT", "NL", "AU", "FR", "SE"}:
            code, _, rest = text.partition(" ")
            text = f"{code} (0){rest}" if rng.random() < 0.5 else f"{code} (0) {rest}"
    return text


def us_phone_number(rng: random.Random) -> str:
    """Return a North American number in one of the layouts that are usual there, with or without a plus."""
    while True:
        area, exchange, line = rng.randrange(201, 990), rng.randrange(200, 999), rng.randrange(10_000)
        digits = f"{area}{exchange}{line:04d}"
        if phonenumbers.is_valid_number(phonenumbers.parse("+1" + digits)):
            break
    a, b, c = digits[:3], digits[3:6], digits[6:]
    text = rng.choice(
        (f"({a}) {b}-{c}", f"({a}) {b}-{c}", f"{a}-{b}-{c}", f"{a}-{b}-{c}", f"{a}.{b}.{c}", f"1-{a}-{b}-{c}", f"({a}){b}-{c}",
         f"+1 {a} {b} {c}", f"+1 ({a}) {b}-{c}", f"+1{a}{b}{c}", f"+1-{a}-{b}-{c}", f"+1.{a}.{b}.{c}", f"({a}) {b} {c}", f"{a}/{b}-{c}")
    )  # fmt: skip
    return text + rng.choices(("", f" x{rng.randrange(10, 9999)}", f" ext. {rng.randrange(10, 999)}"), (95, 3, 2))[0]


def _phone(rng: random.Random) -> Plant:
    text = phone_number(rng) if rng.random() < 0.6 else us_phone_number(rng)
    return Plant("phone", text, (text,))


def _national(*regions: str) -> Callable[[random.Random], Plant]:
    def make(rng: random.Random) -> Plant:
        number = _valid_number(rng, rng.choice(regions))
        text = str(phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL))
        how = rng.random()
        if how < 0.35:
            text = "".join(char for char in text if char in string.digits)
        elif how < 0.45:
            text = text.replace(" ", "-")
        elif how < 0.5:
            text = text.replace(" ", ".")
        return Plant("phone_national", text, (text,))

    return make


PLANTS: Final[dict[str, Callable[[random.Random], Plant]]] = {
    "phone": _phone,
    "tel_au": _national("AU"),
    "tel_br": _national("BR"),
    "tel_cn": _national("CN"),
    "tel_de": _national("DE", "AT", "CH"),
    "tel_es": _national("ES", "MX"),
    "tel_fr": _national("FR", "BE"),
    "tel_gb": _national("GB"),
    "tel_in": _national("IN"),
    "tel_it": _national("IT"),
    "tel_jp": _national("JP"),
    "tel_kr": _national("KR"),
    "tel_nl": _national("NL"),
    "tel_pl": _national("PL"),
    "tel_se": _national("SE"),
    "tel_tr": _national("TR"),
    "tel_za": _national("ZA"),
}
"""What fills a slot that plants one of these, by the slot's name."""
