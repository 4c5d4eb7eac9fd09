"""How a redactor is put together: from rules and fields to one engine with its scanners."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final

from clippy_otel.exceptions import ConfigurationError
from clippy_otel.privacy.defaults import DEFAULT_RULES
from clippy_otel.privacy.engine import Engine
from clippy_otel.privacy.recogniser import Finder
from clippy_otel.privacy.rules.actions import Action, Replacements
from clippy_otel.privacy.rules.rule import CARD_RULE, FieldNames, Rule, RuledKeys
from clippy_otel.privacy.scanner import Scanner, is_own

DEFAULT_PLACEHOLDER: Final = "[REDACTED]"  # in which no built-in rule finds anything
_MAX_PLACEHOLDER_CHARS: Final = 64


def assembled(
    rules: Iterable[Rule],
    *,
    keys: tuple[Iterable[str], Iterable[str]],
    placeholder: str,
    max_bytes: int,
    pseudonym: Callable[[str], str] | None,
) -> Engine:
    """Return an engine that redacts by rules.

    Args:
        rules: Each name once.
        keys: The redact_fields and the keep_fields.
        placeholder: What stands in place of redacted data.
        max_bytes: UTF-8 bytes that are kept of a text.
        pseudonym: Makes pseudonyms; None: there are none.

    Raises:
        ConfigurationError: One of these is of another form, or a placeholder would itself be redacted.
    """
    if type(placeholder) is not str or not 0 < len(placeholder) <= _MAX_PLACEHOLDER_CHARS:
        raise ConfigurationError(f"placeholder: a text of 1 to {_MAX_PLACEHOLDER_CHARS} characters is allowed")
    checked = _checked(rules)
    actions: dict[str, Action] = {rule.name: rule.action for rule in checked}
    ruled = RuledKeys(checked, *keys)
    engine = Engine(ruled, placeholder=placeholder, pseudonym=pseudonym)
    finders = [finder for rule in checked for finder in _finders(rule, FieldNames(ruled), placeholder)]
    replacements = Replacements(placeholder, actions, pseudonym)
    make = partial(Scanner, placeholder=placeholder, max_bytes=max_bytes)
    are_built_in = all(map(_is_built_in, checked))
    scanner = make(finders, replacements=replacements, are_built_in=are_built_in)
    are_plain = {actions[finder.name] for finder in finders} <= {"placeholder", "keep"}
    own = [finder for finder in finders if is_own(finder)]
    finds_numbers = any(replacements.action(finder.name) != "keep" for finder in own)
    engine.look_with(
        scanner,
        keys=scanner if are_plain else make(finders, replacements=replacements.plain(), remembers=False),
        numbers=make(own, replacements=replacements, remembers=False) if finds_numbers else None,
        finds_cards=CARD_RULE in actions,
    )
    _check_placeholders(scanner, replacements, are_built_in=are_built_in)
    engine.put(replacements.all_placeholders())
    return engine


def _checked(rules: Any) -> tuple[Rule, ...]:
    if isinstance(rules, (str, bytes, Rule)) or not isinstance(rules, Iterable):
        raise ConfigurationError("rules: a sequence of Rule is allowed")
    checked = tuple(rules)
    names = [rule.name for rule in checked if isinstance(rule, Rule)]
    if len(names) < len(checked):
        raise ConfigurationError("rules: each is a Rule")
    if len(set(names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ConfigurationError(f"rules: each name stands once, and not {', '.join(twice)}")
    return checked


def _finders(rule: Rule, names: FieldNames, placeholder: str) -> Iterable[Finder]:
    yield from rule.finders
    if rule.make_finder is not None:
        yield rule.make_finder(names, placeholder)


def _is_built_in(rule: Rule) -> bool:
    """Say whether what a rule finds, if anything, is what one of those by default does."""
    if not rule.finders and rule.make_finder is None:
        return True
    return any(rule.finders == each.finders and rule.make_finder is each.make_finder for each in DEFAULT_RULES)


def _check_placeholders(scanner: Scanner, replacements: Replacements, *, are_built_in: bool) -> None:
    """Refuse a placeholder in which something is found: each scan would make another text of it."""
    placeholders = replacements.all_placeholders()
    if are_built_in and placeholders == {DEFAULT_PLACEHOLDER}:
        return  # so that nothing is loaded for it
    for text in sorted(placeholders):
        found = scanner.hits(text)
        if found:
            raise ConfigurationError(f"placeholder: the rule {found[0][2]} would redact it; choose another text")
