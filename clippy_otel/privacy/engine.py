"""What all calls of one redactor share: its verdicts on keys, its scanner, and the caches of both.

The caches are plain dictionaries and sets without a lock, each step of which is one for the interpreter: a thread or a
signal handler that comes in between costs an entry, never a wrong answer. They are emptied when they are full, and hold
nothing in which something was found.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

from clippy_otel.otlp import plain
from clippy_otel.privacy.ambiguity import HARMLESS_NUMBERS
from clippy_otel.privacy.keys.judging import MAX_KEY_CHARS, KeyVerdict
from clippy_otel.privacy.naming import is_value_key
from clippy_otel.privacy.recognisers.cards import MAX_CARD_INT, MIN_CARD_INT, is_card_number
from clippy_otel.privacy.rules.rule import Rule, RuledKeys, Verdict
from clippy_otel.privacy.scanner import LEARNT, Scanner
from clippy_otel.turns import one_in

# Together some 500 KB if an application fills them with the longest entries that are kept, 150 KB as they are found.
_MAX_VERDICTS: Final = 2048
_MAX_CACHED_KEY_CHARS: Final = 128
_MAX_INT: Final = 2**63  # whose digits are looked at: OTLP has no larger ones

# Keys whose text cannot change after it was scanned, so that their own object may go on.
_UNCHANGING_KEYS: Final = (str, int, float, bytes, type(None))


class Engine:
    """Judge keys and scan texts, remembering what was clean.

    Args:
        keys: Judges keys, by the rules too.
        placeholder: What stands in place of redacted data.
        pseudonym: Makes the pseudonym of a user id; None: user ids are scanned like other values.

    Attributes:
        scanner: Redacts texts.
        number_scanner: Redacts the digits of ints, by the user's own rules; None: there are none.
        finds_cards: Whether ints that are card numbers are redacted.
        verdicts: Keys seen before whose own text is clean.
        clean: The scanner's: texts seen before in which nothing was found.
        plain_keys: Those of the keys seen before under which whatever stands is scanned, and says nothing of another.
        number_keys: Likewise, under which no number is redacted for its key; texts are judged.
        least_int: Ints from here on, and their negatives from there down, have to be looked at.
    """

    __slots__ = (
        "_is_turn",
        "_key_scanner",
        "_keys",
        "_replacements",
        "clean",
        "finds_cards",
        "least_int",
        "number_keys",
        "number_scanner",
        "placeholder",
        "plain_keys",
        "pseudonym",
        "scanner",
        "verdicts",
    )

    def __init__(
        self,
        keys: RuledKeys,
        *,
        placeholder: str,
        pseudonym: Callable[[str], str] | None,
    ) -> None:
        self._keys = keys
        self.placeholder = placeholder
        self.pseudonym = pseudonym
        # What we have put in place of something is no key, in whatever words: it may stand first in a pair.
        self._replacements: dict[str, Verdict] = {placeholder: KeyVerdict.SCAN}
        self.verdicts: dict[str, Verdict] = dict(self._replacements)
        self.clean: set[str]
        self.plain_keys: set[str] = set()
        self.number_keys: set[str] = set()
        self._is_turn = one_in(LEARNT)
        self.scanner: Scanner
        self._key_scanner: Scanner
        self.number_scanner: Scanner | None = None
        self.finds_cards = True
        self.least_int = MIN_CARD_INT

    def put(self, placeholders: Collection[str]) -> None:
        """Know what else is put in place of something."""
        self._replacements.update(dict.fromkeys(placeholders, KeyVerdict.SCAN))
        self.verdicts.update(self._replacements)

    def look_with(self, scanner: Scanner, *, keys: Scanner, numbers: Scanner | None, finds_cards: bool) -> None:
        """Take the scanners: one of their finders may ask this engine for its verdicts, so they come after it.

        Args:
            scanner: Redacts texts.
            keys: Redacts the keys of mappings: with the placeholder always, for another text could be taken for a key
                that says something of its value.
            numbers: Redacts the digits of ints; None: only card numbers are looked for in them.
            finds_cards: Whether ints that are card numbers are redacted.
        """
        self.scanner, self.clean = scanner, scanner.clean
        self._key_scanner = keys
        self.number_scanner = numbers
        self.finds_cards = finds_cards
        self.least_int = MIN_CARD_INT if numbers is None else 0

    def clean_chars(self, texts: Collection[str], most_chars: int) -> int | None:
        """Return how many characters these texts have, where it is seen at once that nothing is in them; else None.

        One look at all of them: no recogniser's gate opens because of the line breaks between them.

        Args:
            texts: Exact str.
            most_chars: None for more than these altogether.
        """
        joined = "\n".join(texts)
        if len(joined) > most_chars or self.scanner.may_find(joined):
            return None
        if self._is_turn():
            for text in texts:
                self.scanner.remember(text)
        return len(joined)

    def number(self, number: int) -> int | str:
        """Return an int, or what stands in place of it: for a card number, and for what the user's rules find."""
        scanner, digits = self._looked_at(number)
        shown = digits if scanner is None else scanner.scan(digits)
        return number if shown is digits else shown

    def rule_of_number(self, number: int) -> str:
        """Return the name of the first rule that finds something in the digits of an int."""
        scanner, digits = self._looked_at(number)
        return "" if scanner is None else scanner.hits(digits)[0][2]

    def _looked_at(self, number: int) -> tuple[Scanner | None, str]:
        """Return what is to look at an int, and the digits that it is to look at."""
        if self.finds_cards and MIN_CARD_INT <= abs(number) <= MAX_CARD_INT and is_card_number(abs(number)):
            return self.scanner, str(abs(number))
        if self.number_scanner is not None and abs(number) < _MAX_INT:
            return self.number_scanner, str(number)
        return None, ""

    def replacement(self, rule: Rule, value: object) -> str:
        """Return what stands in place of a value under a key of a rule; its own text where that is it already."""
        converted = plain.plain(value)
        if rule.action in ("mask", "pseudonym") and type(converted) in (list, tuple, dict):
            return self.placeholder  # of what holds several values there is no pseudonym
        return self.scanner.replacement(rule.name, rule.action, plain.text(converted))

    def key(self, key: object) -> tuple[Verdict, object]:
        """Return the verdict on a key of a mapping, and the key as it may be shown: itself where its text is clean.

        One of more than 1,024 characters is not looked at: it is replaced, and so is its value.
        """
        if type(key) is str:
            known = self.verdicts.get(key)
            if known is not None:
                return known, key
        name = plain.text(key)
        if len(name) > MAX_KEY_CHARS:  # no name; and many of them would be more work than the limits of a call allow
            return KeyVerdict.REDACT, self.placeholder
        verdict, shown = self._keys.verdict(name), self._key_scanner.scan(name)
        if shown is not name:
            return verdict, shown
        if type(key) is str and len(key) <= _MAX_CACHED_KEY_CHARS:
            if len(self.verdicts) >= _MAX_VERDICTS:
                self.verdicts.clear()
                self.plain_keys.clear()
                self.number_keys.clear()
                self.verdicts.update(self._replacements)
            self.verdicts[key] = verdict
            if not is_value_key(key):
                if verdict is KeyVerdict.SCAN:
                    self.plain_keys.add(key)
                elif verdict in HARMLESS_NUMBERS:
                    self.number_keys.add(key)
        return verdict, key if isinstance(key, _UNCHANGING_KEYS) else name
