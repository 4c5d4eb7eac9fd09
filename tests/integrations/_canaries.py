"""Personal data that the programs of these tests record, and what to look for in what comes out of them."""

from __future__ import annotations

EMAIL = "canary.{}@example.com"
CARD = "4111 1111 1111 1111"
PASSWORD = "canary-password"
SECRETS = ("canary", "4111")


def found(exported: str) -> list[str]:
    """Return the lines of what was exported that hold personal data."""
    return [line.strip() for line in exported.splitlines() if any(secret in line for secret in SECRETS)]
