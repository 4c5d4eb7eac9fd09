"""Verdicts on keys, by their words."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import time

import opentelemetry.semconv._incubating.attributes as incubating
import opentelemetry.semconv.attributes as stable
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clippy_otel.exceptions import ConfigurationError
from clippy_otel.privacy.keys.judging import Keys, KeyVerdict
from tests.privacy._key_names import HARMLESS, SENSITIVE, split


def test_sensitive_keys_are_redacted() -> None:
    """The specification's fields and the evident rest are found in every spelling that people use."""
    assert len(SENSITIVE) > 1200
    assert [key for key in SENSITIVE if Keys().verdict(key) is not KeyVerdict.REDACT] == []


def test_harmless_keys_are_scanned() -> None:
    """A key that only has the letters of a sensitive one, or tells a fact about it, keeps its value."""
    assert len(HARMLESS) > 1200
    assert [key for key in HARMLESS if Keys().verdict(key) is not KeyVerdict.SCAN] == []


@pytest.mark.parametrize(
    "key",
    split("userId user_id user.id USER_ID User-Id userid enduser.id end_user_id targetUserId clippy.user.id userIds"),
)
def test_user_id_becomes_a_pseudonym(key: str) -> None:
    """The id of a user is neither shown nor lost."""
    assert Keys().verdict(key) is KeyVerdict.PSEUDONYM


@pytest.mark.parametrize("key", ["trace_id", "traceId", "span_id", "parent_span_id", "parent.id"])
def test_identifiers_of_traces_are_safe(key: str) -> None:
    """Sixteen digits under span_id are no card number."""
    assert Keys().verdict(key) is KeyVerdict.SAFE


def semantic_conventions() -> list[str]:
    """Return the names of all attributes that OpenTelemetry has defined."""
    names = set()
    for package in (stable, incubating):
        for module in pkgutil.iter_modules(package.__path__):
            members = inspect.getmembers(importlib.import_module(f"{package.__name__}.{module.name}"))
            names |= {value for name, value in members if name.isupper() and type(value) is str}
    return sorted(names)


def test_semantic_conventions_stay() -> None:
    """Of OpenTelemetry's own attributes those are redacted that hold personal data or credentials, and no other."""
    names = semantic_conventions()
    assert len(names) > 800
    redacted = {name for name in names if Keys().verdict(name) is KeyVerdict.REDACT}
    assert redacted == {"db.connection_string", "user.email", "user.full_name"}
    pseudonyms = {name for name in names if Keys().verdict(name) is KeyVerdict.PSEUDONYM}
    assert pseudonyms == {"enduser.id", "user.id"}


def test_redact_fields_are_whole_words_in_any_spelling() -> None:
    """A field of the user's is found wherever its words stand, and not in a part of a word."""
    keys = Keys(redact_fields=["internal_note", "plan"])
    for key in ("internalNote", "INTERNAL-NOTE", "customer.internal.note.text", "internalnote", "user_plan"):
        assert keys.verdict(key) is KeyVerdict.REDACT
    for key in ("note", "internal", "planet", "internal_my_note"):
        assert keys.verdict(key) is KeyVerdict.SCAN


def test_redact_fields_take_patterns() -> None:
    """An entry with a wildcard is an fnmatch pattern for the whole key, whatever its case."""
    keys = Keys(redact_fields=["acme.*", "x-??-id"])
    for key in ("acme.plan", "ACME.x.y", "x-ab-id"):
        assert keys.verdict(key) is KeyVerdict.REDACT
    for key in ("acme", "my.acme.plan", "x-abc-id"):
        assert keys.verdict(key) is KeyVerdict.SCAN


@pytest.mark.parametrize("field", ["token", "password", "email", "apiKey"])
def test_built_in_name_in_redact_fields_keeps_its_exceptions(field: str) -> None:
    """`redact_fields=["token"]`, as the specification prints it, does not reach token_count."""
    keys = Keys(redact_fields=[field])
    assert keys.verdict(field) is KeyVerdict.REDACT
    for key in ("token_count", "max_tokens", "password_policy_version", "email_verified", "api_key_count"):
        assert keys.verdict(key) is KeyVerdict.SCAN


def test_name_that_is_kept_by_default_can_be_redacted() -> None:
    """The specification keeps `username`; who wants it redacted says so."""
    assert Keys(redact_fields=["username"]).verdict("username") is KeyVerdict.REDACT
    assert Keys(redact_fields=["session.id"]).verdict("sessionId") is KeyVerdict.REDACT
    assert Keys(redact_fields=["userId"]).verdict("user_id") is KeyVerdict.REDACT


def test_keep_fields_win_over_what_is_built_in() -> None:
    """What the user says to keep is left as it is, and nothing else beside it."""
    keys = Keys(keep_fields=["token", "support_email", "user.id"])
    for key in ("token", "next_token", "supportEmail", "user_id"):
        assert keys.verdict(key) is KeyVerdict.KEEP
    assert keys.verdict("email") is KeyVerdict.REDACT


