"""Telephone numbers that are told by their own form; counters, offsets, versions and rows of figures that are none."""

from __future__ import annotations

import pytest
from faker import Faker
from hypothesis import given
from hypothesis import strategies as st

from clippy_otel.privacy.recogniser import Recogniser
from clippy_otel.privacy.recognisers.phones import PHONE_IN_URL, PHONE_INTERNATIONAL, PHONE_NORTH_AMERICAN
from clippy_otel.privacy.scanner import Scanner
from tests.privacy._finding import AFTER, BEFORE, assert_linear

PHONES = (PHONE_NORTH_AMERICAN, PHONE_INTERNATIONAL, PHONE_IN_URL)
scanner = Scanner(PHONES, placeholder="#", max_bytes=16_384)

FOUND = [
    ("+1 415 555 2671", "#"),
    ("+14155552671", "#"),
    ("+1 (415) 555-2671", "#"),
    ("+15551234567", "#"),
    ("+1 123 456 7890", "#"),
    ("+44 20 7946 0958", "#"),
    ("+44 (0)20 7946 0958", "#"),
    ("+49 30/901820", "#"),
    ("+49 (0) 9141 777631", "#"),
    ("+45 32 12 34 56", "#"),
    ("+33.6.12.34.56.78", "#"),
    ("+86 138 0013 8000", "#"),
    ("+683 4000", "#"),
    ("call +43184768 today", "call # today"),
    ("+7 912 345-67-89", "#"),
    ("+7 8 (912) 345-67-89", "#"),
    ("+36 06 20 123 4567", "#"),
    ("+(49) 170 1234567", "#"),
    ("+358 9 1234567", "#"),
    ("+1.4155552671", "#"),
    ("電話+81 3-1234-5678まで", "電話#まで"),
    ("tel:+14155552671;ext=5", "tel:#"),
    ("+1 415 555 2671 x123, +90(066)907-4391x500", "#, #"),
    ("+1 415 555 2671 2024-01-01", "# 2024-01-01"),
    ("+44 20 7946 0958 42 calls", "# 42 calls"),
    ("?tel=%2B14155552671&x=1", "?tel=#&x=1"),
    ("?tel=%2B1%20415%20555%202671&x=1", "?tel=#&x=1"),
    ("%252B4532123456", "#"),
    ("(415) 555-2671", "#"),
    ("(415)555-2671", "#"),
    ("(123) 456-7890", "#"),
    ("415-555-2671", "#"),
    ("555-123-4567", "#"),
    ("669/927-5994", "#"),
    ("415.555.2671", "#"),
    ("415 555 2671", "#"),
    ("1-415-555-2671", "#"),
    ("001-415-555-2671", "#"),
    ("1 (415) 555-2671", "#"),
    ("call 415-555-2671x123 or", "call # or"),
    ("call 415-555-2671 ext. 12345.", "call #."),
    ("call 415-555-2671.", "call #."),
    ("x\\n415-555-2671\\n", "x\\n#\\n"),
    ("电话415-555-2671。", "电话#。"),
    ("+44 20 7946 0958-415-555-2671", "#-#"),  # none beside another number, but one when that has gone
]
LEFT = [
    # times, counters, differences
    *("+1700000000", "+12345678", "+1234567890", "+4815162342", "+9876543210", "1e+10", "2e+123456789"),
    *("+0200", "+05:30", "2024-01-03T12:34:56.789+01:00", "10/Oct/2000:13:55:36 +1030", "13:00:00 +1300 4567890"),
    *("+2024-01-03 12:34:56 boot", "@@ -1,7 +1,9 @@", "+1 -2", "C++11", "1.0.0+20240103123456", "+12", "+123456"),
    *(
        "gained +43184768 points",
        "delta=+43184768",
        "+43184768 bytes",
        "+3.14159265",
        "+52.5200066",
        "+35236450.6",
        "+48.8577+002.295/",
        "+0123456789",
        "+99912345678",
    ),
    *("x+14155552671", "a++1234567890", "5+14155552671"),
    # rows of figures, versions, addresses of machines
    *('HTTP/1.1" 200 532 1234', "200 532 1234 12ms", "127.0.0.1", "192.168.100.200:8080", "10.415.555.2671"),
    *("115-555-2671", "415-555-26711", "415-555-2671-99", "415\n555\n2671", "/api/669/927-5994", "4155552671"),
    *(
        "115 555 2671",
        "415 155 2671",
        "415 911 2671",
        "415.155.2671",
        "5552671",
        "555-2671",
        "123-456-789",
        "12345-6789",
    ),
    *("550e8400-e29b-41d4-a716-446655440000", "1.2.3", "v1.2.3-4111", "2001:db8:85a3::8a2e:370:7334", "%2B12345678"),
]


