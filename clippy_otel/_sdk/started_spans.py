"""Tracers, and the spans that they have just started, which nobody else holds yet."""

from __future__ import annotations

from collections.abc import Sized
from operator import attrgetter
from typing import Any, Final

# When a span started, how many attributes it takes at most (None: any number), and the dict that holds them.
started_span_fields: Final = attrgetter("_start_time", "_attributes.maxlen", "_attributes._dict")


def stamp(span: Any, key: str, value: str) -> bool:
    """Put a clean text attribute on a span that nobody else holds yet; False where that takes set_attribute().

    What that does, at a fifth of its time. One that the span has stays.
    """
    try:
        _, most, values = started_span_fields(span)
    except AttributeError:  # not the SDK's, or one that records nothing
        return False
    if key not in values and (most is None or len(values) < most):
        values[key] = value
    return True


def put_first(span: Any, attributes: dict[str, Any]) -> None:
    """Give clean attributes to a span that nobody else holds yet, before those that it has, which stay."""
    held = span._attributes
    held._dict = {**attributes, **held._dict} if held._dict else attributes


def has_room(span: Any, key: str) -> bool:
    """Return whether a span takes an attribute that changes none and takes the place of none that it has."""
    attributes = span._attributes
    values = attributes._dict
    return key not in values and (attributes.maxlen is None or len(values) < attributes.maxlen)


def takes_whole(tracer: Any, attributes: Sized) -> bool:
    """Return whether spans of a tracer take so many attributes and one more, and texts of any length."""
    limits = tracer._span_limits
    most = limits.max_span_attributes
    return (most is None or len(attributes) < most) and limits.max_span_attribute_length is None


def put_in_place(provider: Any, tracer: Any, kind: type) -> Any:
    """Return a tracer of another class, which has no state of its own, that a provider keeps in place of the given one.

    Made anew: an object that is given another class is slower to read.
    """
    scope = tracer._instrumentation_scope
    with provider._tracers_lock:
        kept = provider._tracers.get(scope)
        if type(kept) is not kind:
            kept = object.__new__(kind)
            for name, value in vars(tracer).items():
                setattr(kept, name, value)
            provider._tracers[scope] = kept
    return kept
