"""A program with Langfuse's SDK and this package in one process: python _beside_langfuse.py ORDER URL.

ORDER says who is set up first: "langfuse", "attach" (before there is any provider, and again), "application" (whose
provider both join, Langfuse last), or "alone" (this package is not used). URL is where Langfuse sends.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from langfuse import Langfuse
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

import clippy_otel
from tests.integrations._programs import CARD, EMAIL, PASSWORD, hooks_in, stay_at_home


def set_up(order: str, url: str) -> Langfuse:
    """Set both up, in an order."""
    if order == "application":
        trace.set_tracer_provider(TracerProvider())
    if order in ("attach", "application"):
        clippy_otel.attach()
    langfuse = Langfuse(public_key="pk-lf-1234", secret_key="sk-lf-1234", base_url=url)
    if order in ("langfuse", "attach"):
        clippy_otel.attach()
    return langfuse


def work(langfuse: Langfuse) -> dict[str, Any]:
    """Record personal data wherever a span can hold it; return the live span's attributes."""
    name = f"answer {EMAIL.format('name')}"
    with langfuse.start_as_current_observation(name=name, as_type="generation", model="m") as generation:
        generation.update(
            input=[{"role": "user", "content": f"I am {EMAIL.format('input')}, card {CARD}"}],
            output={"text": f"hello {EMAIL.format('output')}"},
            usage_details={"input": 7, "output": 9},
            metadata={"password": PASSWORD, "who": EMAIL.format("metadata")},
        )
        live = trace.get_current_span()
        live.add_event("said", {"to": EMAIL.format("event")})
        live.record_exception(ValueError(EMAIL.format("exception")))
        return dict(getattr(live, "attributes", {}))


def main(order: str, url: str) -> None:
    """Work, have Langfuse send it, leave, and say what it was like."""
    tried = stay_at_home()
    langfuse = set_up(order, url)
    live = work(langfuse)
    langfuse.flush()
    telemetry = clippy_otel.get_telemetry()
    coverage = telemetry.coverage().spans
    telemetry.shutdown()
    hooks = hooks_in(spans=trace.get_tracer_provider())
    work(langfuse)
    langfuse.shutdown()
    said = {"live": live, "redacted": coverage.redacted, "reasons": coverage.reasons, "hooks": hooks, "tried": tried}
    json.dump(said, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
