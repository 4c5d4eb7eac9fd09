"""The options of a component: a NamedTuple of them, each of a kind, checked as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from clippy_otel.config.kinds import Kind
from clippy_otel.exceptions import ConfigurationError

_Options = TypeVar("_Options", bound=tuple[Any, ...])


def checked_options(
    names: tuple[str, str],
    default: _Options,
    kinds: Mapping[str, Kind],
    options: object,
    settings: Mapping[str, Any],
) -> _Options:
    """Return options with settings over them.

    Args:
        names: For the errors: what they are called in configure(), and whose they are.
        default: A NamedTuple with the defaults.
        kinds: The kind of each of its fields.
        options: The base, of the default's class; None: the defaults.
        settings: Fields of it.

    Raises:
        ConfigurationError: An option is unknown or impossible; it names it.
    """
    made, (setting, component) = type(default), names
    if options is not None and not isinstance(options, made):
        raise ConfigurationError(f"{setting} must be a {made.__name__}, got {type(options).__name__}")
    for name in settings:
        if name not in kinds:
            known = ", ".join(kinds)
            raise ConfigurationError(
                f"{setting}.{name}: unknown: {name} is no option of {component}; there are {known}"
            )
    base = cast("Any", default if options is None else options)
    given = {**base._asdict(), **settings}
    return made(**{name: kind.check(f"{setting}.{name}", given[name]) for name, kind in kinds.items()})
