"""The kinds of settings: what each may hold, how its text in an environment variable reads, what of it may be shown.

A kind knows no field: it is told the name, a field's or a variable's, that its errors start with. The kinds whose
values may hold a secret stand in `credentials`, those that only code can give in `objects`.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

from clippy_otel.config.masking import FrozenMapping, shown
from clippy_otel.exceptions import ConfigurationError

# For every count, size and time: 2 GB, 24.8 days in ms. Nothing that this package bounds is meant to be larger, and
# far past it waits overflow (threading.TIMEOUT_MAX).
MAX_NUMBER: Final = 2_147_483_647

_TRUE: Final = frozenset({"1", "true", "yes", "on"})
_FALSE: Final = frozenset({"0", "false", "no", "off"})


def refusal(name: str, allowed: str, value: object) -> ConfigurationError:
    """Return the error for a bad value: the setting, what is allowed, and what of the value may be shown."""
    return ConfigurationError(f"{name} must be {allowed}, got {shown(value)}")


class Kind:
    """One kind of setting. This one takes anything, and only from code."""

    from_text = False  # True: may also come from a CLIPPY_OTEL_* variable

    def check(self, name: str, value: Any) -> Any:
        """Return the value as it is kept, immutable; raise ConfigurationError where it is not allowed."""
        del name
        return value

    def parse(self, name: str, text: str) -> Any:
        """Return the value that a variable's text stands for, still to be checked."""
        del name
        return text

    def show(self, value: Any) -> Any:
        """Return what a repr may show of a checked value."""
        return value


