"""The values of one payload: canaries of every kind, and what beside them is to be kept."""

from __future__ import annotations

import random

from benchmarks.redaction import accounts, clean_values, people, phone_numbers, secrets


class Beads:
    """Make the values of one payload, and note them: canaries, and those that are to be kept."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.canaries: list[str] = []
        self.keeps: list[str] = []

    def opaque(self) -> str:
        """Return what only its key tells to be secret."""
        return self._canary(secrets.opaque(self.rng, 22))

    def password(self) -> str:
        """Return a password, which only its key tells."""
        return self._canary("zq" + secrets.opaque(self.rng, 8) + str(self.rng.randrange(10, 99)))

    def words(self) -> str:
        """Return a text of words that only its key tells to be somebody's."""
        return self._canary(people.full_name(self.rng) + f" {self.rng.randrange(1000)}")

    def email(self) -> str:
        """Return an e-mail address."""
        return self._canary(f"c{self.rng.randrange(10**6)}.{people.email_address(self.rng)}")

    def card(self) -> str:
        """Return a card's number."""
        return self._canary(accounts.card_number(self.rng))

    def ssn(self) -> str:
        """Return a social security number."""
        return self._canary(people.ssn(self.rng))

    def phone(self) -> str:
        """Return a phone number."""
        return self._canary(phone_numbers.us_phone_number(self.rng))

    def iban(self) -> str:
        """Return an IBAN."""
        return self._canary(accounts.iban(self.rng))

    def jwt(self) -> str:
        """Return a token of a known form."""
        token = secrets.jwt(self.rng)
        self._canary(token.rsplit(".", 1)[1])
        return token

    def api_key(self) -> str:
        """Return a token in a documented form."""
        token, secret = secrets.api_key(self.rng)
        self._canary(secret)
        return token

    def keep(self, slot: str) -> str:
        """Return a value that holds nothing personal."""
        value = clean_values.FILLERS[slot](self.rng)
        self.keeps.append(value)
        return value

    def _canary(self, text: str) -> str:
        self.canaries.append(text)
        return text
