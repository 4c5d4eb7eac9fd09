"""Keyed pseudonyms of user ids: the same user is the same text, and without the key there is no way back.

A pseudonym is "p_" and 32 lower-case hex digits: 24 of an HMAC-SHA-256 of the id, 8 of a second HMAC over those. By the
latter a pseudonym is known when it is fed in again (a scope's id is pseudonymised when it is set and met again in the
record) and comes back unchanged. Who does not have the key makes such a text by chance only, once in 2**32 tries; who
has seen another user's pseudonym can give it for their own id and is then counted as that user. A pseudonym made with
another key is an id like any other.

Guarantee: 96 bits, so that two of 10**9 users share a pseudonym with a probability of 6e-12. The subject hash is the
first 8 bytes of the same HMAC: it says nothing that the pseudonym in the record does not say.
Cost: about 3 us for an id not seen before, 0.1 us for one in the cache. No lock is held, so a signal handler may enter.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

from clippy_otel.exceptions import ConfigurationError

# A 128-bit key: shorter ones let pseudonyms be undone by trying keys.
MIN_KEY_BYTES: Final = 16

_MADE_KEY_BYTES: Final = 32
_PREFIX: Final = "p_"
_BODY_BYTES: Final = 12
_CHECK_BYTES: Final = 4
_SUBJECT_BYTES: Final = 8
_SHAPE: Final = re.compile(r"p_[0-9a-f]{32}")
# Longer ids work but are not kept, so that 4,096 of them cannot hold more than a megabyte.
_MAX_CACHED_CHARS: Final = 128

_Known: TypeAlias = tuple[str, bytes]  # a pseudonym and its subject hash


class Pseudonyms:
    """Turn user ids into pseudonyms, and both into the hashes that erasure looks for.

    Args:
        key: The secret; at least 16 bytes, a str counts by its UTF-8. Hosts that share it make the same pseudonyms. A
            callable is asked for it at the first user id. None, and what a callable without a key returns: a random
            one, kept in this process (its forked children share it).
        max_cached: Most ids whose pseudonyms are kept, at least 2. Default 4,096.

    Raises:
        ConfigurationError: The key is too short or not a str or bytes; the message does not show it.
    """

    __slots__ = ("_key", "_max_young", "_old", "_stored_key", "_young")

    def __init__(self, key: bytes | str | Callable[[], bytes | None] | None = None, *, max_cached: int = 4096) -> None:
        if type(max_cached) is not int or max_cached < 2:  # noqa: PLR2004 - one of each generation
            raise ConfigurationError("max_cached: a whole number of at least 2 is allowed")
        self._stored_key = key if callable(key) else None
        self._key = b"" if callable(key) else _checked(key)
        # Two generations: when the young one is full it becomes the old one, whose ids come back as they are used.
        self._max_young = max_cached // 2
        self._young: dict[str, _Known] = {}
        self._old: dict[str, _Known] = {}

    def __repr__(self) -> str:
        return "Pseudonyms(key=***)"

    def pseudonym(self, user_id: str) -> str:
        """Return the pseudonym of a user id; that of a pseudonym of this key is itself, that of "" is ""."""
        return self._known(user_id)[0]

    def subject_hash(self, user_id_or_pseudonym: str) -> bytes:
        """Return the 8 bytes by which a user is found in encoded records; b"" for "", who is nobody.

        A user id and its pseudonym have the same hash.
        """
        return self._known(user_id_or_pseudonym)[1]

    def subjects(self, user_ids: Iterable[str]) -> bytes:
        """Return the hashes of several users, each once, one after the other."""
        return b"".join(map(self.subject_hash, sorted(set(user_ids))))

    def _known(self, user_id: str) -> _Known:
        known = self._young.get(user_id)
        if known is None:
            known = self._old.get(user_id)
            if known is None:
                pseudonym = self._make(user_id)
                known = pseudonym, bytes.fromhex(pseudonym[len(_PREFIX) : len(_PREFIX) + 2 * _SUBJECT_BYTES])
            if len(user_id) <= _MAX_CACHED_CHARS:
                self._keep(user_id, known)
        return known

    def _make(self, user_id: str) -> str:
        if not user_id or self._is_ours(user_id):
            return user_id
        body = self._mac(b"id\0", user_id.encode("utf-8", "surrogatepass"))[:_BODY_BYTES]
        return f"{_PREFIX}{body.hex()}{self._check(body)}"

    def _is_ours(self, text: str) -> bool:
        if _SHAPE.fullmatch(text) is None:
            return False
        at = len(_PREFIX) + 2 * _BODY_BYTES
        from hmac import compare_digest  # noqa: PLC0415 - as in _mac

        return compare_digest(text[at:], self._check(bytes.fromhex(text[len(_PREFIX) : at])))

    def _check(self, body: bytes) -> str:
        return self._mac(b"check\0", body)[:_CHECK_BYTES].hex()

    def _mac(self, purpose: bytes, data: bytes) -> bytes:
        from hmac import digest  # noqa: PLC0415 - it loads OpenSSL, 3.5 MB, for who has users

        return digest(self._key or self._load(), purpose + data, "sha256")

    def _load(self) -> bytes:
        key = _checked(self._stored_key() if self._stored_key else None)
        # Another thread, or a signal handler, may have come here meanwhile: the first key stays.
        self._key = self._key or key
        return self._key

    def _keep(self, user_id: str, known: _Known) -> None:
        # Each line is one step for the interpreter; a thread or signal handler in between costs a cached id at most.
        if len(self._young) >= self._max_young:
            self._young, self._old = {}, self._young
        self._young[user_id] = known


def _checked(key: bytes | str | None) -> bytes:
    if key is None:
        return os.urandom(_MADE_KEY_BYTES)
    if not isinstance(key, (bytes, str)):
        raise ConfigurationError("pseudonym_key: bytes or str are allowed")
    data = key.encode("utf-8", "surrogatepass") if isinstance(key, str) else bytes(key)
    if len(data) < MIN_KEY_BYTES:
        raise ConfigurationError(f"pseudonym_key: at least {MIN_KEY_BYTES} bytes are needed")
    return data
