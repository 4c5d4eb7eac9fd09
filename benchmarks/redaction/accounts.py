"""Numbers of cards and accounts by their published structure, and those that are published for tests."""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from typing import Final

from benchmarks.redaction.clean_values import luhn_digit
from benchmarks.redaction.rows import Plant

_TEST_CARDS: Final = (
    "4111111111111111 4242424242424242 4012888888881881 4000056655665556 5555555555554444 5105105105105100 2223003122003222 "
    "2720990000000007 378282246310005 371449635398431 378734493671000 6011111111111117 6011000990139424 30569309025904 "
    "38520000023237 36227206271667 3530111333300000 3566002020360505 6200000000000005 6243030000000001 5200828282828210"
).split()
# Prefix, length, weight. The share is roughly how often each network is seen, with the rarer ones well represented.
_NETWORKS: Final = (
    ("4", 16, 26), ("51", 16, 6), ("53", 16, 6), ("55", 16, 6), ("2221", 16, 3), ("2500", 16, 3), ("2719", 16, 2),
    ("34", 15, 5), ("37", 15, 7), ("6011", 16, 5), ("644", 16, 2), ("65", 16, 3), ("300", 14, 2), ("36", 14, 3), ("38", 14, 2),
    ("3528", 16, 3), ("3589", 16, 3), ("6221", 16, 2), ("6250", 16, 2), ("6212", 19, 1), ("6759", 16, 1), ("2200", 16, 1), ("6521", 16, 1),
)  # fmt: skip
_GROUPS: Final = {14: (4, 6, 4), 15: (4, 6, 5), 16: (4, 4, 4, 4), 19: (4, 4, 4, 4, 3)}
# Country, length in all, structure of what follows the check digits: from the published IBAN registry.
_IBANS: Final = (
    "AD 4n4n12c|AE 3n16n|AL 8n16c|AT 5n11n|BE 3n7n2n|BG 4a4n2n8c|CH 5n12c|CY 3n5n16c|CZ 4n6n10n|DE 8n10n|DK 4n9n1n|EE 2n2n11n1n|"
    "ES 4n4n1n1n10n|FI 3n11n|FR 5n5n11c2n|GB 4a6n8n|GE 2a16n|GI 4a15c|GR 3n4n16c|HR 7n10n|HU 3n4n1n15n1n|IE 4a6n8n|IL 3n3n13n|"
    "IS 4n2n6n10n|IT 1a5n5n12c|KW 4a22c|LI 5n12c|LT 5n11n|LU 3n13c|LV 4a13c|MC 5n5n11c2n|MT 4a5n18c|NL 4a10n|NO 4n6n1n|PL 8n16n|"
    "PT 4n4n11n2n|QA 4a21c|RO 4a16c|RS 3n13n2n|SA 2n18c|SE 3n16n1n|SI 5n8n2n|SK 4n6n10n|SM 1a5n5n12c|TR 5n1n16c|UA 6n19c"
).split("|")
_PUBLISHED_IBANS: Final = (
    "GB29NWBK60161331926819 DE89370400440532013000 FR1420041010050500013M02606 NL91ABNA0417164300 ES9121000418450200051332 "
    "IT60X0542811101000000123456 BE68539007547034 CH9300762011623852957 AT611904300234573201 PL61109010140000071219812874 "
    "NO9386011117947 SE4550000000058398257466 DK5000400440116243 FI2112345600000785 PT50000201231234567890154 IE29AIBK93115212345678"
).split()


def card_number(rng: random.Random) -> str:
    """Return a card's number without separators: Luhn, an issued prefix, its length."""
    if rng.random() < 0.15:
        return rng.choice(_TEST_CARDS)
    (prefix, length, _), *_ = rng.choices(_NETWORKS, [weight for *_, weight in _NETWORKS])
    digits = prefix + "".join(rng.choices(string.digits, k=length - len(prefix) - 1))
    return digits + luhn_digit(digits)


def _card(rng: random.Random) -> Plant:
    digits = card_number(rng)
    separator = rng.choices(("", " ", "-", "\u00a0", "."), (45, 32, 20, 2, 1))[0]
    pieces, at = [], 0
    for size in _GROUPS[len(digits)]:
        pieces.append(digits[at : at + size])
        at += size
    text = separator.join(pieces)
    return Plant("card", text, (text,))


def iban(rng: random.Random) -> str:
    """Return an IBAN without spaces: a country's structure, random digits and letters, the check digits."""
    if rng.random() < 0.15:
        return rng.choice(_PUBLISHED_IBANS)
    country, _, structure = rng.choice(_IBANS).partition(" ")
    account, count, letters = "", "", string.ascii_uppercase
    characters = string.digits + letters
    for char in structure:
        if char in string.digits:
            count += char
            continue
        account += "".join(
            rng.choices(letters if char == "a" else characters if char == "c" else string.digits, k=int(count))
        )
        count = ""
    number = int("".join(str(int(char, 36)) for char in f"{account}{country}00"))
    return f"{country}{98 - number % 97:02d}{account}"


def _iban(rng: random.Random) -> Plant:
    text = iban(rng)
    how = rng.random()
    if how < 0.4:
        text = " ".join(text[at : at + 4] for at in range(0, len(text), 4))
    elif how < 0.44:
        text = "-".join(text[at : at + 4] for at in range(0, len(text), 4))
    return Plant("iban", text, (text[4:],))


PLANTS: Final[dict[str, Callable[[random.Random], Plant]]] = {
    "card": _card,
    "iban": _iban,
}
"""What fills a slot that plants one of these, by the slot's name."""
