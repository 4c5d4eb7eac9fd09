"""What of baggage leaves the process: that is up to OpenTelemetry's global propagator, which nobody here replaces."""

from __future__ import annotations

from typing import Final

from clippy_otel import _guard

_KEY: Final = "clippy_otel.probe"
_VALUE: Final = "probing"  # letters only, so that no form of headers writes it otherwise


def unredacted_baggage() -> tuple[str, ...]:
    """Return why baggage leaves as it is, a sentence each; () where it does not. Asks with an entry of its own."""
    from opentelemetry import baggage, propagate  # noqa: PLC0415 - loads what entry points name
    from opentelemetry.context import Context  # noqa: PLC0415 - likewise

    headers: dict[str, str] = {}
    with _guard.host_safe("propagator"):  # somebody's own
        propagate.inject(headers, baggage.set_baggage(_KEY, _VALUE, Context()))
    return tuple(
        f"{name}: all baggage leaves in this header of outgoing requests, as it is; see RedactingBaggagePropagator"
        for name, value in headers.items()
        if _VALUE in value
    )
