"""Bare numbers beside the words that make them personal data, in many languages; and beside other words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clippy_otel.privacy.recognisers.contexts import CONTEXTUAL
from tests.privacy._finding import assert_linear, is_open, without

PHONES = [
    ("call me at 020 7946 0958", "call me at #"),
    ("Call John at (020) 7946 0958", "Call John at #"),
    ("reach Maria Garcia on 020 7946 0958.", "reach Maria Garcia on #."),
    ("my number is 020 7946 0958", "my number is #"),
    ("tel: 0170 1234567", "tel: #"),
    ("Tel. 030/901820", "Tel. #"),
    ("Handy 0151 12345678", "Handy #"),
    ("mobile=07700900123&x=1", "mobile=#&x=1"),
    ("phone_number=0612345678", "phone_number=#"),
    ('{"phone":"4155552671"}', '{"phone":"#"}'),
    ('{\\"phone\\": \\"0612345678\\"}', '{\\"phone\\": \\"#\\"}'),
    ("phone: 555-1234", "phone: #"),
    ("phone number: 4155552671 x12", "phone number: #"),
    ("caller 0121 496 0000 hung up", "caller # hung up"),
    ("sms sent to 07700 900123", "sms sent to #"),
    ("sms sent to phone 07700 900123", "sms sent to phone #"),
    ("contact number 98765 43210", "contact number #"),
    ("mobile phone no. 9876543210", "mobile phone no. #"),
    ("0170 1234567 (mobile)", "# (mobile)"),
    ("020 7946 0958 is my new phone", "# is my new phone"),
    ("tel 01 23 45 67 89 or 06 12 34 56 78", "tel # or #"),
    ("Téléphone : 01 23 45 67 89", "Téléphone : #"),
    ("numéro de téléphone: 0612345678", "numéro de téléphone: #"),
    ("teléfono: 612 345 678", "teléfono: #"),
    ("Telefonnummer lautet 030 1234567", "Telefonnummer lautet #"),
    ("телефон 8 (912) 345-67-89", "телефон #"),
    ("電話は03-1234-5678です", "電話は#です"),
    ("电话号码是13800138000。", "电话号码是#。"),
    ("手机01012316102已注册", "手机#已注册"),
    ("请拨打13800138000", "请拨打#"),
    ("070-6934-0730に電話してください", "#に電話してください"),
    ("फोन नंबर 98765 43210 है", "फोन नंबर # है"),
    ("Anruf von 0170 1234567 verpasst", "Anruf von # verpasst"),
    ("bitte 0170 1234567 anrufen", "bitte # anrufen"),
    ("020 7946 0958 called", "# called"),
    ("ring mig på 070-123 45 67", "ring mig på #"),
    ("llame al 612 345 678", "llame al #"),
    ("appelez le 01 23 45 67 89", "appelez le #"),
    ("позвоните 8 (496) 577-13-22", "позвоните #"),
    ("tlf. 612.93.27.09", "tlf. #"),
    ("telefon: 00420 730 816 140", "telefon: #"),
    ("Tel.: (02472) 01986", "Tel.: #"),
    ("Phone of Mr Meyer: 0170 1234567", "Phone of Mr Meyer: #"),
    ("전화: 010-1234-5678", "전화: #"),
]
IDENTITIES = [
    ("SSN: 123456789", "SSN: #"),
    ("SSN#123456789", "SSN##"),
    ("ssn=123456789&x", "ssn=#&x"),
    ("123456789 is my SSN", "# is my SSN"),
    ("123456789 (SSN)", "# (SSN)"),
    ("her SSN is 123456789.", "her SSN is #."),
    ("social security number 123456789", "social security number #"),
    ("SSN of applicant: 123456789", "SSN of applicant: #"),
    ("SSN on record is 123456789", "SSN on record is #"),
    ("soc. sec. no. 123456789", "soc. sec. no. #"),
    ("my social is 123456789", "my social is #"),
    ("NI number AB123456C", "NI number #"),
    ("DNI nº 12345678Z", "DNI nº #"),
    ("codice fiscale RSSMRA85M01H501Z", "codice fiscale #"),
    ("sécurité sociale 294068816096652", "sécurité sociale #"),
    ("Aadhaar 1234 5678 9012", "Aadhaar #"),
    ("CPF: 123.456.789-09", "CPF: #"),
    ("NINO AB123456C", "NINO #"),
    ("National Insurance number AB 12 34 56 C", "National Insurance number #"),
    ("SIN 046 454 286", "SIN #"),
    ("passport X1234567", "passport #"),
    ("Passport no. AB1234567", "Passport no. #"),
    ("driver's licence D1234567", "driver's licence #"),
    ("Driver license number: D123-4567-8901", "Driver license number: #"),
    ("driving licence MORGA657054SM9IJ", "driving licence #"),
    ("DNI 12345678Z", "DNI #"),
    ("NIE: X1234567L", "NIE: #"),
    ("personnummer 800101-1234", "personnummer #"),
    ("Steuer-ID 12 345 678 901", "Steuer-ID #"),
    ("NHS 943 476 5919", "NHS #"),
    ("tax id 12-3456789", "tax id #"),
    ("身份证号 110101199003074578", "身份证号 #"),
]
OTHERS = [
    ("account number 12345678", "account number #"),
    ("bank account 12345678", "bank account #"),
    ("Kontonummer 1234567890", "Kontonummer #"),
    ("routing number 021000021", "routing number #"),
    ("sort code 12-34-56", "sort code #"),
    ("card 4222222222222", "card #"),
    ("card number 1234 5678 9012 3456", "card number #"),
    ("DOB: 1980-01-02", "DOB: #"),
    ("born on 12/26/1980", "born on #"),
    ("date of birth: 2 Jan 1980", "date of birth: #"),
    ("born March 12, 1985", "born #"),
    ("geboren am 02.01.1980 in Ulm", "geboren am # in Ulm"),
]
LEFT = [
    # too short, or of something else
    *(
        "phone: 3 devices",
        "call 200 ms",
        "tel 404",
        "phone: 3 devices, order 12345678",
        "reach 123-456",
        "code 123-456",
    ),
    *("order number 123456789", "ticket id 123456789", "request_id=123456789 phone=none", "account 123456789012"),
    *("phone_id=12345678", "phone updated_at 1700000000", "mobile_session_id=1234567890", "account id 123456789012"),
    *("driver_id=12345678", "card_id 12345678", "license key 12345678", "passport expires 2030-01-01"),
    *("mobile app build 20240103", "driver version 535.104.05", "national 123456789", "bank 123456789", "tax 1234567"),
    *("call_count=12345678 sms_count=12345678", "contact 12345678 updated", "birth rate 1234567", "born 1700000000"),
    # words of everyday without the form of a number
    *(
        "rpc call 12345678 failed",
        "call failed at 1700000000",
        "text 12345678",
        "cell 12345678",
        "reached 12345678 rows",
    ),
    *("call to 10.0.0.1234567", "text at 0x00123456", "sin(123456789)", "pan 12345678", "call stack 0000-0000-00"),
    *("phone service returned: 12345678", "phone order: 12345678", "mobile user session 1234567890"),
    *("CVE-2026-21637 route callback", "CF-RAY: 81234567890123-FRA", "the user called 3 times 2024010312"),
    # user agents, versions, addresses, times
    *("Windows Phone 8.1.14147.180", "Windows Phone 10.0.15063.0", "Mobile/15E148 Safari/604.1", "mobile 1.2345678"),
    *(
        "phone 192.168.100.200",
        "4f:f7:34:82:11:17 54.100.229.175 REACHABLE",
        "phone 2024-01-03 12:34:56",
        "caller=main.go:1234567",
        "callback 1700000000123",
    ),
    *("RFC 2047/2243", "0x6CF000006D0", "Phone0 1tel 1234567"),
    *("123456789\nSSN", "phone:\n0170 1234567", "ssn 000456789", "routing number 123456789", "card 1234567890123456"),
]


@pytest.mark.parametrize("text,expected", [*PHONES, *IDENTITIES, *OTHERS])
def test_number_beside_a_keyword_is_found(text: str, expected: str) -> None:
    """It goes whole; the words that announce it stay."""
    assert without(CONTEXTUAL, text) == expected
    assert is_open(CONTEXTUAL, text)


@pytest.mark.parametrize("text", LEFT)
def test_other_numbers_stay(text: str) -> None:
    """A number that another word announces, or that is too short or of another form, is none."""
    assert CONTEXTUAL.find(text) == []


announcements = st.sampled_from(["SSN: ", "ssn=", "SSN is ", "social security number ", "my ssn # ", '"ssn":"', "SSN#"])
after = st.sampled_from(["", " ", ".", ",", '"', "\n", ")", "は", " and more", ", born"])


@given(announcements, st.integers(1, 899), st.integers(1, 99), st.integers(1, 9999), after)
def test_every_bare_ssn_is_found(announcement: str, area: int, group: int, serial: int, rest: str) -> None:
    """Every number that can have been given out goes."""
    area -= area == 666
    number = f"{area:03}{group:02}{serial:04}"
    assert without(CONTEXTUAL, f"{announcement}{number}{rest}") == f"{announcement}#{rest}"


pieces = st.sampled_from(
    ["phone ", "SSN", ": ", "is my ", "0170 ", "1234567", "12-34-56", "card ", "电话", "\n", "born ", "x", "(", "is "]
)


@given(st.lists(pieces, max_size=12))
def test_gate_loses_nothing(parts: list[str]) -> None:
    """Where a number is found, the gate is open; what is found is in order."""
    text = "".join(parts)
    if without(CONTEXTUAL, text) != text:
        assert is_open(CONTEXTUAL, text)


HOSTILE = [
    *(
        "tel ",
        "tel: 0",
        "ssn 1 ",
        "tel 0170 1234567 ",
        "12345 is my ssn ",
        "call me ",
        "call me at ",
        "tel at ",
        "born 1",
    ),
    *("passport A1", "phone 1 ", "card 1234 ", "电话", "account number ", "driver id ", "social security ", "1", "("),
    *("my a b c ", "tel\u00a0", "SSN#", "0170 1234567 (mobile) ", "手机1"),
]


@pytest.mark.parametrize("pattern", HOSTILE)
def test_time_grows_with_the_text(pattern: str) -> None:
    """Hostile texts take no more than time in proportion to their length."""
    assert_linear(CONTEXTUAL, pattern)


def test_row_of_false_keywords_counts_as_found() -> None:
    """A text that would take too long to be judged is redacted as a whole, not let through."""
    assert CONTEXTUAL.find("tel 1234 x " * 300 + " 1234567") == []
    assert CONTEXTUAL.find("tel 1234 x " * 500 + " 1234567") == [(0, 5508)]
