"""What the simulated assistant goes through: who visits, what they let slip, how long its models take. Data only.

Durations are drawn from a seeded generator and given to the telemetry, not measured: each run is the same.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import Final, Literal, NamedTuple

SEED: Final = 42


class Suggestion(NamedTuple):
    """Something that the assistant suggests by itself, and what becomes of it."""

    name: str
    intrusion_level: str
    answer: Literal["accepted", "dismissed", ""]  # "": none
    time_to_accept_ms: float | None = None
    reason: str | None = None


class Visitor(NamedTuple):
    """Somebody who talks to the assistant."""

    user_id: str
    username: str
    email: str
    secret: str  # what of the first message must not leave the process
    messages: tuple[str, ...]  # the visitor's and the assistant's in turn
    features: tuple[str, ...]
    suggestions: tuple[Suggestion, ...]
    ends: Literal["completed", "abandoned", ""]  # how the conversation does; "": not yet
    outage: Literal["recovered", "given up", ""]  # whether the model failed, and what the retry came to


class Operation(NamedTuple):
    """One request to a model, with the durations that it is said to have taken."""

    provider: str
    model: str
    context_gathering_ms: int
    context_compression_ms: int
    api_call_ms: int
    input_tokens: int
    output_tokens: int
    context_size_bytes: int
    has_failed: bool

    @property
    def total_ms(self) -> int:
        """Return the sum of its phases."""
        return self.context_gathering_ms + self.context_compression_ms + self.api_call_ms


class InstrumentedCall(NamedTuple):
    """A request that an instrumented client library has made, and its instrumentation a span of."""

    provider: str
    model: str
    first_chunk_ms: int
    total_ms: int
    input_tokens: int
    output_tokens: int


class Request(NamedTuple):
    """A request to a provider that is no AI operation, such as one for a picture."""

    provider: str
    duration_ms: int
    success: bool
    tokens: int


class Stream(NamedTuple):
    """An answer that is really streamed, as fast as it goes: what is said of it are counts, not times."""

    provider: str
    model: str
    is_async: bool
    chunks: int
    read: int  # fewer than there are: the visitor leaves early
    input_tokens: int
    output_tokens: int


class Checked(NamedTuple):
    """What one health check finds."""

    status: Literal["healthy", "degraded", "unhealthy"]
    response_time_ms: int
    message: str | None = None


PASSWORD: Final = "correct horse battery staple"  # noqa: S105 - planted, to be redacted

VISITORS: Final = (
    Visitor(
        user_id="user-1001",
        username="ada",
        email="ada@example.com",
        secret="4111 1111 1111 1111",  # noqa: S106 - likewise
        messages=(
            "please charge my card 4111 1111 1111 1111",
            "Done. I will write to ada@example.com.",
            "thank you",
            "You are welcome.",
        ),
        features=("chat", "chat", "proactive-suggestions", "image-generation"),
        suggestions=(
            Suggestion("invoice-by-mail", "low", "accepted", time_to_accept_ms=1_800),
            Suggestion("yearly-plan", "high", "dismissed", reason="not now, mail ada@example.com"),
        ),
        ends="completed",
        outage="recovered",
    ),
    Visitor(
        user_id="user-1002",
        username="grace",
        email="grace@example.org",
        secret="+1 415 555 2671",  # noqa: S106 - likewise
        messages=("call me at +1 415 555 2671", "I cannot call, but I can write to grace@example.org."),
        features=("chat", "proactive-suggestions", "proactive-suggestions"),
        suggestions=(
            Suggestion("calendar", "low", "accepted", time_to_accept_ms=3_000),
            Suggestion("voice-mode", "medium", ""),
        ),
        ends="abandoned",
        outage="given up",
    ),
    Visitor(
        user_id="user-1003",
        username="alan",
        email="alan@example.net",
        secret="536-22-8726",  # noqa: S106 - likewise
        messages=("my SSN is 536-22-8726, is my form complete?", "It is.", "then send it", "Sent."),
        features=("chat", "chat", "chat", "form-filling"),
        suggestions=(Suggestion("save-the-form", "low", "accepted", time_to_accept_ms=900),),
        ends="completed",
        outage="recovered",
    ),
    Visitor(
        user_id="user-1004",
        username="mary",
        email="mary@example.edu",
        secret="(212) 555-0187",  # noqa: S106 - likewise
        messages=("text (212) 555-0187 when it rains", "I will.", "and mail mary@example.edu"),
        features=("chat", "form-filling"),
        suggestions=(Suggestion("umbrella", "medium", "dismissed"), Suggestion("raincoat", "high", "")),
        ends="",
        outage="",
    ),
)

MODELS: Final = (("anthropic", "claude-sonnet"), ("openai", "gpt-mini"))
_OPERATIONS: Final = 40
_FAILED: Final = (11, 26)
_INSTRUMENTED_CALLS: Final = 12

REQUESTS: Final = (  # one a visitor
    Request("openai", 6_400, success=True, tokens=1_200),
    Request("anthropic", 350, success=True, tokens=90),
    Request("openai", 7_100, success=False, tokens=0),
    Request("openai", 5_900, success=True, tokens=1_150),
)

STREAMS: Final = (  # one a visitor
    Stream("anthropic", "claude-sonnet", is_async=False, chunks=24, read=24, input_tokens=420, output_tokens=96),
    Stream("openai", "gpt-mini", is_async=False, chunks=40, read=15, input_tokens=310, output_tokens=160),
    Stream("anthropic", "claude-sonnet", is_async=True, chunks=32, read=32, input_tokens=512, output_tokens=128),
    Stream("openai", "gpt-mini", is_async=True, chunks=18, read=18, input_tokens=275, output_tokens=72),
)

HEALTH: Final[Mapping[str, tuple[Checked, ...]]] = {
    "model-api": (
        Checked("healthy", 120),
        Checked("degraded", 900, "slow"),
        Checked("unhealthy", 2_000, "no answer for grace@example.org"),
        Checked("unhealthy", 2_000, "no answer for alan@example.net"),
        Checked("healthy", 240),
        Checked("healthy", 100),
    ),
    "vector-store": (Checked("healthy", 12), Checked("healthy", 16)),
}


def _operations(numbers: random.Random) -> Iterator[Operation]:
    for number in range(_OPERATIONS):
        provider, model = MODELS[number % 2]
        yield Operation(
            provider,
            model,
            context_gathering_ms=_between(numbers, 60, 400),
            context_compression_ms=_between(numbers, 20, 150),
            api_call_ms=_between(numbers, 900, 4_500),
            input_tokens=_between(numbers, 200, 2_000),
            output_tokens=_between(numbers, 50, 600),
            context_size_bytes=_between(numbers, 1_000, 9_000),
            has_failed=number in _FAILED,
        )


def _instrumented_calls(numbers: random.Random) -> Iterator[InstrumentedCall]:
    for number in range(_INSTRUMENTED_CALLS):
        provider, model = MODELS[number % 2]
        first_chunk_ms = _between(numbers, 700, 1_900)
        total_ms = first_chunk_ms + _between(numbers, 500, 3_000)
        tokens = _between(numbers, 200, 2_000), _between(numbers, 50, 600)
        yield InstrumentedCall(provider, model, first_chunk_ms, total_ms, *tokens)


def _between(numbers: random.Random, lowest: int, highest: int) -> int:
    """Draw a whole number; of the generator only random() is the same in all versions of Python."""
    return lowest + int(numbers.random() * (highest - lowest + 1))


_numbers = random.Random(SEED)  # noqa: S311 - numbers that repeat are what is wanted
OPERATIONS: Final = tuple(_operations(_numbers))
INSTRUMENTED_CALLS: Final = tuple(_instrumented_calls(_numbers))

# What must not be found in the file. The user names are kept: the specification's own example says so.
PLANTED: Final = (
    PASSWORD,
    *(text for visitor in VISITORS for text in (visitor.user_id, visitor.email, visitor.secret)),
)
