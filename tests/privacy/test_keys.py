"""Verdicts on keys, by their words."""

from __future__ import annotations

import importlib
import inspect
import pkgutil

import opentelemetry.semconv._incubating.attributes as incubating
import opentelemetry.semconv.attributes as stable
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clippy_otel.exceptions import ConfigurationError
from clippy_otel.privacy.keys import Keys, KeyVerdict, words_of


def split(text: str) -> list[str]:
    """Return the words of a text."""
    return text.split()


SENSITIVE = split(
    """
    email password token apiKey secret creditCard ssn
    userEmail user_email EMAIL Email-Address e-mail E_MAIL emailAddress email2 customer.emails contact.email.primary
    Password PASSWORD newPassword new_password password_confirmation passwordHash userpassword db_password db.password
    pwd passwd passphrase passcode userPwd smtp_pass dbPass
    accessToken access_token
    refresh-token idToken id_token authtoken oauth2_token
    GITHUB_TOKEN slack_bot_token tokens.0.token
    X-Api-Key x_api_key
    apiKey2 APIKEY api.key apikey API_KEY_PROD secretKey AWS_SECRET_ACCESS_KEY aws_access_key_id
    clientSecret client_secret secrets webhook-secret x-amz-security-token csrf_token X-CSRF-Token jwt bearer
    privateKey PRIVATE_KEY private_key_pem ssh_key sessionToken session_key
    credential credentials dbCredentials
    authorization Authorization Proxy-Authorization http.request.header.authorization
    cookie Cookie Set-Cookie set_cookie http.response.header.set-cookie
    credit_card_number CREDITCARD creditcard cardNumber card_number cardholder_name name_on_card cvv cvv2 cvc pin
    userPIN
    otp totp one_time_code iban bank_account account_number passport passport_number passportNo drivers_license taxId
    social_security_number SocialSecurity user.ssn national_id
    phone phoneNumber phone_number mobile_number telephone fax home.phone
    dob birthDate birth_date dateOfBirth birthday
    fullName full_name firstName first_name last-name LASTNAME surname user.full_name
    homeAddress streetAddress street_address billing_address shippingAddress email_address address_line_1
""",
)

HARMLESS = split(
    """
    gen_ai.usage.input_tokens gen_ai.usage.output_tokens gen_ai.usage.cache_read.input_tokens
    gen_ai.request.max_tokens
    gen_ai.token.type gen_ai.client.token.usage gen_ai.server.time_to_first_token gen_ai.server.time_per_output_token
    max_tokens maxTokens total_tokens tokens token_count tokenCount tokenizer tokenized tokens_per_second pad_token_id
    token_bucket_size token_endpoint maxtoken
    session.id sessionId session.previous_id className class_name author authors authority secretary secretariat
    username userName user_name user.name passwordless_enabled passwordless password_policy_version
    passwordPolicyVersion
    password_changed_at has_password require_password_change password_length email_verified emailVerified email_count
    email_template email_enabled phone_verified credit_card_brand api_key_count secret_name cookie_consent cookie_name
    server.address client.address network.peer.address source.address ip_address address addressable mac_address
    url.full url.query url.path http.route http.request.method http.response.status_code http.user_agent
    key keys primary_key foreign_key publicKey cacheKey keyboard monkey hotkey feature_flag.key
    compass bypass passed pass pass_count passage passenger pinned spinner opinion shipping mapping spine
    name hostname filename display_name product_name service.name db.name nickname
    cardinality discard dashboard card phonetic microphone mobile email_campaign mailbox
    process.user.id process.real_user.id uid created_at duration_ms error.type message expires
""",
)


@pytest.mark.parametrize("key", SENSITIVE)
def test_sensitive_key_is_redacted(key: str) -> None:
    """The specification's fields and the evident rest are found in every spelling that people use."""
    assert Keys().verdict(key) is KeyVerdict.REDACT


@pytest.mark.parametrize("key", HARMLESS)
def test_harmless_key_is_scanned(key: str) -> None:
    """A key that only has the letters of a sensitive one, or tells a fact about it, keeps its value."""
    assert Keys().verdict(key) is KeyVerdict.SCAN


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


@pytest.mark.parametrize(
    "key,words",
    [
        ("userEmail", "user email"),
        ("HTTPServer", "http server"),
        ("X-Api-Key", "x api key"),
        ("apiKey2", "api key"),
        ("credit_card.number", "credit card number"),
        ("CREDITCARD", "creditcard"),
        ("getURLPath", "get url path"),
        ("contraseña", "contrasena"),
        ("ｅｍａｉｌ", "email"),  # noqa: RUF001 - full-width, as pasted from a Japanese form
        ("電話 phone", "電話 phone"),
        ("__x__", "x"),
        ("123", ""),
    ],
)
def test_words(key: str, words: str) -> None:
    """Words are told by separators, by case and by digits."""
    assert words_of(key) == words.split()


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


@given(st.sampled_from(["api key", "access token", "credit card number", "date of birth", "set cookie"]), st.data())
def test_spelling_makes_no_difference(term: str, data: st.DataObject) -> None:
    """A term is found in camelCase, snake_case, Header-Case and dotted.case, with a number behind it and a prefix."""
    words = term.split()
    spellings = [
        words[0] + "".join(word.title() for word in words[1:]),
        "".join(word.title() for word in words),
        *(
            separator.join(style(word) for word in words)
            for separator in "_-. "
            for style in (str, str.upper, str.title)
        ),
    ]
    key = data.draw(st.sampled_from(["", "x_", "my.", "HTTP-"])) + data.draw(st.sampled_from(spellings))
    assert Keys().verdict(key + data.draw(st.sampled_from(["", "2", "_1"]))) is KeyVerdict.REDACT
