"""Which of `sampling_rules` holds for a record: the first one that matches."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from clippy_otel import semconv
from clippy_otel.ports import SamplingRule

Described = Sequence["Mapping[str, Any] | None"]
"""Attributes that say where a record belongs: its own first, then those of the scope that is open."""

_ROUTES: Final = (semconv.HTTP_ROUTE, semconv.URL_PATH)


class Matcher:
    """One rule, ready to be asked.

    Args:
        rule: The rule, checked.
    """

    __slots__ = ("_event", "_route", "_severity")

    def __init__(self, rule: SamplingRule) -> None:
        self._event = _pattern(rule.event)
        self._route = _pattern(rule.route)
        self._severity = rule.severity

    def matches(self, name: str, severity: int | None, described: Described) -> bool:
        """Return whether a record is meant.

        Args:
            name: The event's or the span's.
            severity: Its severity number; None: it has none.
            described: See Described.
        """
        if self._event is not None and not self._event(name):
            return False
        if self._severity is not None and (severity is None or severity < self._severity):
            return False
        if self._route is None:
            return True
        route = route_of(described)
        return route is not None and bool(self._route(route))


def route_of(described: Described) -> str | None:
    """Return the route: `http.route` before `url.path`, the record's before the scope's; None for none."""
    for attributes in described:
        for name in _ROUTES if attributes else ():
            found = attributes.get(name)  # type: ignore[union-attr] # where there are none, nothing is looked up
            if isinstance(found, str):
                return found
    return None


def _pattern(pattern: str | None) -> Callable[[str], object] | None:
    return None if pattern is None else re.compile(fnmatch.translate(pattern)).match
