"""The events and the spans that both sides record.

An event has five attributes: three texts, a whole number and a float. A span has ten, and an event with two more. No
two of either are equal. One text of each event, a document's name, occurs once in the whole run, so that a cache of
values that were found clean does not get away with having seen everything; the others are of a few, as features and
actions of an application are. Of a span's values two are unique, the name and a request's id. Every round of either
side gets fresh objects.
"""

from __future__ import annotations

import itertools
import random
import uuid
from typing import Any, Final, NamedTuple

EVENT_NAME: Final = "feature.used"
SPAN_NAME: Final = "chat request"
SPAN_EVENT_NAME: Final = "first chunk"

_FEATURES: Final = ("chat", "search", "summary", "translation", "code.completion", "export", "voice", "history")
_ACTIONS: Final = ("opened", "accepted", "dismissed")
_ROUTES: Final = ("/chat", "/chat/{id}", "/search", "/export", "/users/{id}/documents")
_MODELS: Final = ("small-2", "large-2", "large-2-preview")
_SEED: Final = 20260101


def _letters(serial: int) -> str:
    """Return letters that no other number has."""
    return "".join("aeioubdlmn"[int(digit)] for digit in str(serial))


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


class SpanData(NamedTuple):
    """What one span is recorded with."""

    attributes: dict[str, Any]
    event: dict[str, Any]  # the attributes of its event


class Spans:
    """An endless source of spans' attributes, the same in every run."""

    def __init__(self) -> None:
        self._serials = itertools.count(1)
        self._rng = random.Random(_SEED)

    def clean(self, count: int) -> list[SpanData]:
        """Return spans with nothing in them to redact."""
        return [
            self._span(serial, {"server.address": "api.internal"}, "second draft")
            for serial in itertools.islice(self._serials, count)
        ]

    def dirty(self, count: int) -> list[SpanData]:
        """Return spans with an e-mail address in a text, and a password under a key that says so."""
        return [
            self._span(serial, {"password": "correct horse"}, f"for anna.{serial}@example.com")
            for serial in itertools.islice(self._serials, count)
        ]

    def of_strangers(self, count: int) -> list[SpanData]:
        """Return spans like the dirty ones, with a name in each address that no other has."""
        return [
            self._span(serial, {"password": "correct horse"}, f"for {_letters(serial)}.{serial}@example.com")
            for serial in itertools.islice(self._serials, count)
        ]

    def _span(self, serial: int, differing: dict[str, Any], title: str) -> SpanData:
        rng = self._rng
        attributes = {
            "http.request.method": "POST",
            "http.route": rng.choice(_ROUTES),
            "http.response.status_code": rng.choice((200, 201, 404)),
            **differing,
            "gen_ai.request.model": rng.choice(_MODELS),
            "gen_ai.usage.input_tokens": rng.randrange(100, 200),
            "feature.id": rng.choice(_FEATURES),
            "sampling.temperature": rng.choice((0.0, 0.2, 0.7)),
            "document.name": f"Quarterly report {serial}, {title}",
            "request.id": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        }
        return SpanData(attributes, {"chunk.size": rng.randrange(1, 50), "chunk.kind": rng.choice(_ACTIONS)})