@pytest.mark.parametrize("field", ["token", "acme", "tok*"])
def test_redact_fields_win_over_keep_fields(field: str) -> None:
    """Where both name a key, it is redacted: the mistake that shows is better than the one that leaks."""
    keys = Keys(redact_fields=[field], keep_fields=["token", "acme", "*"])
    assert keys.verdict("token" if field != "acme" else "acme") is KeyVerdict.REDACT


def test_long_and_wordy_keys_are_redacted() -> None:
    """A key that is too long to be judged says nothing that its value could be kept for."""
    assert Keys().verdict("a" * 1024) is KeyVerdict.SCAN
    assert Keys().verdict("a" * 1025) is KeyVerdict.REDACT
    assert Keys().verdict("a." * 65) is KeyVerdict.REDACT


def test_field_of_many_words_is_found() -> None:
    """A name of the user's may have more words than any built-in one."""
    keys = Keys(redact_fields=["the_inner_note_about_a_customer"])
    assert keys.verdict("x.theInnerNoteAboutACustomer") is KeyVerdict.REDACT
    assert keys.verdict("the_inner_note") is KeyVerdict.SCAN


def test_field_without_letters_is_the_whole_key() -> None:
    """A key may be a number."""
    keys = Keys(redact_fields=["42"])
    assert keys.verdict("42") is KeyVerdict.REDACT
    assert keys.verdict("142") is KeyVerdict.SCAN


@pytest.mark.parametrize("setting", ["redact_fields", "keep_fields"])
@pytest.mark.parametrize("value", ["email", b"email", ["email", 5], [""], ["  "], [None], 7, ["x" * 1025]])
def test_bad_fields_are_refused(setting: str, value: object) -> None:
    """One text instead of a list of them, and entries that are no names, are told at once."""
    with pytest.raises(ConfigurationError, match=f"^{setting}: "):
        Keys(**{setting: value})  # type: ignore[arg-type]


@given(st.text(max_size=200))
def test_any_key_has_a_verdict(key: str) -> None:
    """Nothing that a program uses as a key makes the judgement fail."""
    assert isinstance(Keys(redact_fields=["a*", "b"], keep_fields=["c"]).verdict(key), KeyVerdict)


def spelled(words: list[str]) -> list[str]:
    """Return a key of these words in every spelling."""
    titles = [word.title() for word in words]
    return [
        words[0] + "".join(titles[1:]),
        "".join(titles),
        "".join(words),
        "".join(words).upper(),
        words[0] + "".join(f"[{word}]" for word in words[1:]),
        words[0] + "".join(f"%5B{word}%5D" for word in words[1:]),
        *(
            separator.join(style(word) for word in words)
            for separator in "_-. :/"
            for style in (str, str.upper, str.title)
        ),
    ]


# Written as words; each stands for all its spellings, between any of BEFORE and AFTER.
TERMS = [
    term.split()
    for term in """
    password | passwd | passphrase | pass code | secret | client secret | api key | api secret | private key
    secret key | access key | signing key | encryption key | decryption key | master key | ssh key
    subscription key | session key | access token | refresh token | id token | auth token | bearer token
    csrf token | session token | reset token | cookie | session cookie | authorization | credential | credentials
    connection string | basic auth | auth header | otp code | mfa code | sms code | verification code
    one time password | security code | recovery code | webhook signature | jwt | credit card | credit card number
    card number | card cvv | cvv | card expiry | card holder name | iban | bank account | account number
    routing number | sort code | ssn | tax id | social security number | passport number | driver license
    drivers license number | national id | identity card number | aadhaar number | cpf | national insurance number
    medical record number | first name | last name | middle name | maiden name | surname | given name
    customer name | patient name | email | email address | phone | phone number | mobile number | mobile phone
    telephone | fax number | home address | street address | billing address | shipping address | postal code
    zip code | date of birth | birth date | dob | birthday | place of birth | gender | ethnicity | religion
    nationality | blood type | medical history | salary
    """.replace("\n", "|").split("|")
    if term.strip()
]
BEFORE = [
    [],
    ["http", "request", "header"],
    *([word] for word in split("user customer new my app db form old admin prod order aws")),
]
AFTER = [[], ["0", "value"], *([word] for word in split("2 1 value old prod hash raw encrypted plain"))]
FACTS = [
    fact.split("_")
    for fact in split(
        """
        count type enabled verified required expires_at length policy_version last_changed_at status validation_error
        provider attempts updated_at is_valid validation_failed error_count format created_at rotation_days limit
        """
    )
]


