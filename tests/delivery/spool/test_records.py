"""The format: what is written comes back the same, and what is damaged does not come back."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clippy_otel.delivery.spool.records import (
    DONE,
    ENVELOPE,
    HEADER_BYTES,
    LIFECYCLE,
    MAGIC,
    READY,
    RECORD,
    STATE_AT,
    VOID,
    Damage,
    Header,
    header_at,
    is_done,
    next_whole,
    pack,
    pack_envelope,
    scan,
    unpack_envelope,
    voided,
)
from clippy_otel.ports import Envelope

SEED = 0x1234ABCD


def record(data: bytes, meta: bytes = b"", *, signal: int = 0, records: int = 1, seed: int = SEED) -> bytes:
    """Return a record."""
    return pack((RECORD, signal, len(data), len(meta), 5, records, 2, 77), meta, data, seed)


def test_a_record_comes_back_as_it_was() -> None:
    """Every field of the header, what stands before the bytes, and the bytes."""
    buffer = b"before" + record(b"data", b"12345678", signal=1 | LIFECYCLE, records=3)
    header = header_at(buffer, 6, SEED)
    assert header == Header(6, READY, 0, RECORD, 1 | LIFECYCLE, 4, 8, 5, 3, 2, 77)
    assert header.signal == 1
    assert (header.meta(buffer), header.data(buffer)) == (b"12345678", b"data")
    assert header.end == len(buffer)


def test_an_envelope_comes_back_as_it_was() -> None:
    """Its parts, empty ones too, and texts beyond ASCII."""
    for envelope in (Envelope("spans", b"r", b"", "ü", ""), Envelope("metrics", b"", b"s", "", "https://x")):
        buffer = pack_envelope(envelope, 9, 1, SEED)
        header = header_at(buffer, 0, SEED)
        assert header is not None
        assert (header.kind, header.envelope) == (ENVELOPE, 9)
        assert unpack_envelope(header, buffer) == envelope


def test_bytes_that_an_application_records_are_never_taken_for_a_record() -> None:
    """A whole record of another stream inside of a record's bytes is not found, even where the outer one is damaged."""
    inner = record(b"forged", seed=SEED + 1)
    buffer = bytearray(record(b"payload" + inner + inner) + record(b"next"))
    assert len(list(scan(bytes(buffer), SEED))) == 2
    buffer[HEADER_BYTES] ^= 1
    damage, following = scan(bytes(buffer), SEED)
    assert isinstance(damage, Damage)
    assert isinstance(following, Header)
    assert following.data(bytes(buffer)) == b"next"


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=12), st.data())
@settings(deadline=None, max_examples=200)
def test_a_flipped_byte_costs_the_record_that_it_is_in_and_no_other(payloads: list[bytes], data: st.DataObject) -> None:
    """Whatever byte it is and whatever it becomes: all others come back. How many are damaged is an estimate.

    Where it is the length, what follows may seem to be one more; the books do not count more than are missing.
    """
    whole = [record(payload) for payload in payloads]
    buffer = bytearray(b"".join(whole))
    at = data.draw(st.integers(0, len(buffer) - 1))
    buffer[at] ^= data.draw(st.integers(1, 255))
    ends = [sum(map(len, whole[: number + 1])) for number in range(len(whole))]
    hit = next(number for number, end in enumerate(ends) if at < end)
    within = at - (ends[hit] - len(whole[hit]))
    parts = list(scan(bytes(buffer), SEED))
    found = [part.data(bytes(buffer)) for part in parts if isinstance(part, Header)]
    if within in (STATE_AT, STATE_AT + 1):  # what changes in place
        assert found == payloads
    else:
        assert found == payloads[:hit] + payloads[hit + 1 :]
        (damage,) = (part for part in parts if isinstance(part, Damage))
        assert 1 <= sum(damage.records) <= 2


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=8), st.integers(0, 400))
@settings(deadline=None, max_examples=100)
def test_a_torn_tail_costs_what_is_torn(payloads: list[bytes], cut: int) -> None:
    """However many bytes are missing at the end, what lies whole before them comes back."""
    whole = [record(payload) for payload in payloads]
    buffer = b"".join(whole)
    buffer = buffer[: max(len(buffer) - cut, 0)]
    found = [part.data(buffer) for part in scan(buffer, SEED) if isinstance(part, Header)]
    count = next((n for n in range(len(whole), 0, -1) if len(b"".join(whole[:n])) <= len(buffer)), 0)
    assert found == payloads[:count]


def test_many_damaged_places_are_all_passed_by() -> None:
    """20 flipped bytes in 1,000 records: every undamaged record comes back, none comes back wrong."""
    rng = random.Random(7)
    payloads = [rng.randbytes(rng.randrange(300)) for _ in range(1000)]
    buffer = bytearray(b"".join(map(record, payloads)))
    for _ in range(20):
        buffer[rng.randrange(len(buffer))] ^= rng.randrange(1, 256)
    parts = list(scan(bytes(buffer), SEED))
    found = [part.data(bytes(buffer)) for part in parts if isinstance(part, Header)]
    damaged = sum(sum(part.records) for part in parts if isinstance(part, Damage))
    assert 980 <= len(found) < 1000
    assert len(found) + damaged == 1000
    assert set(found) <= set(payloads)


def test_zeros_are_no_damage() -> None:
    """A place that was reserved and never written to costs nothing and is not counted."""
    buffer = record(b"a") + bytes(100) + record(b"b") + bytes(50)
    assert [part.data(buffer) for part in scan(buffer, SEED) if isinstance(part, Header)] == [b"a", b"b"]
    assert not [part for part in scan(buffer, SEED) if isinstance(part, Damage)]


def test_a_magic_number_without_a_record_is_passed_by() -> None:
    """Also at the very end, and where there is none."""
    assert next_whole(b"x" + MAGIC + record(b"a"), 0, SEED) == 5
    assert next_whole(MAGIC * 3, 0, SEED) == 12
    assert header_at(MAGIC, 0, SEED) is None


@pytest.mark.parametrize("bit", range(8))
def test_one_flipped_bit_changes_no_state(bit: int) -> None:
    """A settled record stays settled, a ready one ready."""
    assert is_done(DONE ^ (1 << bit))
    assert not is_done(READY ^ (1 << bit))


def test_an_erased_record_keeps_its_place_and_nothing_else() -> None:
    """As long as before, whole, settled; no byte of what it was, and not whom it was about."""
    buffer = record(b"canary", b"SUBJECT1", records=4)
    header = header_at(buffer, 0, SEED)
    assert header is not None
    after = voided(header, SEED)
    assert len(after) == len(buffer)
    assert b"canary" not in after
    assert b"SUBJECT1" not in after
    erased = header_at(after, 0, SEED)
    assert erased is not None
    assert (erased.kind, erased.state, erased.purposes, erased.records) == (VOID, DONE, 0, 4)
