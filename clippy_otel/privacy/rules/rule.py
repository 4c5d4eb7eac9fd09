"""A rule: what is looked for in texts and under which keys, and what becomes of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple, Protocol, TypeAlias

from clippy_otel.exceptions import ConfigurationError
from clippy_otel.privacy.keys.companions import together
from clippy_otel.privacy.keys.judging import MAX_KEY_CHARS, Keys, KeyVerdict, NameJudge
from clippy_otel.privacy.keys.wild_keys import WildKeys, are_wild
from clippy_otel.privacy.recogniser import Finder
from clippy_otel.privacy.rules.actions import ACTIONS, Action


class FinderMaker(Protocol):
    """Makes a finder that needs to know a redactor's verdicts on keys."""

    def __call__(self, names: NameJudge, placeholder: str) -> Finder:
        """Make it.

        Args:
            names: What the redactor says of the names of fields.
            placeholder: What must not be found again.
        """


CARD_RULE: Final = "card"

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,47}")
# What findings say where no rule is the reason.
_RESERVED: Final = frozenset({"key", "user_id", "limit", "error"})


class _Rule(NamedTuple):
    name: str
    pattern: str | None
    validate: Callable[[str], object] | None
    keys: tuple[str, ...]
    action: Action
    finders: tuple[Finder, ...]
    make_finder: FinderMaker | None


class Rule(_Rule):
    r"""One thing to redact, or with action="keep" one that stays: a pattern for texts, keys for values, or both.

    Args:
        name: What findings and typed placeholders call it: a letter, then letters, digits, "_" and "-", at most 48
            characters. In a Redactor's rules each name stands once.
        pattern: A regular expression of `re`, searched for in texts; None: the rule is about keys only. With a group
            named "value" that group is what is redacted, else the whole match: `EMP-(?P<value>[0-9]{6})`. It must be
            linear in the length of any text; where it cannot be, the error says what to write instead. With the extra
            `re2` a pattern that is not is left to RE2, in its dialect, where that takes it.
        validate: Called with what was found; where it returns something false, it was nothing. Where it raises, the
            whole text becomes the placeholder. It runs for each candidate of each text: keep it short. Its answer is to
            depend on the candidate alone, for some of the texts in which nothing was found are remembered.
        keys: Fields, as in `redact_fields`: what stands under them is treated as `action` says, whatever it is.
        action: "placeholder", "typed" (a placeholder that names the rule), "mask" (all but the last four digits; for
            the rule "card" and for rules of one's own; of fewer than eight digits: the placeholder), "pseudonym"
            (keyed; where the redactor has no key: the placeholder), "drop" (the text goes, and its entry of a mapping
            with it) or "keep" (an exemption from the other rules).

    Attributes:
        finders: What looks for it; of a built-in rule the recognisers.
        make_finder: Makes the finder that depends on a redactor's fields; of the built-in rule "field" only.

    Raises:
        ConfigurationError: One of these is of another form.
    """

    __slots__ = ()

    def __new__(
        cls,
        name: str,
        pattern: str | None = None,
        *,
        validate: Callable[[str], object] | None = None,
        keys: Iterable[str] = (),
        action: Action = "placeholder",
    ) -> Rule:
        """Check each argument."""
        if type(name) is not str or _NAME.fullmatch(name) is None or name in _RESERVED:
            raise ConfigurationError(
                "a rule's name: a letter, then letters, digits, _ and -, at most 48 characters, and none of "
                + ", ".join(sorted(_RESERVED))
            )
        fields = _checked_keys(name, keys)
        if pattern is None and not fields:
            raise ConfigurationError(f"rule {name}: a pattern, or keys, or both are needed")
        _check_pattern(name, pattern, validate)
        _check_action(name, action, masks=True)
        finders = () if pattern is None else (_finder(name, pattern, validate),)
        return super().__new__(cls, name, pattern, validate, fields, action, finders, None)

    @classmethod
    def of(cls, name: str, *finders: Finder, make_finder: FinderMaker | None = None) -> Rule:
        """Return the rule of finders that are there already.

        Args:
            name: Of the rule, and of each of the finders.
            finders: What looks for it.
            make_finder: Makes one more, from a redactor's verdicts on keys and its placeholder.
        """
        return super().__new__(cls, name, None, None, (), "placeholder", finders, make_finder)

    def with_action(self, action: Action) -> Rule:
        """Return this rule with another action.

        Args:
            action: As in the constructor.

        Raises:
            ConfigurationError: It is none, or "mask" for a rule that has nothing to mask.
        """
        _check_action(self.name, action, masks=self.pattern is not None or bool(self.keys) or self.name == CARD_RULE)
        return self._replace(action=action)


def _finder(name: str, pattern: str, validate: Callable[[str], object] | None) -> Finder:
    from clippy_otel.privacy.rules.custom import pattern_finder  # noqa: PLC0415 - for patterns of the user's own
    from clippy_otel.privacy.rules.linear import refusal  # noqa: PLC0415 - as above
    from clippy_otel.privacy.rules.re2_patterns import Re2PatternFinder, takes  # noqa: PLC0415 - as above

    refused = refusal(pattern)
    if refused is None:
        return pattern_finder(name, pattern, validate)
    if not takes(pattern):
        raise ConfigurationError(
            f"rule {name}: the pattern is refused: {refused}; or install the extra re2, if RE2 takes it"
        )
    return Re2PatternFinder(name, pattern, validate)


