"""Private keys in text form: whole blocks, cut ones, and texts that only speak of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clippy_otel.privacy.recognisers.pem import PRIVATE_KEY
from tests.privacy._finding import assert_linear, is_open, without

LINE = "MIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn/ygWyF8PbnGy0AHB7MhgHcTz6sE2I2yPB"
KINDS = ["PRIVATE", "RSA PRIVATE", "EC PRIVATE", "DSA PRIVATE", "ENCRYPTED PRIVATE", "OPENSSH PRIVATE", "ANY PRIVATE"]


def block(kind: str, line_break: str = "\n") -> str:
    """Return a key of a kind in PEM."""
    return line_break.join([f"-----BEGIN {kind} KEY-----", LINE, LINE, "aFDrBz9vFqU4yK0=", f"-----END {kind} KEY-----"])


RSA = block("RSA PRIVATE")
FOUND = [
    *((block(kind), "#") for kind in KINDS),
    (f"key:\n{RSA}\nnext: 1", "key:\n#\nnext: 1"),
    (f'{{"private_key": "{block("PRIVATE", chr(92) + "n")}", "id": 1}}', '{"private_key": "#", "id": 1}'),
    (f'KEY="{block("PRIVATE", chr(92) + "r" + chr(92) + "n")}"', 'KEY="#"'),
    (block("PRIVATE", "\r\n"), "#"),
    (f"tls.key: |\n  {RSA}".replace("\n", "\n    "), "tls.key: |\n      #"),
    (RSA.replace("\n", " "), "#"),
    (RSA[:120], "#"),
    (f"{RSA}\n{RSA}", "#\n#"),
    ("a=" + block("PRIVATE", "%0A").replace(" ", "%20") + "&b=1", "a=#&b=1"),
    ("a=" + block("RSA PRIVATE", "%0A").replace(" ", "+") + "&b=1", "a=#&b=1"),
    (RSA.replace("KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,4BF92F3577B34DA6\n\n", 1), "#"),
    (
        f"-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: 2\n\n{LINE}\n=aBcD\n-----END PGP PRIVATE KEY BLOCK----- x",
        "# x",
    ),
    (f"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n{LINE}\n---- END SSH2 ENCRYPTED PRIVATE KEY ----.", "#."),
    (
        f"PuTTY-User-Key-File-2: ssh-rsa\nPublic-Lines: 1\nAAAA\nPrivate-Lines: 2\n{LINE}\n{LINE}\nPrivate-MAC: 5a",
        "PuTTY-User-Key-File-2: ssh-rsa\nPublic-Lines: 1\nAAAA\n#Private-MAC: 5a",
    ),
    (f"は{RSA}は", "は#は"),
]


@pytest.mark.parametrize("text,expected", FOUND)
def test_key_is_found(text: str, expected: str) -> None:
    """The whole block goes, however its lines are broken; a cut one goes to the end; and the gate is open."""
    assert without(PRIVATE_KEY, text) == expected
    assert is_open(PRIVATE_KEY, text)


LEFT = [
    block("PUBLIC"),
    block("RSA PUBLIC"),
    block("PRIVATE").replace("PRIVATE KEY", "CERTIFICATE"),
    "error: expected -----BEGIN PRIVATE KEY----- at line 1",
    "could not find -----BEGIN RSA PRIVATE KEY----- or -----END RSA PRIVATE KEY----- markers",
    "-----BEGIN PRIVATE KEY-----\n[REDACTED]\n-----END PRIVATE KEY-----",
    "-----BEGIN PRIVATE KEY-----",
    f"-----BEGIN PRIVATE KEY----- missing\n{block('PUBLIC')}",
    "PRIVATE KEY Private-Lines: 0",
    "Private-Lines: 14 are read from the file",
]


@pytest.mark.parametrize("text", LEFT)
def test_look_alikes_stay(text: str) -> None:
    """Certificates and public keys are no secrets, nor are texts about keys."""
    assert PRIVATE_KEY.find(text) == []


@given(
    st.sampled_from(KINDS), st.text("abAB01+/", min_size=16, max_size=200), st.sampled_from(["\n", "\\n", "\r\n", " "])
)
def test_every_key_is_found(kind: str, body: str, line_break: str) -> None:
    """A key with any body goes whole, and so does what is left of one that was cut."""
    text = line_break.join([f"-----BEGIN {kind} KEY-----", body, f"-----END {kind} KEY-----"])
    assert without(PRIVATE_KEY, f"<{text}>") == "<#>"
    assert without(PRIVATE_KEY, f"<{text[: -len(kind) - 14]}") == "<#"


@pytest.mark.parametrize(
    "pattern",
    [
        "-",
        "-----BEGIN ",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN A A A A PRIVATE KEY-----" + "aaaaaaaaaaaaaaa " * 18,
        "Private-Lines: 1 ",
        "Private-Lines: 1 " + "aaaaaaaaaaaaaaa " * 18,
        RSA,
        "PRIVATE ",
        "-----END AAAAAAAAAAAAAAAAAAAAAAA",
    ],
)
def test_time_grows_with_the_text(pattern: str) -> None:
    """A hostile text takes linear time."""
    assert_linear(PRIVATE_KEY, pattern)
