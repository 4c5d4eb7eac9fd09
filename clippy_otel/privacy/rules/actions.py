"""What stands in place of what a rule has found: a placeholder, a typed one, a mask, a pseudonym, or nothing.

| action | in a text | under a key of the rule |
|---|---|---|
| placeholder | `[REDACTED]` | `[REDACTED]` |
| typed | `[REDACTED:email]` | `[REDACTED:email]` |
| mask | letters and digits become `*`, save the last four: `**** **** **** 1111` | likewise |
| pseudonym | the keyed pseudonym of what was found; where there is no key, the placeholder | of the value's text |
| drop | the whole text goes: its entry leaves its mapping; elsewhere "" stands in its place | its entry leaves |
| keep | what stands wholly inside it is not redacted by other rules | it is left as it is, with all that is below it |

Where finds overlap they are one, treated as the strictest of their actions says, in the order of STRICTNESS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal, TypeAlias, get_args

Action: TypeAlias = Literal["placeholder", "typed", "mask", "pseudonym", "drop", "keep"]

ACTIONS: Final[tuple[Action, ...]] = get_args(Action)
STRICTNESS: Final[tuple[Action, ...]] = ("drop", "placeholder", "typed", "pseudonym", "mask")

# What a dropped text becomes where something must stand in its place.
DROPPED: Final = ""

_SHOWN: Final = 4  # of a masked number
_LEAST_MASKED_DIGITS: Final = 8  # of fewer, the last four would be half or more
_CLOSING: Final = "])}>"


class Replacements:
    """Say what stands in place of what a rule has found.

    Args:
        placeholder: What stands in place of redacted data.
        actions: By the names of the rules; of one that is not in it: placeholder.
        pseudonym: Makes the keyed pseudonym of a text; None: the placeholder stands there.
    """

    __slots__ = ("_actions", "_pseudonym", "placeholder")

    def __init__(
        self,
        placeholder: str,
        actions: Mapping[str, Action] | None = None,
        pseudonym: Callable[[str], str] | None = None,
    ) -> None:
        self.placeholder = placeholder
        self._actions = dict(actions or {})
        self._pseudonym = pseudonym

    def action(self, rule: str) -> Action:
        """Return the action of a rule."""
        return self._actions.get(rule, "placeholder")

    def replacement(self, rule: str, action: Action, found: str) -> str:
        """Return what stands in place of what was found; DROPPED for what goes with the text that it is in."""
        if action == "typed":
            return typed(self.placeholder, rule)
        if action == "mask":
            return masked(found) or self.placeholder
        if action == "pseudonym" and self._pseudonym is not None:
            return self._pseudonym(found)
        return DROPPED if action == "drop" else self.placeholder

    def plain(self) -> Replacements:
        """Return what has the placeholder in place of everything, and keeps what these keep."""
        return Replacements(
            self.placeholder, {rule: "keep" for rule, action in self._actions.items() if action == "keep"}
        )

    def all_placeholders(self) -> frozenset[str]:
        """Return every placeholder that can stand in a text."""
        rules = [rule for rule, action in self._actions.items() if action == "typed"]
        return frozenset({self.placeholder, *(typed(self.placeholder, rule) for rule in rules)})


def typed(placeholder: str, rule: str) -> str:
    """Return a placeholder that names its rule: "[REDACTED:email]", "***:email"."""
    if placeholder[-1] in _CLOSING:
        return f"{placeholder[:-1]}:{rule}{placeholder[-1]}"
    return f"{placeholder}:{rule}"


def masked(text: str) -> str | None:
    """Return a text whose letters and digits are "*", save the last four; None where it has fewer than eight digits.

    A text that is masked already stays as it is.
    """
    if "*" in text and sum(character.isalnum() for character in text) <= _SHOWN:
        return text
    if sum(character.isdecimal() for character in text) < _LEAST_MASKED_DIGITS:
        return None
    shown = 0
    result: list[str] = []
    for character in reversed(text):
        if character.isalnum() and shown < _SHOWN:
            shown += 1
            result.append(character)
        else:
            result.append("*" if character.isalnum() else character)
    return "".join(reversed(result))


def strictest(one: Action, other: Action) -> Action:
    """Return the one of two actions that shows less."""
    return one if STRICTNESS.index(one) <= STRICTNESS.index(other) else other
