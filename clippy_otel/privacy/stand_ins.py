"""What stands after the name of a secret and is none: placeholders, masks, states, types, references, counts.

"password=[REDACTED]", "password: required", "token: string", `password=${DB_PASSWORD}`, "tokens=1500": these stay, for
a reader needs them.

Guarantee: linear; each pattern matches the whole of a text of at most 200 characters.
"""

from __future__ import annotations

import re
from typing import Final

from clippy_otel.privacy.patterns import lazy

# A longer text is no stand-in, save one of placeholders.
_MAX_CHARS: Final = 200


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What a field can be in, in one word.
_STATES: Final = _words(
    """
    none null nil undefined nan true false yes no on off ok empty unset set missing required optional mandatory invalid
    valid expired incorrect wrong mismatch mismatched rejected accepted denied granted revoked refreshed rotated renewed
    unknown unavailable unauthorized forbidden authorized failed failure success successful error pending active
    inactive enabled disabled changed unchanged updated created deleted removed verified unverified validated confirmed
    present absent found not_found not-found notfound provided specified unspecified configured unconfigured used unused
    protected encrypted decrypted hashed hidden redacted masked filtered sanitized scrubbed omitted sensitive private
    confidential default n/a na malformed weak strong blank ignored skipped allowed disallowed blocked locked unlocked
    supplied received generated stored cached anonymous public invalid_token token_expired expired_token invalid_grant
    basic bearer digest oauth oauth1 oauth2 jwt saml negotiate ntlm oidc ldap kerberos mtls tls password-based
    login logout v1 v2 v3 v4
    """
)
_TYPES: Final = _words(
    """
    str string text int integer int32 int64 uint32 uint64 number float double decimal bool boolean byte bytes char
    varchar nvarchar object array list dict map set tuple any unknown date datetime timestamp uuid json jsonb blob
    optional option union sequence vec box rc arc iterable collection nonnull nullable secretstr void never buffer
    uint8array bytearray
    """
)
_NAMESPACES: Final = _words("typing std java lang util pydantic types sa sql")
_FIRST_TYPE_WORDS: Final = _TYPES | _NAMESPACES
_TYPE_WORDS: Final = _FIRST_TYPE_WORDS | _words("none null undefined secret password token")
_TYPE: Final = lazy(r"&?(?:'static )?(?:[A-Za-z_][\w.]*)(?:\(\d+\))?[!?]?(?:[\[<][\w\[\]<>., |]*[\]>])?[!?]?")
_TYPE_WORD: Final = lazy(r"[A-Za-z][A-Za-z0-9]*")

