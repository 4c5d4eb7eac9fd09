"""How keys are split into words."""

from __future__ import annotations

import pytest

from clippy_otel.privacy.keys.words import other_words_of, parts_of, words_of


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
        ("userSSNs", "user ssns"),
        ("form%5Bpassword%5D", "form password"),
        ("form%255Bpassword%255D", "form password"),
        ("user[email]", "user email"),
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


@pytest.mark.parametrize(
    "key,words",
    [
        ("APIkey", "api key"),
        ("DBpassword", "db password"),
        ("userIDtoken", "user id token"),
        ("apiKey", None),
        ("HTTP", None),
        ("api_key", None),
    ],
)
def test_capitals_may_end_before_small_letters(key: str, words: str | None) -> None:
    """A key whose capitals can be read in two ways has a second list of words, and no other has."""
    assert other_words_of(key) == (None if words is None else words.split())


@pytest.mark.parametrize(
    "word,parts",
    [
        ("userpassword", "user password"),
        ("dbpasswd", "db passwd"),
        ("accesstoken", "access token"),
        ("socialsecuritynumber", "social security number"),
        ("userpassportnumber", "user passport number"),
        ("passwordexpiresat", "password expires at"),
        ("grafanapassword", "grafana password"),
        ("acmepasswordxyz", "acme password xyz"),
        ("acmesecretold", "acme secret old"),
        ("acmesigningkey", "acme signing key"),
        ("rapidapi", "rapid api"),
        ("username", "user name"),
    ],
)
def test_words_without_separators_are_taken_apart(word: str, parts: str) -> None:
    """Known words are told where nothing separates them, and a sensitive one between unknown ones."""
    assert parts_of([word]) == parts.split()


@pytest.mark.parametrize("word", ["secretary", "tokenizer", "monkey", "compass", "herein", "taliban", "a" * 1024])
def test_ordinary_words_stay_whole(word: str) -> None:
    """A word that only has the letters of known ones is left as it is."""
    assert parts_of([word]) == [word]
