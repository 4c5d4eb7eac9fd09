"""Rules that are not on by default: what each finds and leaves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clippy_otel.exceptions import ConfigurationError
from clippy_otel.privacy import DEFAULT_RULES, Redactor
from clippy_otel.privacy.optional.registry import (
    CRYPTO_WALLET,
    DATE_OF_BIRTH,
    IP_ADDRESS,
    MAC_ADDRESS,
    OPTIONAL_RULES,
    names,
)

PEOPLE = names("Grace Hopper", "Grace", "Jean-Luc Picard", "O'Brien", "Jörg", "李小龙", "De la Cruz")
REDACTORS = {rule.name: Redactor([rule], placeholder="#") for rule in (*OPTIONAL_RULES, PEOPLE)}

FOUND = [
    ("ip_address", "from 203.0.113.9:8080 to 10.0.0.1", "from #:8080 to #"),
    ("ip_address", "[2001:db8::1]:443 fe80::1%eth0 ::ffff:203.0.113.9", "[#]:443 #%eth0 #"),
    ("ip_address", "2001:0db8:85a3:0000:0000:8a2e:0370:7334.", "#."),
    ("ip_address", "peer=203.0.113.9, 客户203.0.113.9的", "peer=#, 客户#的"),
    ("ip_address", "addr: 2001:db8::: up", "addr: 2001:db8::: up"),
    ("mac_address", "00:1A:2b:3c:4D:5e 00-1A-2B-3C-4D-5E 001a.2b3c.4d5e", "# # #"),
    ("mac_address", "02:42:ac:ff:fe:11:00:02,", "#,"),
    ("crypto_wallet", "to 1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", "to #"),
    ("crypto_wallet", "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy", "#"),
    ("crypto_wallet", "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq.", "#."),
    ("crypto_wallet", "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "#"),
    ("crypto_wallet", "bc1p5d7rjq7g6rdk2yhzks9smlaqtedr4dekq08ge8ztwac72sfr9rusxg3297", "#"),
    ("crypto_wallet", "0x742d35Cc6634C0532925a3b844Bc454e4438f44e", "#"),
    ("date_of_birth", "DOB: 1980-02-03", "DOB: #"),
    ("date_of_birth", "born on 3 February 1980 in Ulm", "born on # in Ulm"),
    ("date_of_birth", "date of birth of the patient 03/02/1980", "date of birth of the patient #"),
    ("date_of_birth", "geboren am 3. März 1980", "geboren am #"),
    ("date_of_birth", "birth: February 3rd, 1980; d.o.b 1.2.1980", "birth: #; d.o.b #"),
    ("name", "grace hopper and GRACE, Jean-Luc  Picard", "# and #, #"),
    ("name", "Mr O\u2019Brien, jörg, de la cruz", "Mr #, #, #"),
    ("name", "Grace\nHopper", "#\nHopper"),
]
STAYS = [
    ("ip_address", "v1.2.3.4 1.2.3.4.5 1.2.3 256.1.1.1 127.0.0.1 0.0.0.0 ::1 :: 10:20:30 std::string a::b 1.2.3.04"),
    ("ip_address", "2026-11-26T05:50:34 12:34 sha256:abcdef a:b:c:d"),
    ("mac_address", "00:00:00:00:00:00 ff-ff-ff-ff-ff-ff 12:34:56 00:1A:2b:3c:4D 00:1A:2b:3c:4D:5e:6f 2026-11-26"),
    ("crypto_wallet", "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3 bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdr"),
    ("crypto_wallet", "0x742d35Cc6634C0532925a3b844Bc454e4438f44 0x742d35Cc6634C0532925a3b844Bc454e4438f44e1"),
    ("crypto_wallet", "11111111111111111111111111 0x00000000000000000000000000000000000000001"),
    ("crypto_wallet", "bc1qAr0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"),
    ("date_of_birth", "released 1980-02-03, newborn 1980-02-03, born to run, birth rate 1980"),
    ("date_of_birth", "born in Ulm, a town of about a hundred thousand 1980-02-03"),
    ("date_of_birth", "date of birth\n1980-02-03"),
    ("name", "graceful Hopper, disgrace, Jean Picard, Luc, de la"),
]  # fmt: skip


@pytest.mark.parametrize("rule,text,expected", FOUND)
def test_what_is_found(rule: str, text: str, expected: str) -> None:
    """It goes, and what stands around it stays."""
    assert REDACTORS[rule].redact_text(text) == expected


@pytest.mark.parametrize("rule,text", STAYS)
def test_what_only_looks_like_it_stays(rule: str, text: str) -> None:
    """Versions, times, hashes, other words."""
    assert REDACTORS[rule].redact_text(text) is text


def test_they_go_beside_the_built_in_rules() -> None:
    """With any action."""
    subject = Redactor((*DEFAULT_RULES, *OPTIONAL_RULES[1:], IP_ADDRESS.with_action("typed"), names("Grace Hopper")))
    assert subject.redact({"client": "203.0.113.9", "text": "Grace Hopper, born 9 December 1906"}) == {
        "client": "[REDACTED:ip_address]",
        "text": "[REDACTED], born [REDACTED]",
    }
    assert {rule.name for rule in OPTIONAL_RULES} == {
        rule.name for rule in (IP_ADDRESS, MAC_ADDRESS, CRYPTO_WALLET, DATE_OF_BIRTH)
    }


@pytest.mark.parametrize("bad", ["", "  ", "123", None, "x" * 200, "a b c d e f g h i"])
def test_what_is_no_name_is_refused(bad: str) -> None:
    """Digits alone, nothing, and whole sentences."""
    with pytest.raises(ConfigurationError, match=r"^names:"):
        names("Grace", bad)


def test_ten_thousand_names_take_no_longer() -> None:
    """They are looked up, one word after the other."""
    listed = [
        f"{chr(97 + n % 26)}{'abcdefghij'[n % 10]}{'xyz'[n % 3]}o{'q' * (n % 57)} Name{'x' * (n % 50)}"
        for n in range(10_000)
    ]
    subject = Redactor([names(*listed)], placeholder="#")
    assert subject.redact_text(f"by {listed[77].upper()} and others") == "by # and others"


HOSTILE = [
    "1.",
    "1:",
    "a:",
    "::",
    "0-",
    "00:",
    "aabb.",
    "1B",
    "bc1q",
    "0x",
    "born ",
    "1980-",
    "Grace ",
    "dob 1/1/",
    "é",
    "W",
]


@pytest.mark.parametrize("rule", REDACTORS)
def test_hostile_texts_come_to_an_end(rule: str) -> None:
    """The work at each place is bounded: each text is judged within the time that a call has."""
    for piece in HOSTILE:
        findings = REDACTORS[rule].explain([piece * (8000 // len(piece))])
        assert {finding.rule for finding in findings} <= {rule}


@given(
    st.ip_addresses(v=4) | st.ip_addresses(v=6),
    st.sampled_from(["", "x ", "[", "は", "("]),
    st.sampled_from(["", " y", "]", "は", ","]),
)
def test_every_address_is_found(address: object, before: str, after: str) -> None:
    """Whatever stands around it."""
    text = str(address)
    if (
        text.startswith("127.")
        or text.replace(":", "").isalpha()
        or text in ("0.0.0.0", "255.255.255.255", "::", "::1")
    ):
        return
    assert REDACTORS["ip_address"].redact_text(f"{before}{text}{after}") == f"{before}#{after}"
