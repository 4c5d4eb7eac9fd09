"""Cutting: a record comes out smaller, valid, and with everything but its longest texts as it was."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.logs.v1.logs_pb2 import ScopeLogs
from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.trace import Link, SpanContext, Status, StatusCode, TraceFlags

from clippy_otel.otlp.cutting import SHORTEST_BYTES, cut_record
from clippy_otel.otlp.encode import encode_log_record
from clippy_otel.otlp.spans import encode_span

CONTEXT = SpanContext(0xABC, 0xDEF, is_remote=True, trace_flags=TraceFlags(1))


def log(attributes: dict[str, Any], body: Any = None, **fields: Any) -> bytes:
    """Return an encoded log record."""
    return encode_log_record(
        time_unix_nano=1,
        observed_time_unix_nano=2,
        attributes=attributes,
        body=body,
        severity_number=9,
        trace_id=0xABC,
        span_id=0xDEF,
        trace_flags=1,
        **fields,
    )


def parsed(record: bytes) -> Any:
    """Return a log record as OpenTelemetry's own protobuf reads it."""
    return ScopeLogs.FromString(record).log_records[0]


def attributes_of(record: Any) -> dict[str, str]:
    """Return the texts among a record's attributes."""
    return {each.key: each.value.string_value for each in record.attributes}


def test_the_longest_texts_are_cut_and_the_rest_stays() -> None:
    """What is short loses nothing while something long is there to lose."""
    record = log({"long": "x" * 5000, "longer": "y" * 9000, "short": "z" * 100, "number": 1.5}, event_name="name")
    cut = cut_record("logs", record, 4000)
    assert cut is not None
    assert 3900 < len(cut) <= 4000
    after, before = parsed(cut), parsed(record)
    texts = attributes_of(after)
    assert texts["short"] == "z" * 100
    for key, letter in (("long", "x"), ("longer", "y")):
        assert texts[key].endswith(letter + "[TRUNCATED]")
        assert set(texts[key].removesuffix("[TRUNCATED]")) == {letter}
    assert abs(len(texts["long"]) - len(texts["longer"])) <= 1
    for field in ("time_unix_nano", "observed_time_unix_nano", "severity_number", "trace_id", "span_id", "flags"):
        assert getattr(after, field) == getattr(before, field)
    assert after.event_name == "name"


def test_texts_are_found_at_any_depth() -> None:
    """Bodies, lists, mappings, bytes; keys are never cut."""
    record = log({"k" * 500: [{"a": "x" * 3000}, b"b" * 3000]}, body={"deep": ["y" * 3000]})
    cut = cut_record("logs", record, 1500)
    assert cut is not None
    assert len(cut) <= 1500
    (attribute,) = parsed(cut).attributes
    assert attribute.key == "k" * 500
    mapping, data = attribute.value.array_value.values
    assert mapping.kvlist_value.values[0].value.string_value.endswith("x[TRUNCATED]")
    assert set(data.bytes_value) == {ord("b")}
    assert parsed(cut).body.kvlist_value.values[0].value.array_value.values[0].string_value.endswith("y[TRUNCATED]")


def test_spans_are_cut_wherever_they_hold_texts() -> None:
    """Name, attributes, events, links and status; ids, times, kind and trace state stay."""
    span = ReadableSpan(
        "n" * 3000,
        CONTEXT,
        attributes={"a": "x" * 3000},
        events=[Event("e" * 3000, {"b": "y" * 3000}, 5)],
        links=[Link(CONTEXT, {"c": "z" * 3000})],
        status=Status(StatusCode.ERROR, "s" * 3000),
        start_time=1,
        end_time=2,
    )
    record = encode_span(span)
    cut = cut_record("spans", record, 3000)
    assert cut is not None
    assert len(cut) <= 3000
    before, after = (ScopeSpans.FromString(each).spans[0] for each in (record, cut))
    texts = (
        after.name,
        after.attributes[0].value.string_value,
        after.events[0].name,
        after.events[0].attributes[0].value.string_value,
        after.links[0].attributes[0].value.string_value,
        after.status.message,
    )
    assert all(text.endswith("[TRUNCATED]") for text in texts)
    assert len(set(map(len, texts))) <= 2
    for field in ("trace_id", "span_id", "start_time_unix_nano", "end_time_unix_nano", "kind", "flags"):
        assert getattr(after, field) == getattr(before, field)
    assert after.links[0].trace_id == before.links[0].trace_id
    assert after.status.code == before.status.code


def test_what_holds_nothing_to_cut_is_none() -> None:
    """Short texts, ids among them, stay whole: such a record cannot be made smaller."""
    assert cut_record("logs", log({f"k{number}": "x" * SHORTEST_BYTES for number in range(500)}), 1000) is None
    assert cut_record("metrics", b"\x12\x00", 1) is None


def test_cutting_ends() -> None:
    """Cut again and again it gets smaller each time, with one mark a text, until nothing is left to cut."""
    record: bytes | None = log({"a": "ä" * 4000, "b": "b" * 500})
    sizes: list[int] = []
    last = b""
    while record is not None:
        sizes.append(len(record))
        last = record
        record = cut_record("logs", record, 0)
        assert len(sizes) < 20
    assert sizes == sorted(set(sizes), reverse=True)
    assert last.count(b"[TRUNCATED]") == 2


@given(st.lists(st.text(max_size=400), max_size=8), st.integers(0, 2000))
def test_a_cut_record_is_valid_and_no_larger(texts: list[str], most: int) -> None:
    """Whatever the texts, on a character's boundary; and as small as was asked for, where that can be had."""
    record = log({f"k{number}": text for number, text in enumerate(texts)})
    cut = cut_record("logs", record, most)
    if cut is None:
        return
    assert len(cut) <= len(record)
    found = attributes_of(parsed(cut))
    originals = attributes_of(parsed(record))
    assert found.keys() == originals.keys()
    for key, text in found.items():
        assert text == originals[key] or originals[key].startswith(text.removesuffix("[TRUNCATED]"))
    if len(cut) > most:
        assert all(len(text.encode()) <= SHORTEST_BYTES for text in found.values())


@given(st.binary(max_size=200))
def test_bytes_that_are_no_record_raise_a_value_error(data: bytes) -> None:
    """And nothing else."""
    try:
        cut_record("logs", data, 10)
    except ValueError:
        return


def test_a_record_with_a_text_that_is_not_utf8_is_a_value_error() -> None:
    """It was not made by this package."""
    bad = b"\x1a\xc8\x01" + b"\xff" * 200
    with pytest.raises(ValueError, match="utf-8"):
        cut_record("logs", b"\x12\xcb\x01" + bad, 100)
