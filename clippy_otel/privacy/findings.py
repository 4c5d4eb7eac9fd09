"""What a redaction would find, told without showing it: for people who tune rules."""

from __future__ import annotations

from typing import NamedTuple

from clippy_otel.otlp import plain
from clippy_otel.privacy.scanner import OutOfTimeError, Scanner


class Finding(NamedTuple):
    """Why something is redacted, without showing what.

    Attributes:
        path: Where it stands: "user.contacts[2].value"; "" for the value itself. Personal data in keys is redacted.
        rule: The name of the rule that found it, or that names its key: "email", "card", "field"; "key" for a sensitive
            key, "key.email" for an e-mail address in the key itself, "user_id" for a pseudonym, "limit" for what lies
            beyond a limit, "error" where something raised.
        start: The first character of it in the text there; 0 where it is no text.
        end: The character after the last one; 0 where it is no text.
    """

    path: str
    rule: str
    start: int
    end: int


class Findings:
    """Collect findings on one way through a value.

    Args:
        scanner: Says where in a text something was found.

    Attributes:
        found: The findings, in the order in which they were met.
    """

    __slots__ = ("_path", "_scanner", "found")

    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner
        self._path: list[str] = []
        self.found: list[Finding] = []

    def enter(self, step: object) -> None:
        """Go to a child: by its index, or by its key as it may be shown."""
        self._path.append(f"[{step}]" if type(step) is int else f".{plain.text(step)}")

    def leave(self) -> None:
        """Go back to the parent."""
        self._path.pop()

    def note(self, rule: str, start: int = 0, end: int = 0) -> None:
        """Add what a rule says about the value here."""
        self.found.append(Finding("".join(self._path).removeprefix("."), rule, start, end))

    def note_text(self, text: str, prefix: str = "", deadline_ns: int = 0) -> None:
        """Add what stands in a text here, where it is cut, and that it took too long."""
        kept = self._scanner.kept_chars(text)
        try:
            for start, end, rule, _ in self._scanner.hits(text[:kept], deadline_ns):
                self.note(prefix + rule, start, end)
        except OutOfTimeError:
            kept = 0
        if kept < len(text):
            self.note(prefix + "limit", kept, len(text))
