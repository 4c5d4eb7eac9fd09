"""What stands behind a separator in a line of code, and is no value: expressions, variables, classes, paths of files.

Stack traces are full of them: `password=self.password`, `token = await get_token()`, `connect(password=password)`.
Guarantee: linear; each pattern matches the whole of a text of at most 200 characters.
"""

from __future__ import annotations

import re
from typing import Final

from clippy_otel.privacy.fields.places import Place
from clippy_otel.privacy.patterns import lazy

_MAX_CHARS: Final = 200
_LAST_CHARS: Final = 4  # of two names of which one is for the other: token=access_token

_MEMBER: Final = lazy(
    r"(?:await |new |&)?(?:self|cls|this|os|env|process|config|cfg|conf|settings|request|req|ctx|context|args|kwargs"
    r"|opts|options|params|props|data|user|form|body|state|app|secrets|credentials|event|payload|response|resp|result"
    r"|session|rails|system|environment|var|local|module|values?|http|crypto|base64|hashlib|json|string|proptypes|yup"
    r"|joi|models|fields|serializers|forms|db|sa|[crpmszt])(?:\.|\[|->|\?\.)[A-Za-z_\"'\[].*",
    re.IGNORECASE | re.DOTALL,
)
_NAME: Final = r"[&*!$@]{0,2}[A-Za-z_]\w*"
_CALL: Final = lazy(
    rf"(?:await |new )?(?:[&*!$@]{{0,2}}[a-z_]\w*\(|{_NAME}(?:(?:\.|::|->|\?\.)\w+)+\().*|[A-Za-z_]+(?:->|::)[A-Za-z_]+"
    rf"|{_NAME}(?:(?:\.|::|->|\?\.)\w+)*\[(?:[\"'\w:$].*)?",
    re.DOTALL,
)
# (username, password): a tuple of variables.
_TUPLE: Final = lazy(r"\(\s*[A-Za-z_][A-Za-z_.]*\s*(?:,\s*[A-Za-z_][A-Za-z_.]*\s*)*,?\s*\)")
_PATH: Final = lazy(
    r"(?:file:|~|\.{1,2})?/(?:etc|var|run|home|usr|opt|tmp|root|app|mnt|srv|data|proc|dev|secrets?|Users|config)/[\w./-]*"
    r"|(?:~|\.{1,2}|[A-Z]:)?(?:[\\/]?[\w.-]+[\\/])+[\w-]+\.[a-z]{2,5}"
    r"|[\w-]+\.(?:pem|key|crt|json|ya?ml|txt|p12|jks|env|py)"
)
_EXPRESSION: Final = lazy(r"[A-Za-z_]+(?:\.[A-Za-z_]+)+|_*[A-Z]+(?:_[A-Z]+)+")
_CLASS: Final = lazy(r"(?:[A-Z][a-z]+)+(?:\[[\w, .\[\]]*\])?")
_IDENTIFIER: Final = lazy(r"[A-Za-z]+(?:_[A-Za-z]+)+|[a-z]+(?:[A-Z][a-z]+)+")
_VERSION: Final = lazy(r"v?\d{1,4}(?:\.\d{1,4}){1,3}|v\d")
_KEYWORDS: Final = frozenset({"await", "new", "function", "async", "lambda", "yield", "not", "typeof", "void", "func"})
_OPERATIONS: Final = frozenset(
    {" + ", " & ", " | ", " % ", " * ", " ? ", " ||", " &&", " ??", " or", " an", " if", " ==", " !="}
)


def is_code(value: str) -> bool:
    """Say whether an unquoted value is an expression: self.password, os.environ[...], get_token(), a file's path."""
    if value.isalnum():
        return False
    head = value[:_MAX_CHARS]
    if any(pattern.fullmatch(head) is not None for pattern in (_MEMBER, _CALL, _TUPLE)):
        return True
    return head is value and (_PATH.fullmatch(head) is not None or _VERSION.fullmatch(head) is not None)


def is_class(value: str) -> bool:
    """Say whether a value is written like the name of a class: CookieJar."""
    return len(value) <= _MAX_CHARS and _CLASS.fullmatch(value) is not None


def is_variable(place: Place, value: str, end: int, *, is_assigned: bool) -> bool:
    """Say whether a value is a variable, or what else a line of code assigns: connect(password=password).

    Args:
        place: Of the key.
        value: An unquoted word.
        end: Where it ends.
        is_assigned: Whether there is an equals sign with a space behind it.
    """
    if len(value) > _MAX_CHARS:
        return False
    behind = place.text[end : end + 3]
    if value.lower() == _name(place) and (is_assigned or "." in place.key or behind[:1] in (",", ")")):
        return True
    if value in _KEYWORDS and behind[:1] == " ":
        return True
    if place.text[place.at] == ":":
        is_annotation = _CLASS.fullmatch(value) is not None and (behind[:1] in (",", ")") or behind in (" = ", " | "))
        return is_annotation or ("." in value and _EXPRESSION.fullmatch(value) is not None)
    return (is_assigned and _is_assigned(place, value, behind)) or _is_argument(place, value, behind)


def _name(place: Place) -> str:
    return place.key.rpartition(".")[2].lower()


def _is_assigned(place: Place, value: str, behind: str) -> bool:
    """Say whether code assigns this: self.token = token, d[key] = value, token = PREFIX + rest, token = Kinds.Error."""
    if "]" in place.text[place.end : place.at] or behind in _OPERATIONS or _EXPRESSION.fullmatch(value) is not None:
        return True
    return place.key.startswith(("self.", "this.", "cls.")) and value.isidentifier()


def _is_argument(place: Place, value: str, behind: str) -> bool:
    """Say whether code hands on a variable that is named for its key: login(token=access_token)."""
    if behind[:1] not in (",", ")") or place.before not in ("(", " ") or not value.isidentifier():
        return False
    name = value.lower()
    if _name(place).endswith(f"_{name}"):
        return True
    return _IDENTIFIER.fullmatch(value) is not None and _name(place)[-_LAST_CHARS:] == name[-_LAST_CHARS:]
