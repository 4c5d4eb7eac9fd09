"""The rules that are built in: one for each kind of what the recognisers find, and one for fields inside texts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from clippy_otel.privacy.fields.finder import TextFields
from clippy_otel.privacy.recognisers.registry import RECOGNISERS
from clippy_otel.privacy.rules.rule import Rule


def _default_rules() -> tuple[Rule, ...]:
    names = dict.fromkeys(recogniser.name for recogniser in RECOGNISERS)
    told = [Rule.of(name, *(each for each in RECOGNISERS if each.name == name)) for name in names]
    # Fields in texts are judged by the keys of the redactor that they are in.
    return (*told, Rule.of(TextFields.name, make_finder=TextFields))


DEFAULT_RULES: Final[tuple[Rule, ...]] = _default_rules()


def with_defaults(rules: Iterable[Any]) -> tuple[Any, ...]:
    """Return the built-in rules and others; one of the same name takes the place of the built-in one.

    What is no rule is left for the redactor to refuse.
    """
    rules = tuple(rules)
    named = {rule.name for rule in rules if isinstance(rule, Rule)}
    return (*(rule for rule in DEFAULT_RULES if rule.name not in named), *rules)