_REFERENCES: Final = lazy(
    r"\$\{[^{}]*\}|\$\{\{[^{}]*\}\}|\$\([^()]*\)|\$\d{1,2}|\$[A-Z_][A-Z0-9_]*|\$env:\w+"  # of shells and SQL
    r"|\$[a-z_]*(?:pass|pw|secret|token|key|auth|cred|user|mail|name)[a-z_]*"
    r"|%\(\w*\)[sdr]?|%[-+0-9.]{0,6}(?:h|l|ll|z)?[a-zA-Z]|%[A-Z_]+%"
    r"|\?\d{0,2}|:[A-Za-z_]\w*|@[pP]\d{1,3}|@[a-z_]+|\#\{[^{}]*\}"
    r"|\{\{[^{}]*\}\}|\{[A-Za-z_.]*\}|\{\d*\}|<%=?[^<>]*%>|<[A-Za-z][\w .|-]*>|<>|\[\]|\(\)|\[[A-Z_]+\]"
    r"|!{1,2}[A-Za-z/_]+|[*&][a-z_]+"  # of YAML
    r"|0x[0-9a-fA-F]{1,16}|\#[0-9a-fA-F]{3,8}"  # a pointer, a colour
    r"|p_[0-9a-f]{32}"  # a keyed pseudonym
    r"|(?:YOUR|MY|your|my)[_-][A-Za-z_-]+"
)
_MASK: Final = lazy(r"[*xX\u2022\u25cf.#_-]{3,}[0-9]{0,4}|[*\u2022\u25cf]+|(?:[*xX]{4}[ -]?){1,4}[0-9]{0,4}|-+|\.+")
_BRACKETED: Final = lazy(
    r"[\[<({]{1,2}(?:[a-z0-9 _:-]{0,24}"
    r"(?:redact|filter|mask|hidden|removed|scrub|sanitiz|omit|truncat|protected|not[ _]set)[a-z0-9 _:.-]{0,24}"
    r"|sensitive(?:[ _](?:data|value|info))?|secret|private|password|token|none|null|empty|object|undefined|expired"
    r"|invalid|missing|unknown|object object)[\])>}]{1,2}",
    re.IGNORECASE,
)
_DIGITS: Final = lazy(r"[+-]?[0-9][0-9,_.]*")
_NETWORK: Final = lazy(
    r"\[?(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7})\]?(?:[:/]\d{1,5})?|0x[0-9a-fA-F]+"
    r"|(?:localhost|[\w-]+(?:\.[\w-]+)*):\d{1,5}|https?://.*|[\w{}-]+(?:\.[\w{}-]+)+"
)
_SHORT_NUMBERS: Final = lazy(r"(?i)pin|otp|cvv|cvc|csc|code")
_PIN_DIGITS: Final = 3
_MAX_COUNT_DIGITS: Final = 5
_PHONE_DIGITS: Final = 7


def is_stand_in(value: str, placeholder: str) -> bool:
    """Say whether a value is none: empty, a placeholder, a mask, a state, a type or a reference.

    Args:
        value: What stands after the separator, without its quotes.
        placeholder: The redactor's own, which must be left as it is.
    """
    if placeholder in value:
        value = value.replace(placeholder, "")
    value = value.strip(" \t\r\n,;.")
    if not value:
        return True
    if len(value) > _MAX_CHARS:
        return False
    if value.lower() in _STATES or _MASK.fullmatch(value) is not None or is_type(value):
        return True
    if value.isalnum() and not value.startswith("0x"):
        return False
    if value.startswith(placeholder[:-1] + ":") and value.endswith(placeholder[-1]):
        return True  # with the name of a rule in it
    return _REFERENCES.fullmatch(value) is not None or _BRACKETED.fullmatch(value) is not None


def is_type(value: str) -> bool:
    """Say whether a value is the name of a type: str, VARCHAR(255), Optional[str], String!."""
    if value.isalpha():
        return value.lower() in _TYPES
    if _TYPE.fullmatch(value) is None:
        return False
    words = _TYPE_WORD.findall(value.lower())
    return bool(words) and words[0] in _FIRST_TYPE_WORDS and _TYPE_WORDS.issuperset(words)


def is_count(key: str, value: str) -> bool:
    """Say whether a number under a key is how many there are: tokens=1500, secret=1; a PIN is none."""
    if _DIGITS.fullmatch(value[:_MAX_CHARS]) is None:
        return False
    digits = sum(map(value.count, "0123456789"))
    if is_short_number(key):
        return digits < _PIN_DIGITS
    return digits == 1 or key.lower() == "pass" or (digits <= _MAX_COUNT_DIGITS and "token" in key.lower())


def is_short_number(key: str) -> bool:
    """Say whether what stands under a key is a number of few digits: a PIN, a code of a card."""
    return _SHORT_NUMBERS.search(key) is not None


def is_no_contact(value: str) -> bool:
    """Say whether what stands under "address" or "phone" is a machine's, or a number of something."""
    if len(value) > _MAX_CHARS:
        return False
    is_few = len(value) < _PHONE_DIGITS and _DIGITS.fullmatch(value) is not None
    return is_few or _NETWORK.fullmatch(value) is not None
