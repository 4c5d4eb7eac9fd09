"""Baggage on its way out of the process: what is listed leaves, redacted, and nothing else does.

OpenTelemetry's own propagator puts all baggage into the headers of each request that an instrumented client makes, to
whomever it goes. `set_global_textmap(RedactingBaggagePropagator(get_global_textmap(), keys=["tenant"]))` stands before
whatever is in force; `OTEL_PROPAGATORS=tracecontext,clippy_baggage` has it by name.

Guarantee: fails closed (where redaction raises, no baggage leaves); the application's context is never changed. Cost:
0.3 us a request without baggage, and some 8 us for each entry that leaves.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import baggage
from opentelemetry.baggage.propagation import W3CBaggagePropagator
from opentelemetry.context import get_current
from opentelemetry.propagators.textmap import TextMapPropagator, default_getter, default_setter

from clippy_otel import _guard
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.otlp import plain

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.propagators.textmap import CarrierT, Getter, Setter

    from clippy_otel.privacy.redactor import Redactor

# W3C's for one header. Other forms of baggage know none.
MAX_ENTRIES: Final = 180
MAX_CHARS: Final = 8192


class RedactingBaggagePropagator(TextMapPropagator):
    """Let only listed baggage out, redacted; trace context and all else goes as it goes.

    What comes in is passed through, up to 180 entries of 8,192 characters together.

    Args:
        next: What writes and reads the headers: a composite one is fine. None: OpenTelemetry's for W3C baggage.
        keys: The keys that may leave, exactly; None: the setting `baggage_keys` of the process's telemetry, of which
            there are none before configure() or attach().
        redactor: With which the values are redacted, each as what stands under its key; None: that of the process's
            telemetry, so that a user's id becomes the same pseudonym as everywhere.

    Raises:
        ConfigurationError: One of these is of another form.
    """

    def __init__(
        self,
        next: TextMapPropagator | None = None,  # noqa: A002 - as in the processors
        *,
        keys: Iterable[str] | None = None,
        redactor: Redactor | None = None,
    ) -> None:
        self._next = _checked_next(next)
        self._keys = None if keys is None else _checked_keys(keys)
        self._redactor = _checked_redactor(redactor)

    def inject(
        self, carrier: CarrierT, context: Context | None = None, setter: Setter[CarrierT] = default_setter
    ) -> None:
        """Write the headers of a request, of baggage what may leave."""
        self._next.inject(carrier, self._outgoing(get_current() if context is None else context), setter)

    def extract(
        self, carrier: CarrierT, context: Context | None = None, getter: Getter[CarrierT] = default_getter
    ) -> Context:
        """Read the headers of a request."""
        found = self._next.extract(carrier, context, getter)
        with _guard.host_safe("baggage"):
            return _bounded(found)
        return baggage.clear(found)

    @property
    def fields(self) -> set[str]:
        """The headers that inject() may write."""
        return self._next.fields

    def _outgoing(self, context: Context) -> Context:
        """Return a context with what may leave of its baggage."""
        entries = baggage.get_all(context)
        if not entries:
            return context
        outgoing = baggage.clear(context)
        shown: dict[str, str] = {}
        with _guard.host_safe("baggage"):
            keys, redactor = self._in_force()
            for key in keys & entries.keys():
                shown[key] = _text(entries[key]) if redactor is None else _text(redactor.redact(entries[key], key=key))
            for key, value in shown.items():
                outgoing = baggage.set_baggage(key, value, outgoing)
        return outgoing

    def _in_force(self) -> tuple[frozenset[str], Redactor | None]:
        if self._keys is not None and self._redactor is not None:
            return self._keys, self._redactor
        from clippy_otel.telemetry import get_telemetry  # noqa: PLC0415 - OpenTelemetry loads propagators at its import

        recorder = get_telemetry().collector.recorder
        keys = frozenset(recorder.config.baggage_keys) if self._keys is None else self._keys
        return keys, self._redactor or recorder.redactor


def _text(value: object) -> str:
    return value if type(value) is str else plain.text(value)


def _bounded(context: Context) -> Context:
    """Return a context with no more baggage than the limits allow: the first entries."""
    entries = baggage.get_all(context)
    if len(entries) <= MAX_ENTRIES and sum(map(_chars, entries.items())) <= MAX_CHARS:
        return context
    bounded, left = baggage.clear(context), MAX_CHARS
    for entry in list(entries.items())[:MAX_ENTRIES]:
        left -= _chars(entry)
        if left >= 0:
            bounded = baggage.set_baggage(*entry, bounded)
    return bounded


def _chars(entry: tuple[str, object]) -> int:
    return len(entry[0]) + len(_text(entry[1]))


def _checked_next(propagator: Any) -> TextMapPropagator:
    if propagator is None:
        return W3CBaggagePropagator()
    if not isinstance(propagator, TextMapPropagator):
        raise ConfigurationError(f"next: a TextMapPropagator is needed, not {propagator!r:.80}")
    return propagator


def _checked_keys(keys: Any) -> frozenset[str]:
    if isinstance(keys, (str, bytes)) or not isinstance(keys, Iterable):
        raise ConfigurationError("keys: a sequence of baggage keys is allowed, not one text")
    found = frozenset(keys)
    if not all(isinstance(key, str) and key for key in found):
        raise ConfigurationError("keys: each is a text with something in it")
    return found


def _checked_redactor(redactor: Any) -> Redactor | None:
    if redactor is None:
        return None
    from clippy_otel.privacy.redactor import Redactor  # noqa: PLC0415 - for who gives one

    if not isinstance(redactor, Redactor):
        raise ConfigurationError(f"redactor: a Redactor is needed, not {redactor!r:.80}")
    return redactor
