"""E-mail addresses in any form that telemetry brings, and what has an "@" and is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clippy_otel.privacy.recognisers.emails import EMAIL
from tests.privacy._finding import AFTER, BEFORE, assert_linear, is_open, without

FOUND = [
    ("alice@example.com", "#"),
    ("mail to alice.b+tag@mail.example.co.uk.", "mail to #."),
    ("<alice@example.com>,'bob_x@example.org'", "<#>,'#'"),
    ("mailto:alice@example.com?subject=hi", "mailto:#?subject=hi"),
    ("メールはalice@example.comです", "メールは#です"),
    ("客服：service-desk@example.cn。", "客服：#。"),  # noqa: RUF001 - full-width, as Chinese has it
    ("jörg.müller@bücher.example", "#"),
    ("почта иван@пример.рф", "почта #"),
    ("O'Brien: o'brien@example.com", "O'Brien: #"),
    ("x@163.com", "#"),
    ("a@b.co,c@d.org", "#,#"),
    ("a@b.com@c.de", "#"),
    ("user=alice@example.com&x=1", "user=#&x=1"),
    ("https://alice:pw@example.com/", "https://alice:#/"),
    ("alice@example.com-2024", "#-2024"),
    ("alice@example.com2024", "#2024"),
    ("a.@b.com -dash-@b.com", "# -#"),
    ("\u200balice@example.com\ufeff", "\u200b#\ufeff"),
    ("x" * 300 + "@example.com", "x" * 46 + "#"),
    ("rené@example.fr", "#"),
    ("BOB@EXAMPLE.COM", "#"),
    ("curator@example.museum", "#"),
    # percent-encoded, as often as may be
    ("user%40example.com", "#"),
    ("?to=user%2540example.com&x", "?to=#&x"),
    ("?q=foo%26email%3Duser%40example.com%26x", "?q=foo%26email%3D#%26x"),
    ("%3Cuser@example.com%3E", "%3C#%3E"),
    ("user%2Btag%40example.com", "#"),
    # quoted local parts
    ('"john doe"@example.com', "#"),
    ('{"a": "\\"john doe\\"@example.com"}', '{"a": "#"}'),
    # other scripts, with and without spaces between words
    ("用户@例子.广告 ok", "# ok"),
    ("डाटा@डाटामेल.भारत", "#"),
    ("user@xn--e1afmkfd.xn--p1ai", "#"),
    # what is not seen
    ("ali\u200bce@exam\u200bple.com", "#"),
    ("al\u00adice@example.com", "#"),
    # what follows without a space
    ("mail bob@example.com.Then go", "mail #.Then go"),
    ("/var/mail/alice@example.com.json", "/var/mail/#.json"),
    ("john.smith@corp.local", "#"),
    ("x\\nbob@example.com\\n", "x\\#\\n"),
]
LEFT = [
    *("foo@bar.service", "getty@tty1.service", "user@1000.service", "dev-sda@x.device", "foo@multi-user.target"),
    *("git@github.com:org/repo.git", "ssh://git@example.org/org/repo", "icon@2x.png", "logo@3x.webp", "clip@2x.mov"),
    *("lodash@4.17.21", "@types/node@20.1.0", "pkg@1.0.0.dev", "github.com/x/y@v1.2.3-rc.beta", "pkg@latest.tgz"),
    *("@alice", "a@b", "@example.com", "a @ b.com", "user@localhost", "https://medium.com/@user.name", "@joe.io"),
    *("foo@bar.baz", "scores = q@k.transpose(-2, -1)", "x@self.weight", "@app.route", "@org.junit.Test"),
    *("rabbit@host-1", "rabbit@node.example.com", "celery@worker1.internal", "root@ip-10-0-0-1.ec2.internal"),
    *("image@sha256:abcdef.com", "Foo@1b2c3d4e", "show@mobile.html.erb", "UserController@index", "style@2x.css.map"),
    *('["alpha", "@example.com"]', '"a":"@example.com"', "100%40", "50%401.2.3", "%40example.com", "a@\nb.com"),
]


@pytest.mark.parametrize("text,expected", FOUND)
def test_address_is_found(text: str, expected: str) -> None:
    """It goes whole, encoded or quoted, in any script; what stands around it stays."""
    assert without(EMAIL, text) == expected
    assert is_open(EMAIL, text)


@pytest.mark.parametrize("text", LEFT)
def test_look_alikes_stay(text: str) -> None:
    """Units, versions, files, remotes, nodes, handles and code have an "@", and are no addresses."""
    assert EMAIL.find(text) == []


letters = st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"), min_size=2, max_size=12)
domains = st.sampled_from(["com", "org", "de", "co.uk", "museum", "example", "ORG", "xn--p1ai"])
signs = st.sampled_from(["@", "%40", "%2540"])


@given(BEFORE, letters, signs, letters, domains, AFTER)
def test_every_address_is_found(before: str, local: str, sign: str, domain: str, tld: str, after: str) -> None:
    """An address is found beside text of any script; letters of an alphabet beside it are taken for part of it."""
    if sign == "@" or not after.startswith(("é", "は", "\x00")):
        found = without(EMAIL, f"{before}q{local}{sign}{domain}.zone.{tld}{after}")
        assert local not in found
        assert domain + ".zone" not in found


@given(st.lists(st.sampled_from(["@", "a.b", ".com", "%40", '"', " ", "é", "用", "\u200b", "Ab.", "git"]), max_size=12))
def test_gate_loses_nothing(pieces: list[str]) -> None:
    """Where an address is found, the gate is open; what is found is in order."""
    text = "".join(pieces)
    if without(EMAIL, text) != text:
        assert is_open(EMAIL, text)


HOSTILE = [
    *("a", "@", "a@", "@a", "a@a.", "a@a.aa", "@a.", "@a-", "-@a.aa", "é@é.éé", "a'", "'@", "a@b.co ", "git@a.aa "),
    *("4@4.44.", "v1.2@1.1.aa ", "%40", "%40a.co", "a%3D", '"@a.co', '"', "a.A", "\ufeff@\ufeff.", "a@b.A", "用@用.用"),
]


@pytest.mark.parametrize("pattern", HOSTILE)
def test_time_grows_with_the_text(pattern: str) -> None:
    """Hostile texts take no more than time in proportion to their length."""
    assert_linear(EMAIL, pattern)


def test_row_of_false_candidates_counts_as_found() -> None:
    """A text that would take too long to be judged is redacted as a whole, not let through."""
    assert EMAIL.find("a@b.nowhere " * 1000) == []
    assert EMAIL.find("a@b.nowhere " * 1600) == [(0, 19_200)]
