"""`sampling_rules`: each line is one that can match, and that no line above it has taken everything from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

from clippy_otel.config.kinds import Kind, Number, Word, refusal
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.ports import SamplingRule
from clippy_otel.semconv import SEVERITY_MAX, SEVERITY_MIN

STRATEGIES: Final = Word("always", "never", "probabilistic", "throttled")
RATE: Final = Number(1)
_FIELDS: Final = frozenset(SamplingRule._fields)
_WILD: Final = re.compile(r"\[!?\]?[^\]]*\]|[*?]")  # the parts of a pattern that stand for more than themselves
_ANY_TEXT: Final = "\0"  # what no name has: only a "*" takes it


class SamplingRules(Kind):
    """A tuple of SamplingRule, each given as one or as a mapping of its fields."""

    def check(self, name: str, value: Any) -> Any:
        """Take rules that can all match."""
        if not isinstance(value, (list, tuple)) or isinstance(value, SamplingRule):
            raise refusal(name, "a tuple or list of SamplingRule", value)
        rules = tuple(_rule(f"{name}[{number}]", item) for number, item in enumerate(value))
        for number, rule in enumerate(rules):
            for earlier, above in enumerate(rules[:number]):
                if _covers(above, rule):
                    raise ConfigurationError(
                        f"{name}[{number}] must be able to match: everything that it means is taken by "
                        f"{name}[{earlier}], for the first match wins; put the more special rule first"
                    )
        return rules


def _rule(name: str, value: Any) -> SamplingRule:
    if isinstance(value, Mapping):
        unknown = [key for key in value if key not in _FIELDS]
        if unknown:
            raise ConfigurationError(f"{name} must have no fields but {', '.join(SamplingRule._fields)}")
        value = SamplingRule(**value)
    if not isinstance(value, SamplingRule):
        raise refusal(name, "a SamplingRule", value)
    for field in ("event", "route"):
        pattern = getattr(value, field)
        if pattern is not None and (not isinstance(pattern, str) or not pattern.strip()):
            allowed = "None or a pattern that is not blank (a blank one matches nothing)"
            raise refusal(f"{name}.{field}", allowed, pattern)
    severity = value.severity
    is_number = isinstance(severity, int) and not isinstance(severity, bool)
    if severity is not None and not (is_number and SEVERITY_MIN <= severity <= SEVERITY_MAX):
        raise refusal(f"{name}.severity", f"None or a whole number from {SEVERITY_MIN} to {SEVERITY_MAX}", severity)
    sampling, rate = STRATEGIES.check(f"{name}.sampling", value.sampling), RATE.check(f"{name}.rate", value.rate)
    if rate != 1 and sampling != "probabilistic":
        raise ConfigurationError(f'{name}.rate must be left at 1 without sampling="probabilistic", got {rate}')
    return value._replace(sampling=sampling)


def _covers(above: SamplingRule, rule: SamplingRule) -> bool:
    """Return whether one rule surely matches whatever another one matches."""
    if above.severity is not None and (rule.severity is None or rule.severity < above.severity):
        return False
    # A record without a route matches no pattern for one, while everything has a name, be it an empty one.
    return _is_within(rule.event or "*", above.event or "*") and (
        above.route is None or (rule.route is not None and _is_within(rule.route, above.route))
    )


def _is_within(pattern: str, other: str) -> bool:
    """Return whether all that matches one pattern surely matches another one."""
    if pattern == other or other.strip("*") == "":
        return True
    wild = _WILD.search(pattern) is not None
    if wild and _WILD.search(other.replace("*", "")):
        return False  # a "?" or a set against a wildcard: nothing is sure
    return fnmatchcase(_WILD.sub(_ANY_TEXT, pattern), other)