@given(st.sampled_from(TERMS), st.sampled_from(BEFORE), st.sampled_from(AFTER), st.data())
def test_spelling_makes_no_difference(
    term: list[str], before: list[str], after: list[str], data: st.DataObject
) -> None:
    """A term is found in every spelling, with ordinary words before and behind it."""
    key = data.draw(st.sampled_from(spelled([*before, *term, *after])))
    assert Keys().verdict(key) in {KeyVerdict.REDACT, KeyVerdict.LINE}  # of "phone" alone


@given(st.sampled_from(TERMS), st.sampled_from([[], ["user"], ["app"], ["metrics"]]), st.sampled_from(FACTS), st.data())
def test_fact_about_a_term_stays_in_any_spelling(
    term: list[str], before: list[str], fact: list[str], data: st.DataObject
) -> None:
    """What is told about a password, and not the password, stays however it is written."""
    key = data.draw(st.sampled_from(spelled([*before, *term, *fact])))
    assert Keys().verdict(key) is not KeyVerdict.REDACT


@pytest.mark.parametrize(
    "key",
    [
        "p\u0430ssw\u043erd",  # Cyrillic a and o
        "\u0435mail",
        "t\u043eken",
        "\u03b1pi_key",  # Greek alpha
        "\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44",  # full-width
        "pass\u200bword",  # zero-width space
        "p\u00e1ssword",
        "contrase\u00f1a",
        "\U0001d429\U0001d41a\U0001d42c\U0001d42c\U0001d430\U0001d428\U0001d42b\U0001d41d",  # mathematical bold
        "\u5bc6\u7801",  # Chinese, Japanese, Korean, Russian: password
        "\u7528\u6237\u5bc6\u7801",
        "\u30d1\u30b9\u30ef\u30fc\u30c9",
        "\ube44\ubc00\ubc88\ud638",
        "\u043f\u0430\u0440\u043e\u043b\u044c",
    ],
)
def test_letters_of_other_scripts(key: str) -> None:
    """Look-alikes, accents and what cannot be seen hide no key, and some words of other languages are known."""
    assert Keys().verdict(key) is KeyVerdict.REDACT


@pytest.mark.parametrize(
    "key", ["\u96fb\u8a71 model", "na\u00efve", "\u0441\u0442\u0430\u0442\u0443\u0441", "\u00e9cole_count"]
)
def test_other_scripts_alone_make_no_key_sensitive(key: str) -> None:
    """A key that is not ASCII is judged by its words too."""
    assert Keys().verdict(key) is KeyVerdict.SCAN


@pytest.mark.parametrize(
    "key,verdict",
    [
        *((key, KeyVerdict.PLACE) for key in split("address Addresses addr return_address returnAddress")),
        *((key, KeyVerdict.OPAQUE) for key in split("tokens llm.tokens sig X-Sig vin")),
        *((key, KeyVerdict.ACCESS) for key in split("auth x-auth pass")),
        *((key, KeyVerdict.LINE) for key in split("phone Phone mobile")),
        *((key, KeyVerdict.RACE) for key in ("race", "event.race")),
    ],
)
def test_words_that_mean_many_things_are_decided_by_their_values(key: str, verdict: KeyVerdict) -> None:
    """Alone they say too little; with another word, or counted up, they are judged like all others."""
    assert Keys().verdict(key) is verdict
    assert Keys(redact_fields=[key]).verdict(key) is KeyVerdict.REDACT
    assert Keys(keep_fields=[key]).verdict(key) is KeyVerdict.KEEP
    assert Keys().verdict(f"{key}_enabled") is KeyVerdict.SCAN


def test_ambiguous_word_in_redact_fields_keeps_its_exceptions() -> None:
    """`redact_fields=["address"]` makes the bare key sensitive, and not the addresses of machines."""
    keys = Keys(redact_fields=["address", "phone"])
    assert keys.verdict("address") is KeyVerdict.REDACT
    for key in ("server.address", "ip_address", "phone_count"):
        assert keys.verdict(key) is KeyVerdict.SCAN


@pytest.mark.parametrize(
    "key", split("address1 address_2 addr1 phone1 phone_2 Mobile2 user.address user_race patient.race")
)
def test_owner_or_number_ends_the_doubt(key: str) -> None:
    """The second line of an address is no machine's."""
    assert Keys().verdict(key) is KeyVerdict.REDACT


@pytest.mark.parametrize(
    "pattern",
    ["a", "A", "aB", "Ab", "AAAbbb", "token", "password", "user_", "%25", "%41", "\u0430", "e\u0301", "_", "9"],
)
def test_time_is_linear(pattern: str) -> None:
    """Eight times the hostile key takes some eight times as long; quadratic time would be 64 times."""
    small = (pattern * 128)[:128]
    assert seconds(small * 8) < 30 * max(seconds(small), 20e-6)


def seconds(key: str) -> float:
    """Return the processor time of a verdict, the least of several."""
    best = 60.0
    keys = Keys()
    for _ in range(5):
        start = time.process_time()
        keys.verdict(key)
        best = min(best, time.process_time() - start)
    return best
