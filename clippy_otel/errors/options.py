"""The options of ErrorTracking, and which errors they ignore."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, Final, NamedTuple

from clippy_otel import _guard
from clippy_otel.capture import type_name
from clippy_otel.config.kinds import Flag, Kind, Whole, refusal
from clippy_otel.config.options import checked_options

Rule = type[BaseException] | str | Callable[[Any], bool]


class ErrorOptions(NamedTuple):
    """How errors are tracked.

    Attributes:
        enabled: False: ErrorTracking records and counts nothing; `collector.track_error` goes on by itself.
        capture_unhandled: Whether errors that nobody handles are recorded: those that end the program or a thread, and
            those in `__del__` and other places that Python cannot raise from.
        capture_unhandled_rejections: Whether those of asyncio's tasks, futures and callbacks are, if the application
            has imported asyncio by then.
        max_breadcrumbs: How many breadcrumbs an error has at most, 0 or more.
        deduplicate: Whether a storm of equal errors is limited: of one fingerprint at most 10 records in any minute.
        max_groups: How many groups are kept at most, 1 or more; the one that was not seen for the longest time goes.
        ignore: Errors that are left out: exception classes, with all that derive from them; names of classes, with or
            without their module, that may be fnmatch patterns ("requests.exceptions.*"); and functions that are given
            the error and return True for one that is.
        source_lines: Whether stack traces hold lines of source. They can hold secrets.
    """

    enabled: bool = True
    capture_unhandled: bool = True
    capture_unhandled_rejections: bool = True
    max_breadcrumbs: int = 50
    deduplicate: bool = True
    max_groups: int = 100
    ignore: Sequence[Rule] = ()
    source_lines: bool = False


class _Rules(Kind):
    """A tuple of what `ignore` may hold."""

    def check(self, name: str, value: Any) -> Any:
        if not isinstance(value, (list, tuple, set, frozenset)) or not all(map(_is_rule, value)):
            raise refusal(name, "a tuple or list of exception classes, names and functions", value)
        return tuple(value)


_KINDS: Final[Mapping[str, Kind]] = {
    "enabled": Flag(),
    "capture_unhandled": Flag(),
    "capture_unhandled_rejections": Flag(),
    "max_breadcrumbs": Whole(0),
    "deduplicate": Flag(),
    "max_groups": Whole(1),
    "ignore": _Rules(),
    "source_lines": Flag(),
}


def checked(options: ErrorOptions | None, settings: Mapping[str, Any]) -> ErrorOptions:
    """Return options with settings over them; None: over the defaults. See checked_options()."""
    return checked_options(("errors", "ErrorTracking"), ErrorOptions(), _KINDS, options, settings)


class Ignored:
    """Which errors are left out.

    Args:
        rules: As ErrorOptions.ignore has them.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._classes = tuple(rule for rule in rules if isinstance(rule, type))
        self._names = tuple(rule for rule in rules if isinstance(rule, str))
        self._functions = tuple(rule for rule in rules if not isinstance(rule, (type, str)))

    def __call__(self, error: object) -> bool:
        """Return whether an error is left out; a function that raises does not leave it out."""
        if isinstance(error, self._classes):
            return True
        if self._names:
            name = type_name(error)
            names = (name, name.rpartition(".")[2])
            if any(fnmatchcase(each, pattern) for pattern in self._names for each in names):
                return True
        return any(_says_so(function, error) for function in self._functions)


def _is_rule(rule: object) -> bool:
    if isinstance(rule, type):
        return issubclass(rule, BaseException)
    return bool(rule.strip()) if isinstance(rule, str) else callable(rule)


def _says_so(function: Callable[[Any], bool], error: object) -> bool:
    with _guard.host_safe("ignore"):
        return bool(function(error))
    return False
