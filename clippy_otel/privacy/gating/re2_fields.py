r"""What RE2 looks for in place of the finder of fields: a sensitive key where a value can stand beside it.

That is in front of a separator, an operator of SQL or " is "; or as a text of its own: behind `"name":`, first in a
pair of brackets, in a closing tag, a flag, an `ENV`. What has no key that is judged (`curl -u`, `IDENTIFIED BY`) has
words of its own. Values are hardly looked at.

Guarantee: as of the keys (see re2_keys). A finder that gives a text up, because too much is in it to look at, says that
the rest is found; where no sensitive key is in a text it is not asked, and nothing is given up.
"""

from __future__ import annotations

import functools
from typing import Final

from clippy_otel.privacy.fields.field_keys import LABELS, QUERIES
from clippy_otel.privacy.gating.re2_alternatives import BEYOND_ASCII, any_of
from clippy_otel.privacy.gating.re2_keys import MARKS, REST, sensitive_key, sensitive_name
from clippy_otel.privacy.naming import NAME_KEYS

_CODES: Final = r"\\[nrt]|\\u00[0-9A-Fa-f]{2}|%[0-9A-Fa-f]{2}|\x1b\[[0-9;]*m"
_QUOTE: Final = r"""\\*["']"""
_SPACES: Final = r"\s\x0b\x1c-\x1f\p{Z}"  # the inside of a class: RE2's own has those of ASCII only
_SPACE: Final = f"[{_SPACES}]"
_NAMING: Final = any_of(NAME_KEYS)

# A key in front of a separator: what is before it, and what may be between the two.
_BEFORE: Final = f"(?:^|[^0-9A-Za-z_-]|{_CODES})[0-9_.-]*"
_GAP: Final = r"""(?:[\\"'`\])* \t]|&(?:quot|apos|#3[49]);|%(?:25)*(?:2[27]|5[dD])|\\u002[27]|\x1b\[[0-9;]*m)*"""
_SEPARATOR: Final = r"(?:=|:(?:[^:/]|/[^/])|\x{ff1a}|%(?:25)*3[AaDd]|\\u003[aAdD])"
_LABEL: Final = rf"(?: (?:[A-Za-z]+ )?[0-9_.-]*{any_of(LABELS | QUERIES | NAME_KEYS)}{MARKS})?"
_BEHIND: Final = "|".join(
    (
        f"{_LABEL}{_GAP}{_SEPARATOR}",  # "API key:", and whatever "key" may be
        r" is \S*[0-9A-Z@#$%^&*+=~!|]",
        rf"""["`\]]?{_SPACE}+(?i:(?:NOT{_SPACE}+)?(?:IN{_SPACE}*\(|I?LIKE|BETWEEN|<>)){_SPACE}*(?:[NE]?'|\$)""",
        rf"""["`\]]?{_SPACE}*(?i:LIKE){_SPACE}*\$""",
    )
)

# A key that is a text of its own.
_OPENING: Final = (
    rf"""(?:(?:^|[^A-Za-z]|{_CODES}){_NAMING}[_.-]*(?:{_QUOTE})?{_SPACE}*(?:[:=]|=>){_SPACE}*"""
    rf"""(?:{_QUOTE}(?:[0-9A-Za-z_. -]* )?)?|[\[(][bu]?{_QUOTE}|</|--|ENV[ \t]+)[0-9A-Za-z_.:-]*"""
)

_WITHOUT_KEYS: Final = (
    rf"[?&#;][0-9_.-]*{any_of(QUERIES)}[_.-]*=",
    # A word in front of a separator with something else than letters in it.
    rf"[A-Za-z][0-9_.-]*[^\x00-\x7f]{MARKS}[A-Za-z]{REST}{_GAP}{_SEPARATOR}",
    r""" (?:-u|--user|--proxy-user)[ =]+["']?[^\s:"']*:""",
    rf"login[ \t]+\S+{_SPACE}+password[ \t]",
    rf"""(?i:PASSWORD|IDENTIFIED{_SPACE}+(?:WITH{_SPACE}+[\w'"]+{_SPACE}+)?(?:BY|AS)){_SPACE}+["']""",
    # Of VALUES all that is more than placeholders.
    (
        rf"\){_SPACE}*(?i:VALUES?){_SPACE}*\((?:[?,{_SPACES}]|%s|\$[0-9]+)*"
        rf"(?:[^?,{_SPACES})%$]|%[^s]|\$[^0-9]|\){_SPACE}*,{_SPACE}*\()"
    ),
    r"\[parameters: |\$[0-9]+ = '",
    BEYOND_ASCII,
)


@functools.cache
def hint_of_fields(added: tuple[str, ...]) -> str:
    """Return what stands in each text with a field.

    Args:
        added: Words of keys that are sensitive beside the vocabulary, without separators.
    """
    in_front = f"{sensitive_key(_BEFORE, added)}(?:{_BEHIND})"
    return "|".join((in_front, _OPENING + sensitive_name(added), *_WITHOUT_KEYS))
