"""Rules from the pattern recognisers of Microsoft Presidio (extra `presidio`): national ids of twenty countries.

Only its patterns, their validators and their scores are used: no language model is loaded, none is needed. A pattern
counts where it is likely enough by itself, or where a validator of Presidio's says so of what it matched; the words of
context beside it, which need a model, do not count. Patterns that are not linear are left out (see `linear`): of URLs,
IP addresses and e-mail addresses, for which this package has rules of its own, and a few more.
Cost: importing Presidio takes about a second, when rules() is called.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from typing import Any, Final

from clippy_otel.exceptions import ConfigurationError
from clippy_otel.privacy.rules.custom import PatternFinder, pattern_finder
from clippy_otel.privacy.rules.linear import refusal
from clippy_otel.privacy.rules.rule import Rule

DEFAULT_MIN_SCORE: Final = 0.5
_MAX_SCORE: Final = 1.0


def rules(entities: Collection[str] | None = None, *, min_score: float = DEFAULT_MIN_SCORE) -> tuple[Rule, ...]:
    """Return a rule for each entity: "presidio_uk_nhs" for Presidio's UK_NHS.

    Args:
        entities: Presidio's names of what is looked for ("UK_NHS", "DE_TAX_ID"); None: all that it has patterns for,
            which find many an identifier that happens to have the right check digit: name what you need.
        min_score: How likely, 0 to 1, a match must be by its pattern alone, in Presidio's own estimate. Patterns whose
            matches Presidio validates count in any case.

    Raises:
        ConfigurationError: presidio-analyzer is not installed, an entity has no pattern that can be used, or the score
            is none.
    """
    if isinstance(entities, str) or not (entities is None or isinstance(entities, Collection)):
        raise ConfigurationError("entities: a sequence of names, or None")
    if type(min_score) not in (int, float) or not 0 <= min_score <= _MAX_SCORE:
        raise ConfigurationError("min_score: a number from 0 to 1 is allowed")
    found: dict[str, list[PatternFinder]] = {}
    for recogniser in _recognisers():
        (entity,) = recogniser.supported_entities
        if entities is None or entity in entities:
            finders = found.setdefault(_name_of(entity), [])
            finders += _finders(_name_of(entity), recogniser, min_score)
    missing = [entity for entity in entities or () if not found.get(_name_of(entity))]
    if missing:
        raise ConfigurationError(f"entities: no pattern of {', '.join(missing)} is linear and likely enough")
    return tuple(Rule.of(name, *finders) for name, finders in sorted(found.items()) if finders)


def _name_of(entity: str) -> str:
    return f"presidio_{entity.lower()}"


def _recognisers() -> Iterator[Any]:
    """Yield an instance of each pattern recogniser that Presidio brings."""
    try:
        from presidio_analyzer import PatternRecognizer, predefined_recognizers  # noqa: PLC0415 - an extra, and heavy
    except ImportError as error:
        raise ConfigurationError("presidio-analyzer is not installed: pip install 'clippy-otel[presidio]'") from error
    for name in sorted(predefined_recognizers.__all__):
        kind = getattr(predefined_recognizers, name)
        if isinstance(kind, type) and issubclass(kind, PatternRecognizer) and kind is not PatternRecognizer:
            yield kind()


def _finders(name: str, recogniser: Any, min_score: float) -> Iterator[PatternFinder]:
    validate = _validator(recogniser)
    for pattern in recogniser.patterns:
        written = _with_flags(pattern.regex, recogniser.global_regex_flags)
        if (pattern.score >= min_score or validate.is_checked) and refusal(written) is None:
            yield pattern_finder(name, written, validate)


def _with_flags(pattern: str, flags: int) -> str:
    """Return a pattern with the flags that Presidio gives it, and those that it gives itself in front of it."""
    own = re.match(r"\(\?([imsx]+)\)", pattern)
    letters = {letter for letter, flag in (("i", re.IGNORECASE), ("m", re.MULTILINE), ("s", re.DOTALL)) if flags & flag}
    if own:
        letters.update(own[1])
        pattern = pattern[own.end() :]
    return f"(?{''.join(sorted(letters))}:{pattern})" if letters else pattern


class _validator:  # noqa: N801 - it is called like a function
    """Say of a match what Presidio's recogniser says of it."""

    __slots__ = ("_invalidate", "_validate", "is_checked")

    def __init__(self, recogniser: Any) -> None:
        from presidio_analyzer import PatternRecognizer  # noqa: PLC0415 - as above

        self._validate: Callable[[str], bool | None] = recogniser.validate_result
        self._invalidate: Callable[[str], bool | None] = recogniser.invalidate_result
        self.is_checked = type(recogniser).validate_result is not PatternRecognizer.validate_result

    def __call__(self, found: str) -> bool:
        """Return whether it is one: validated, where there is a validator, and not known to be none."""
        return (not self.is_checked or self._validate(found) is True) and not self._invalidate(found)
