"""What an ended span says of its sampling, where that was decided when it ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from opentelemetry.trace import SpanContext, TraceFlags, TraceState

from clippy_otel import semconv
from clippy_otel._sdk import attributes as sdk_attributes
from clippy_otel._sdk import ended_spans as sdk_ended_spans
from clippy_otel.sampling import threshold

if TYPE_CHECKING:
    from clippy_otel.sampling.strategies import Sampling


def as_sampled(span: Any) -> Any:
    """Return an ended span as one that is exported, beside the sample: with the sampled bit and a weight of 0.

    The fresh object that the SDK has made for its processors is changed; anything else is copied.
    """
    context = span.context
    flags = TraceFlags(context.trace_flags | TraceFlags.SAMPLED)
    sampled = SpanContext(context.trace_id, context.span_id, context.is_remote, flags, context.trace_state)
    return sdk_ended_spans.with_changes(span, {"context": sampled, "attributes": _weighed(span, 0.0)})


def as_kept(span: Any, sampling: Sampling) -> Any:
    """Return an ended span as one that was kept by probability, with its weight; else the same one. Changed likewise.

    Where whatever stands before goes by the same rule, the threshold stands in the trace state too.
    """
    context = span.context
    ot = context.trace_state.get(threshold.OT)
    weight = sampling.trace_weight(ot)
    if weight is None:
        return span
    changes: dict[str, Any] = {"attributes": _weighed(span, weight)}
    if sampling.agrees:
        rejection = max(sampling.base.rejection, threshold.of_th(ot or "") or 0)
        others = [(key, value) for key, value in context.trace_state.items() if key != threshold.OT]
        state = TraceState([(threshold.OT, threshold.with_th(ot, rejection)), *others])
        changes["context"] = SpanContext(
            context.trace_id, context.span_id, context.is_remote, context.trace_flags, state
        )
    return sdk_ended_spans.with_changes(span, changes)


def _weighed(span: Any, weight: float) -> Mapping[str, Any]:
    return {**sdk_attributes.attributes_of(span.attributes), semconv.SAMPLING_WEIGHT: weight}
