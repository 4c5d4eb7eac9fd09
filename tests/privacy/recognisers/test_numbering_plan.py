"""The generated numbering plan: made by its script, and held against libphonenumber's metadata."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumber, PhoneNumberFormat, ValidationResult

from clippy_otel.privacy.recognisers import numbering_plan
from clippy_otel.privacy.recognisers.phones import PHONE_IN_URL, PHONE_INTERNATIONAL, is_number, plan_of
from clippy_otel.privacy.scanner import Scanner

SCRIPT = Path(__file__).parents[3] / "scripts" / "make_numbering_plan.py"
scanner = Scanner((PHONE_INTERNATIONAL, PHONE_IN_URL), placeholder="#", max_bytes=16_384)

# Kept apart from counters: a number of four digits in a plan whose others have ten.
TOO_SHORT = {"+989601"}
# With what is dialled before it within the country: two prefixes, and more digits than a number can have.
TOO_ODD = {"+54 011 15-2345-6789", "+49 0800 1234567890", "+98 09601"}


def examples() -> Iterator[PhoneNumber]:
    """Yield an example of each kind of number of each region, and of each calling code that belongs to none."""
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in phonenumbers.PhoneNumberType.values():
            number = phonenumbers.example_number_for_type(region, kind)
            if number is not None:
                yield number
    for code in phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS:
        number = phonenumbers.example_number_for_non_geo_entity(code)
        if number is not None:
            yield number


@pytest.mark.skipif(phonenumbers.__version__ != numbering_plan.VERSION, reason="made from another version")
def test_module_is_what_the_script_writes() -> None:
    """Nobody edits the module, and the same version of the metadata makes the same module."""
    spec = importlib.util.spec_from_file_location("make_numbering_plan", SCRIPT)
    assert spec
    assert spec.loader
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.module() == Path(numbering_plan.__file__).read_text(encoding="utf-8")


def test_module_is_small() -> None:
    """It is text of 40 KB; the plans that are read from it stay below 200 KB, if all of them are."""
    assert Path(numbering_plan.__file__).stat().st_size < 40 * 1024
    plans = [plan_of(code) for code in numbering_plan.PLANS]
    assert sum(bits.bit_length() // 8 + 100 for plan in plans if plan for bits in plan.values()) < 200_000


def test_every_example_is_found_in_every_layout() -> None:
    """In E.164, as an RFC 3966 link, in groups, in a URL, and in the country's own layout behind its code."""
    missed = []
    for number in examples():
        e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
        layouts = [phonenumbers.format_number(number, form) for form in (0, 1, 3)]  # E.164, international, RFC 3966
        layouts.append(f"+{number.country_code} {phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)}")
        layouts.append(e164.replace("+", "%2B"))
        if e164 not in TOO_SHORT:
            missed += [
                text
                for text in layouts
                if text not in TOO_ODD and scanner.scan(f"x {text.removeprefix('tel:')} y") != "x # y"
            ]
    assert missed == []


def number_of(code: str, national: str) -> PhoneNumber:
    """Return a number of libphonenumber's, with the zeros that it begins with."""
    zeros = len(national) - len(national.lstrip("0"))
    number = PhoneNumber(country_code=int(code), national_number=int(national))
    if zeros:
        number.italian_leading_zero, number.number_of_leading_zeros = True, zeros
    return number


@given(st.sampled_from(sorted(numbering_plan.PLANS)), st.text("0123456789", min_size=4, max_size=13))
def test_plan_holds_no_impossible_length(code: str, national: str) -> None:
    """What has a length that the metadata call impossible is no number, and what they call valid is one."""
    number = number_of(code, national)
    assert is_number(code + national) or not phonenumbers.is_valid_number(number)
    if is_number(code + national):
        possible = (ValidationResult.IS_POSSIBLE, ValidationResult.IS_POSSIBLE_LOCAL_ONLY)
        assert phonenumbers.is_possible_number_with_reason(number) in possible


@given(st.sampled_from(list(examples())), st.text("0123456789", min_size=15, max_size=15))
def test_plan_holds_all_valid_numbers(example: PhoneNumber, digits: str) -> None:
    """Numbers that begin as an example does are often valid, and then they are in the plan."""
    national = phonenumbers.national_significant_number(example)
    code, changed = str(example.country_code), national[:4] + digits[: len(national) - 4]
    assert is_number(code + changed) or not phonenumbers.is_valid_number(number_of(code, changed)) or len(changed) == 4


def test_unknown_codes_have_no_plan() -> None:
    """There is no country behind them."""
    assert plan_of("999") is None
    assert plan_of("0") is None
    assert not is_number("99912345678")
    assert not is_number("1")
