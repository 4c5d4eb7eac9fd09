r"""Secrets in URLs: user information, and the paths of webhooks, which whoever knows them may call.

Of `scheme://user:password@host` all that stands before the "@" goes, the user too; of a user without a password only
what looks like a key (Sentry's DSN): `ssh://git@host` stays. So do what a template holds (`postgres://user:${PW}@host`)
and what only looks alike (`https://host:8080/@name`, `docker://image@sha256:...`). Passwords may hold any character
that does not end a word, raw "@", "/", "?" and "#" too. Also found: slashes escaped as in JSON (`:\/\/`), whole URLs
that are percent-encoded, and the forms without slashes of Go's MySQL and of Oracle.

Guarantee: linear time: from a "://" to the next slash, else 128 characters.
Cost: 0.2 us for a text without "@" and "hook".
"""

from __future__ import annotations

from typing import Final

from clippy_otel.privacy.recogniser import Span, compiled
from clippy_otel.privacy.search import Search

_IN_WORD: Final = r"""[^\s"'<>`\\]"""
_IN_AUTHORITY: Final = r"""[^\s/?#"'<>`\\]"""
_SLASHES: Final = r":(?://|\\/\\/)"
_USERINFO: Final = rf"{_SLASHES}({_IN_AUTHORITY}+)@(?!sha[0-9]{{3}}:)(?=[0-9A-Za-z\[_%${{*.-])"
# A password with a slash in it: what stands before the slash is no port, and what stands behind the "@" is a host.
_ODD_USERINFO: Final = (
    rf"""{_SLASHES}([^\s/?#"'<>`\\:@\[]{{0,64}}:(?![0-9]{{0,5}}[/?#,;])[^\s/?#"'<>`\\@]{{0,64}}[/?#]{_IN_WORD}{{0,64}})"""
    r"""@(?=(?:[0-9A-Za-z-]{1,64}\.|localhost)[0-9A-Za-z.-]{0,253}(?::[0-9]{1,5})?(?:[/?\s"'`<>]|\Z))"""
)
# Unreserved characters and what is encoded, but none of white space, quotes, slashes, "?" and "#".
_ENCODED: Final = (
    r"%3[Aa]%2[Ff]%2[Ff]((?:[0-9A-Za-z._~!*+-]|%(?!2[0-3Ff7]|3[CcEeFf]|40|0[0-9A-Fa-f])[0-9A-Fa-f]{2}){1,512})%40"
)
_ORACLE: Final = r"jdbc:oracle:[a-z]{2,8}:([^\s/@\"']{1,64}/[^\s\"'@]{1,128})@"
_GO: Final = ("@tcp(", "@unix(")
_GO_CHARS: Final = 192
_MAX_GO_NAMES: Final = 500  # more of them are no log line; the text counts as found
_GO_DELIMITERS: Final = "\t\n\r \"'`"

# What stands for a password, and is none.
_TEMPLATE: Final = (
    r"\*+|[xX]{3,}|\.{3}|%?[$#]?\{[^{}]{0,64}\}|\{\{[^{}]{0,64}\}\}|\$[A-Z_]{3,64}|%[sdv]|%\([a-z_]{1,64}\)s"
    r"|%[A-Z_]{1,64}%|\[[^\[\]]{0,64}\]|(?i:redacted|filtered|masked|hidden)"
)
_FIELDS: Final = r";[0-9A-Za-z_. ]{1,40}="  # jdbc:sqlserver://host:1433;password=p@ss
_KEY: Final = r"(?=(?:[A-Za-z]*[0-9]){3})(?=[0-9]*[A-Za-z])[0-9A-Za-z]{20,}"

_ID: Final = "[0-9A-Za-z_-]"
_WEBHOOKS: Final = (
    (
        "hooks.slack",
        rf"hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/((?:{_ID}{{6,}}/){{1,3}}{_ID}{{6,}})",
    ),
    ("discord", rf"discord(?:app)?\.com/api/(?:v[0-9]{{1,2}}/)?webhooks/([0-9]{{15,22}}/{_ID}{{32,}})"),
    ("webhook.office", r"webhook\.office\.com/webhookb2/([0-9A-Za-z@/_-]{40,})"),
    ("hooks.zapier", rf"hooks\.zapier\.com/hooks/(?:catch|standard)/({_ID}{{4,}}(?:/{_ID}{{4,}}){{0,3}})"),
    ("hook.", rf"hook\.(?:[a-z]{{2}}[0-9]\.)?(?:make|integromat)\.com/({_ID}{{20,}})"),
    (".tines", rf"\.tines\.com/webhook/({_ID}{{20,}}/{_ID}{{20,}})"),
    ("open-apis", rf"\.(?:feishu\.cn|larksuite\.com)/open-apis/bot/v2/hook/({_ID}{{20,}})"),
)


def _find(text: str) -> list[Span]:
    """Return the places of secrets in the URLs of a text."""
    spans: list[Span] = []
    if "@" in text:
        spans = _userinfos(text)
    if "%" in text and "%40" in text:
        spans += [match.span(1) for match in compiled(_ENCODED).finditer(text) if "%3a" in match[1].lower()]
    spans.sort()
    return spans


def _find_webhooks(text: str) -> list[Span]:
    """Return the places of the secrets in the paths of webhooks."""
    spans: list[Span] = []
    if "hook" in text:
        for host, pattern in _WEBHOOKS:
            if host in text:
                spans += [match.span(1) for match in compiled(pattern).finditer(text)]
        spans.sort()
    return spans


def _userinfos(text: str) -> list[Span]:
    spans: list[Span] = []
    if ":/" in text or ":\\" in text:
        spans += [match.span(1) for match in compiled(_USERINFO).finditer(text) if _is_secret(match[1])]
        spans += [match.span(1) for match in compiled(_ODD_USERINFO).finditer(text) if _is_secret(match[1])]
    if "jdbc:oracle:" in text:
        spans += [match.span(1) for match in compiled(_ORACLE).finditer(text)]
    for mark in _GO:
        if mark in text:
            spans += _go_names(text, mark)
    return spans


def _is_secret(userinfo: str) -> bool:
    """Say whether a user, or a user and a password, is one that must go."""
    user, colon, password = userinfo.partition(":")
    if colon and password:
        return not compiled(_TEMPLATE).fullmatch(password) and not compiled(_FIELDS).search(password)
    return compiled(_KEY).fullmatch(user) is not None


def _go_names(text: str, mark: str) -> list[Span]:
    """Return the places of users with passwords in data source names of Go's driver: user:password@tcp(host)/name."""
    if text.count(mark) > _MAX_GO_NAMES:
        return [(0, len(text))]
    spans: list[Span] = []
    at = text.find(mark)
    position = 0
    while at >= 0:
        floor = max(position, at - _GO_CHARS)
        left = text[floor:at]
        start = floor + max(left.rfind(delimiter) for delimiter in _GO_DELIMITERS) + 1
        name, equals, _ = text[start:at].partition("=")
        start += len(name) + 1 if equals and ":" not in name else 0
        if ":" in text[start:at] and _is_secret(text[start:at]):
            spans.append((start, at))
        position = at + 1
        at = text.find(mark, position)
    return spans


URL_SECRET: Final = Search("url_secret", ("@",), ("%ww%ww%ww",), _find)
WEBHOOK: Final = Search(
    "url_secret",
    (),
    (".www ", ".ww "),
    _find_webhooks,
    # Words of their hosts and paths with no letter beside them.
    frozenset(
        "services workflows triggers webhooks webhookb hooks make integromat tines hook".split()  # noqa: SIM905
    ),
)
