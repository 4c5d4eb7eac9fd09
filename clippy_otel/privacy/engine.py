"""What all calls of one redactor share: its verdicts on keys, its scanner, and the caches of both.

The caches are plain dictionaries and sets without a lock, each step of which is one for the interpreter: a thread or a
signal handler that comes in between costs an entry, never a wrong answer. They are emptied when they are full.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

from clippy_otel.otlp import plain
from clippy_otel.privacy.keys import MAX_KEY_CHARS, Keys, KeyVerdict
from clippy_otel.privacy.scanner import Scanner

# Together some 500 KB if an application fills them with the longest entries that are kept, 150 KB as they are found.
_MAX_VERDICTS: Final = 2048
_MAX_CACHED_KEY_CHARS: Final = 128
_MAX_CLEAN: Final = 2048
MAX_CLEAN_CHARS: Final = 64
_REMEMBERED: Final = 4  # one in so many of what clean_chars() looks at

VALUE_KEY: Final = "value"  # what stands under it can be named by what stands beside it, as in OTLP

# Keys whose text cannot change after it was scanned, so that their own object may go on.
_UNCHANGING_KEYS: Final = (str, int, float, bytes, type(None))


class Engine:
    """Judge keys and scan texts, remembering what was clean.

    Args:
        keys: Judges keys.
        scanner: Redacts texts.
        placeholder: What stands in place of redacted data.
        pseudonym: Makes the pseudonym of a user id; None: user ids are scanned like other values.

    Attributes:
        verdicts: Keys seen before whose own text is clean.
        clean: Texts seen before in which nothing was found.
        plain_keys: Those of the keys seen before under which whatever stands is scanned, and says nothing of another.
    """

    __slots__ = ("_keys", "_looks", "clean", "placeholder", "plain_keys", "pseudonym", "scanner", "verdicts")

    def __init__(
        self,
        keys: Keys,
        scanner: Scanner,
        *,
        placeholder: str,
        pseudonym: Callable[[str], str] | None,
    ) -> None:
        self._keys = keys
        self.scanner = scanner
        self.placeholder = placeholder
        self.pseudonym = pseudonym
        self.verdicts: dict[str, KeyVerdict] = {placeholder: KeyVerdict.SCAN}
        self.clean: set[str] = set()
        self.plain_keys: set[str] = set()
        self._looks = 0

    def clean_chars(self, texts: Collection[str], most_chars: int) -> int | None:
        """Return how many characters these texts have, where it is seen at once that nothing is in them; else None.

        One look at all of them: no recogniser's gate opens because of the line breaks between them. One time in four
        they are remembered: what comes often is known soon, and most of what comes once takes no place.

        Args:
            texts: Exact str.
            most_chars: None for more than these altogether.
        """
        joined = "\n".join(texts)
        if len(joined) > most_chars or self.scanner.may_find(joined):
            return None
        self._looks += 1
        if self._looks % _REMEMBERED == 0:
            for text in texts:
                if len(text) <= MAX_CLEAN_CHARS:
                    self._remember(text)
        return len(joined)

    def _remember(self, text: str) -> None:
        if len(self.clean) >= _MAX_CLEAN:
            self.clean.clear()
        self.clean.add(text)

    def text(self, text: str) -> str:
        """Return a text redacted; the same object where nothing was found."""
        is_short = len(text) <= MAX_CLEAN_CHARS  # a long one is not kept
        if is_short and text in self.clean:
            return text
        result = self.scanner.scan(text)
        if is_short and result is text:
            self._remember(text)
        return result

    def key(self, key: object) -> tuple[KeyVerdict, object]:
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
        verdict, shown = self._keys.verdict(name), self.scanner.scan(name)
        if shown is not name:
            return verdict, shown
        if type(key) is str and len(key) <= _MAX_CACHED_KEY_CHARS:
            if len(self.verdicts) >= _MAX_VERDICTS:
                self.verdicts.clear()
                self.plain_keys.clear()
                self.verdicts[self.placeholder] = KeyVerdict.SCAN
            self.verdicts[key] = verdict
            if verdict is KeyVerdict.SCAN and key != VALUE_KEY:
                self.plain_keys.add(key)
        return verdict, key if isinstance(key, _UNCHANGING_KEYS) else name