@pytest.mark.parametrize("text,expected", FOUND)
def test_number_is_found(text: str, expected: str) -> None:
    """It goes whole, with its extension, in any script; what stands around it stays."""
    assert scanner.scan(text) == expected


@pytest.mark.parametrize("text", LEFT)
def test_look_alikes_stay(text: str) -> None:
    """What has a plus, or groups of digits, is no number of telephone by that alone."""
    assert scanner.scan(text) is text


digits = st.integers(0, 9)
areas = st.tuples(st.integers(2, 9), digits, digits).map(lambda each: "".join(map(str, each)))
assigned = areas.filter(lambda area: area[1:] != "11")


@given(BEFORE, areas, areas, st.integers(0, 9999), AFTER)
def test_every_north_american_number_is_found(before: str, area: str, office: str, line: int, after: str) -> None:
    """Every number goes in the layouts that people use, where no letter or digit touches it."""
    layouts = [
        "({}) {}-{}",
        "({}){}-{}",
        "{}-{}-{}",
        "{}.{}.{}",
        "1-{}-{}-{}",
        "+1 {} {} {}",
        "+1{}{}{}",
        "+1 ({}) {}-{}",
    ]
    for layout in layouts:
        if not (layout[0] == "(" and before == "%3D"):
            text = f"{before}{layout.format(area, office, f'{line:04}')}{after}"
            assert scanner.scan(text) == f"{before}#{after}"


@given(assigned.filter(lambda area: area[1] != "9"), assigned, st.integers(0, 9999))
def test_number_in_spaces_is_found(area: str, office: str, line: int) -> None:
    """Between spaces alone it has to be one that can have been given out."""
    assert scanner.scan(f"call {area} {office} {line:04}!") == "call #!"


LOCALES = (
    "en_US en_GB de_DE fr_FR it_IT es_ES pt_BR nl_NL pl_PL ja_JP sv_SE da_DK fi_FI cs_CZ ru_RU en_IN tr_TR uk_UA lv_LV"
)


@pytest.mark.parametrize("locale", LOCALES.split())
def test_invented_numbers_are_found(locale: str) -> None:
    """What a generator of test data writes with a plus goes whole, whether it was ever given out or not."""
    fake = Faker(locale)
    fake.seed_instance(11)
    numbers = [number for number in (fake.phone_number() for _ in range(200)) if number[0] == "+"]
    assert [number for number in numbers if scanner.scan(f"n {number}, x") != "n #, x"] == []


HOSTILE = [
    *(
        "415-",
        "415-555-",
        "(415) ",
        "(",
        "+",
        "+1",
        "+4",
        "+49 1 ",
        "+44 20 ",
        "1-415-555-2671 ",
        "+1 415 555 2671 2024 ",
    ),
    *("415 555 2671 ", "+999999999 ", "+44 1234 5678 9012 3456 ", "415/", "%2B1", "%2B", "%2B1%20", "(415) 555-2671 x"),
    *("001-", "+1.4155552671 ", "1 ", "123", "+9.1"),
]


@pytest.mark.parametrize("recogniser", PHONES, ids=["north american", "international", "in a URL"])
def test_time_grows_with_the_text(recogniser: Recogniser) -> None:
    """Hostile texts take no more than time in proportion to their length."""
    for pattern in HOSTILE:
        assert_linear(recogniser, pattern)
