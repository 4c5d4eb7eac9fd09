"""The events that both sides record: five attributes each, three texts, a whole number and a float.

No two events are equal. One text of each, a document's name, occurs once in the whole run, so that a cache of values
that were found clean does not get away with having seen everything; the others are of a few, as features and actions
of an application are. Every round of either side gets fresh objects.
"""

from __future__ import annotations

import itertools
import random
from typing import Any, Final

EVENT_NAME: Final = "feature.used"

_FEATURES: Final = ("chat", "search", "summary", "translation", "code.completion", "export", "voice", "history")
_ACTIONS: Final = ("opened", "accepted", "dismissed")
_SEED: Final = 20260101


class Events:
    """An endless source of events' attributes, the same in every run."""

    def __init__(self) -> None:
        self._serials = itertools.count(1)
        self._rng = random.Random(_SEED)

    def clean(self, count: int) -> list[dict[str, Any]]:
        """Return attributes with nothing in them to redact."""
        return [
            {
                "feature.id": self._rng.choice(_FEATURES),
                "feature.action": self._rng.choice(_ACTIONS),
                "document.name": f"Quarterly report {serial}, second draft",
                "result.count": serial % 97,
                "duration_ms": self._rng.uniform(0.5, 900.0),
            }
            for serial in itertools.islice(self._serials, count)
        ]

    def dirty(self, count: int) -> list[dict[str, Any]]:
        """Return attributes with an e-mail address in a text, and a password under a key that says so."""
        return [
            {
                "feature.id": self._rng.choice(_FEATURES),
                "document.name": f"Report {serial} for anna.{serial}@example.com",
                "password": f"correct horse {serial}",
                "result.count": serial % 97,
                "duration_ms": self._rng.uniform(0.5, 900.0),
            }
            for serial in itertools.islice(self._serials, count)
        ]
