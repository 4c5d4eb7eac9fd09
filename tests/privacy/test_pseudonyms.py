"""Pseudonyms of user ids, and the hashes by which erasure finds them."""

from __future__ import annotations

import re
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clippy_otel.exceptions import ConfigurationError
from clippy_otel.privacy import Pseudonyms

KEY = b"0123456789abcdef0123456789abcdef"
user_ids = st.text(st.characters(codec=None), min_size=1, max_size=200)


def test_pseudonym_is_stable_for_a_key() -> None:
    """Two hosts with the same key give a user the same pseudonym, whether the key is bytes or text."""
    first, second = Pseudonyms(KEY), Pseudonyms(KEY.decode())
    assert first.pseudonym("alice@example.com") == second.pseudonym("alice@example.com")


def test_pseudonym_is_known_for_good() -> None:
    """The scheme does not change from version to version: joins in a store that is years old still hold."""
    pseudonyms = Pseudonyms(KEY)
    assert pseudonyms.pseudonym("alice") == "p_166fc9e85de2fe9efb3635682ce7c8be"
    assert pseudonyms.subject_hash("alice").hex() == "166fc9e85de2fe9e"


def test_pseudonyms_of_two_keys_differ() -> None:
    """Without the key a pseudonym cannot be made, so what one process made for itself means nothing to another."""
    assert len({Pseudonyms(key).pseudonym("alice") for key in (KEY, KEY[::-1], None, None)}) == 4


@given(user_ids)
def test_pseudonym_has_one_form_and_hides_the_id(user_id: str) -> None:
    """Any id, with surrogates and line breaks in it, becomes "p_" and 32 hex digits."""
    assert re.fullmatch(r"p_[0-9a-f]{32}", Pseudonyms(KEY).pseudonym(user_id))


@given(user_ids)
def test_pseudonym_of_a_pseudonym_is_itself(user_id: str) -> None:
    """What a scope has pseudonymised and a record shows again is not hashed twice, cached or not."""
    once = Pseudonyms(KEY).pseudonym(user_id)
    assert Pseudonyms(KEY).pseudonym(once) == once


@given(user_ids)
def test_subject_hash_is_the_same_for_id_and_pseudonym(user_id: str) -> None:
    """Erasure finds a record by the raw id and by the pseudonym."""
    pseudonyms = Pseudonyms(KEY)
    subject = pseudonyms.subject_hash(user_id)
    assert len(subject) == 8
    assert subject == pseudonyms.subject_hash(pseudonyms.pseudonym(user_id))


def test_made_up_pseudonym_is_an_id_like_any_other() -> None:
    """A user cannot give themselves a pseudonym without the key: its last 8 digits are a check."""
    pseudonyms = Pseudonyms(KEY)
    real = pseudonyms.pseudonym("alice")
    forged = real[:-1] + ("0" if real[-1] != "0" else "1")
    assert pseudonyms.pseudonym(forged) not in (forged, real)


def test_nobody_has_no_pseudonym() -> None:
    """An empty id is no user: it stays empty, and nothing is to be erased for it."""
    pseudonyms = Pseudonyms(KEY)
    assert pseudonyms.pseudonym("") == ""
    assert pseudonyms.subject_hash("") == b""


def test_cache_is_bounded_and_changes_nothing() -> None:
    """Many users do not make the process grow, and those who fell out of the cache keep their pseudonyms."""
    pseudonyms = Pseudonyms(KEY, max_cached=8)
    first = [pseudonyms.pseudonym(f"user-{n}") for n in range(100)]
    assert [pseudonyms.pseudonym(f"user-{n}") for n in range(100)] == first
    assert len(pseudonyms._young) + len(pseudonyms._old) <= 8


def test_long_ids_are_not_kept() -> None:
    """The cache is bounded in bytes too."""
    pseudonyms = Pseudonyms(KEY)
    assert pseudonyms.pseudonym("x" * 100_000) == pseudonyms.pseudonym("x" * 100_000)
    assert not pseudonyms._young


def test_threads_see_one_pseudonym() -> None:
    """Threads that fill a tiny cache at once never see another user's pseudonym."""
    pseudonyms, expected = Pseudonyms(KEY, max_cached=2), Pseudonyms(KEY)
    wrong: list[str] = []

    def work() -> None:
        for n in range(300):
            user_id = f"user-{n % 7}"
            if pseudonyms.pseudonym(user_id) != expected.pseudonym(user_id):
                wrong.append(user_id)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_repr_hides_the_key() -> None:
    """No log line that shows the object shows its key."""
    assert KEY.decode() not in repr(Pseudonyms(KEY))
    assert repr(Pseudonyms(KEY)) == "Pseudonyms(key=***)"


def test_stored_key_is_asked_for_when_it_is_needed() -> None:
    """Where a key is kept is touched at the first user id, once, and no pseudonym differs from those of the key."""
    asked: list[int] = []

    def stored() -> bytes:
        asked.append(1)
        return KEY

    pseudonyms = Pseudonyms(stored)
    assert not asked
    assert pseudonyms.pseudonym("") == ""
    assert not asked
    assert pseudonyms.pseudonym("alice") == Pseudonyms(KEY).pseudonym("alice")
    assert pseudonyms.subject_hash("bob") == Pseudonyms(KEY).subject_hash("bob")
    assert len(asked) == 1


def test_without_a_stored_key_one_is_made() -> None:
    """Where nothing can be kept, pseudonyms hold within the process."""
    pseudonyms = Pseudonyms(lambda: None)
    assert pseudonyms.pseudonym("alice") == pseudonyms.pseudonym("alice")
    assert pseudonyms.pseudonym("alice") != Pseudonyms(lambda: None).pseudonym("alice")


@pytest.mark.parametrize("key", [b"short-secret-15", "short-secret-15", "", b"", 16, 1.5, ["k" * 16]])
def test_bad_key_is_refused_without_showing_it(key: object) -> None:
    """A key that is too short or none names its setting, what is allowed, and not itself."""
    with pytest.raises(ConfigurationError, match=r"^pseudonym_key: ") as refusal:
        Pseudonyms(key)  # type: ignore[arg-type]
    assert "short-secret" not in str(refusal.value)


@pytest.mark.parametrize("max_cached", [1, 0, -1, True, 2.0, "8"])
def test_bad_cache_size_is_refused(max_cached: object) -> None:
    """The cache needs room for two."""
    with pytest.raises(ConfigurationError, match=r"^max_cached: "):
        Pseudonyms(KEY, max_cached=max_cached)  # type: ignore[arg-type]


@settings(max_examples=30)
@given(st.lists(user_ids, unique=True, max_size=50))
def test_users_do_not_share_a_pseudonym(ids: list[str]) -> None:
    """Different ids have different pseudonyms and subject hashes."""
    pseudonyms = Pseudonyms(KEY)
    assert len({pseudonyms.pseudonym(user_id) for user_id in ids}) == len(ids)
    assert len({pseudonyms.subject_hash(user_id) for user_id in ids}) == len(ids)