class OrNone(Kind):
    """None, or what another kind takes."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self.from_text = kind.from_text

    def check(self, name: str, value: Any) -> Any:
        """Let None pass."""
        return None if value is None else self._kind.check(name, value)

    def parse(self, name: str, text: str) -> Any:
        """Read as the other kind does: no text stands for None."""
        return self._kind.parse(name, text)

    def show(self, value: Any) -> Any:
        """Show as the other kind does."""
        return None if value is None else self._kind.show(value)


class Flag(Kind):
    """True or False, and no number."""

    from_text = True

    def check(self, name: str, value: Any) -> Any:
        """Take a bool only."""
        if not isinstance(value, bool):
            raise refusal(name, "True or False", value)
        return value

    def parse(self, name: str, text: str) -> Any:
        """Read 1, true, yes, on and 0, false, no, off in any case."""
        word = text.lower()
        if word not in _TRUE | _FALSE:
            raise refusal(name, "one of 1, true, yes, on, 0, false, no, off", text)
        return word in _TRUE


class Whole(Kind):
    """An int of at least `low`; no bool, and no float that happens to be whole."""

    from_text = True

    def __init__(self, low: int) -> None:
        self._low = low
        self._allowed = f"a whole number from {low} to {MAX_NUMBER}"

    def check(self, name: str, value: Any) -> Any:
        """Take an int within the bounds."""
        if isinstance(value, bool) or not isinstance(value, int) or not self._low <= value <= MAX_NUMBER:
            raise refusal(name, self._allowed, value)
        return int(value)

    def parse(self, name: str, text: str) -> Any:
        """Read decimal digits."""
        try:
            return int(text)
        except ValueError:
            raise refusal(name, self._allowed, text) from None


class Number(Kind):
    """An int or float from 0 to `high`, so neither NaN nor infinite; `above_zero` leaves 0 out."""

    from_text = True

    def __init__(self, high: int = MAX_NUMBER, *, above_zero: bool = False) -> None:
        self._high = high
        self._above_zero = above_zero
        self._allowed = f"a number {'above' if above_zero else 'from'} 0 and up to {high}"

    def check(self, name: str, value: Any) -> Any:
        """Take a number within the bounds."""
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not is_number or not 0 <= value <= self._high or (self._above_zero and value == 0):
            raise refusal(name, self._allowed, value)
        return value

    def parse(self, name: str, text: str) -> Any:
        """Read a decimal number."""
        try:
            return float(text)
        except ValueError:
            raise refusal(name, self._allowed, text) from None


class Text(Kind):
    """A str that is not blank."""

    from_text = True

    def check(self, name: str, value: Any) -> Any:
        """Take a str with something in it."""
        if not isinstance(value, str) or not value.strip():
            raise refusal(name, "text that is not blank", value)
        return value


class Word(Kind):
    """One of a few words; an alias is kept as the word that it stands for."""

    from_text = True

    def __init__(self, *words: str, **aliases: str) -> None:
        self._words = {**{word: word for word in words}, **aliases}
        self._allowed = "one of " + ", ".join(map(repr, words))

    def check(self, name: str, value: Any) -> Any:
        """Take one of the words."""
        word = self._words.get(value) if isinstance(value, str) else None
        if word is None:
            raise refusal(name, self._allowed, value)
        return word


class Texts(Kind):
    """A tuple of str, given as a list, tuple or set; `words` are the allowed ones, none means all but blank ones."""

    from_text = True

    def __init__(self, *words: str) -> None:
        self._item: Kind = Word(*words) if words else Text()

    def check(self, name: str, value: Any) -> Any:
        """Take a collection, but not a single str: its letters are hardly meant."""
        if not isinstance(value, (list, tuple, set, frozenset)):
            raise refusal(name, "a tuple or list of str", value)
        items = [self._item.check(f"each of {name}", item) for item in value]
        return tuple(sorted(items) if isinstance(value, (set, frozenset)) else items)

    def parse(self, name: str, text: str) -> Any:
        """Split at commas; empty parts do not count."""
        del name
        return tuple(part for item in text.split(",") if (part := item.strip()))


class Attributes(Kind):
    """Resource attributes: names to str, bool, int, float or lists of them."""

    from_text = True

    def check(self, name: str, value: Any) -> Any:
        """Copy the mapping; lists become tuples."""
        if not isinstance(value, Mapping):
            raise refusal(name, "a mapping of names to values", value)
        for key in value:
            if not isinstance(key, str) or not key.strip():
                raise refusal(f"each key of {name}", "text that is not blank", key)
        return FrozenMapping({key: _attribute(f"{name}[{shown(key)}]", value[key]) for key in value})

    def parse(self, name: str, text: str) -> Any:
        """Read `key=value,key2=value2` with percent-encoded values, as OTEL_RESOURCE_ATTRIBUTES is read."""
        pairs = [item.partition("=") for item in text.split(",") if item.strip()]
        if not all(separator for _, separator, _ in pairs):
            raise ConfigurationError(f"{name} must be key=value pairs separated by commas")
        return {key.strip(): unquote(value.strip()) for key, _, value in pairs}


def _attribute(name: str, value: object) -> object:
    items = tuple(value) if isinstance(value, (list, tuple)) else (value,)
    if not all(isinstance(item, (str, bool, int, float)) for item in items):
        raise refusal(name, "a str, bool, int, float or a list of them", value)
    return items if isinstance(value, (list, tuple)) else value


class Directory(Kind):
    """A directory's path, kept as str; whether it can be written shows when it is used."""

    from_text = True

    def check(self, name: str, value: Any) -> Any:
        """Take a str or a path object."""
        path = os.fspath(value) if isinstance(value, (str, os.PathLike)) else None
        if not isinstance(path, str) or not path.strip() or "\0" in path:
            raise refusal(name, "the path of a directory", value)
        return path


class Level(Kind):
    """A level of Python's logging, by number or name; kept as the number."""

    from_text = True

    def check(self, name: str, value: Any) -> Any:
        """Take a known name or a number from 0."""
        level = logging.getLevelName(value) if isinstance(value, str) else value
        if isinstance(level, bool) or not isinstance(level, int) or not 0 <= level <= MAX_NUMBER:
            raise refusal(name, "a logging level such as logging.INFO or 'INFO'", value)
        return level

    def parse(self, name: str, text: str) -> Any:
        """Read a number, or a name in any case."""
        del name
        return int(text) if text.isdecimal() else text.upper()