def _check_pattern(name: str, pattern: Any, validate: Any) -> None:
    if validate is not None and (pattern is None or not callable(validate)):
        raise ConfigurationError(f"rule {name}: validate is a callable, and goes with a pattern")
    if pattern is not None and type(pattern) is not str:
        raise ConfigurationError(f"rule {name}: pattern is the text of a regular expression, or None")


def _check_action(name: str, action: Any, *, masks: bool) -> None:
    if action not in ACTIONS:
        raise ConfigurationError(f"rule {name}: action is one of {', '.join(ACTIONS)}")
    if action == "mask" and not masks:
        raise ConfigurationError(f'rule {name}: "mask" is for cards, and for rules of your own')


def _checked_keys(name: str, keys: Any) -> tuple[str, ...]:
    if isinstance(keys, (str, bytes)) or not isinstance(keys, Iterable):
        raise ConfigurationError(f"rule {name}: keys is a sequence of field names, not one text")
    fields = tuple(keys)
    Keys(fields)  # which says what is wrong with a field
    return fields


def _once(fields: Any) -> Any:
    """Return fields that can be gone through twice; what is none is left for its own check."""
    return tuple(fields) if isinstance(fields, Iterable) and not isinstance(fields, (str, bytes)) else fields


class RuledKeys:
    """Judge keys by the rules that name them, and by a redactor's own fields.

    On one key its redact_fields win over rules, rules over each other in their order, and over all that is built in.

    Args:
        rules: All rules; those without keys count for nothing.
        redact_fields: As in Keys.
        keep_fields: As in Keys.

    Raises:
        ConfigurationError: A field is of another form.
    """

    __slots__ = ("_always", "_keys", "_matchers")

    def __init__(self, rules: Iterable[Rule], redact_fields: Iterable[str], keep_fields: Iterable[str]) -> None:
        redacted = _once(redact_fields)
        self._keys = Keys(redacted, keep_fields)
        self._always = Keys(keep_fields=redacted)
        # A field that is built in keeps its built-in exceptions for redaction; what is kept is kept by its words alone.
        self._matchers = [(rule, *_matchers(rule.keys)) for rule in rules if rule.keys]

    @property
    def tells_digits(self) -> bool:
        """Whether a verdict can depend on which digits are in a key."""
        return any(keys.tells_digits for keys in (self._keys, *(named for _, named, _ in self._matchers)))

    @property
    def added(self) -> tuple[str, ...] | None:
        """Words, joined, that make a key sensitive beside the built-in ones; None: patterns do too."""
        added = self._keys.added
        for rule, named, redacted in self._matchers:
            if rule.action == "keep":
                continue
            more = named.added if redacted is None else redacted.added
            added = None if added is None or more is None else added + more
        return added

    def companions(self, word: str) -> frozenset[str] | None:
        """Return what has to be there beside a run of small ASCII letters where a key is sensitive by it."""
        return together(keys.companions(word) for keys in (self._keys, *(named for _, named, _ in self._matchers)))

    def verdict(self, key: str) -> Verdict:
        """Judge one key: a rule where it is one of its keys."""
        verdict = self._keys.verdict(key)
        if not self._matchers or len(key) > MAX_KEY_CHARS:
            return verdict
        if verdict is KeyVerdict.REDACT and self._always.verdict(key) is KeyVerdict.KEEP:
            return verdict
        for rule, named, redacted in self._matchers:
            if named.verdict(key) is not KeyVerdict.KEEP:
                continue
            if rule.action == "keep":
                return KeyVerdict.KEEP
            if redacted is None or redacted.verdict(key) is KeyVerdict.REDACT:
                return rule
        return verdict


class FieldNames:
    """Judge the names of fields inside texts by a redactor's keys; what a rule says of its keys counts as REDACT.

    Args:
        keys: The redactor's.
    """

    __slots__ = ("_keys",)

    def __init__(self, keys: RuledKeys) -> None:
        self._keys = keys

    @property
    def tells_digits(self) -> bool:
        """Whether a verdict can depend on which digits are in a name."""
        return self._keys.tells_digits

    @property
    def added(self) -> tuple[str, ...] | None:
        """Words, joined, that make a name sensitive beside the built-in ones; None: patterns do too."""
        return self._keys.added

    def verdict(self, key: str) -> KeyVerdict:
        """Judge one name. It is not kept: the finder that asks knows better what of a text may be kept."""
        verdict = self._keys.verdict(key)
        return verdict if isinstance(verdict, KeyVerdict) else KeyVerdict.REDACT

    def companions(self, word: str) -> frozenset[str] | None:
        """Return what has to be there beside a run of small ASCII letters where a name is sensitive by it."""
        return self._keys.companions(word)


def _matchers(fields: tuple[str, ...]) -> tuple[Keys | WildKeys, Keys | None]:
    """Return what says KEEP of the keys that these fields name, and what says REDACT; None: as the first."""
    if are_wild(fields):
        return WildKeys(fields), None
    return Keys(keep_fields=fields), Keys(fields)


Verdict: TypeAlias = KeyVerdict | Rule  # a rule: the key is one of its own
