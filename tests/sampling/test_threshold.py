"""One threshold function: subsets, agreement with OpenTelemetry's rule, and the randomness of ids."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clippy_otel.sampling import threshold

rates = st.floats(min_value=0, max_value=1)
randomness = st.integers(min_value=0, max_value=threshold.RANDOMNESS_RANGE - 1)


@given(rates, rates, randomness)
def test_a_smaller_rate_keeps_a_subset(one: float, other: float, value: int) -> None:
    """Whatever the smaller of two rates keeps, the larger one keeps too."""
    small, large = sorted((one, other))
    if value >= threshold.rejection_threshold(small):
        assert value >= threshold.rejection_threshold(large)


@given(randomness)
def test_the_ends_are_all_and_nothing(value: int) -> None:
    """A rate of 1 keeps every value of the randomness, a rate of 0 none."""
    assert value >= threshold.rejection_threshold(1.0)
    assert value < threshold.rejection_threshold(0.0)


@given(rates)
def test_the_share_kept_is_the_rate(rate: float) -> None:
    """The kept part of the range is the rate, to within what 56 bits and a float can say."""
    kept = threshold.RANDOMNESS_RANGE - threshold.rejection_threshold(rate)
    assert abs(kept / threshold.RANDOMNESS_RANGE - rate) < 1e-15


@given(st.integers(min_value=1, max_value=(1 << 128) - 1))
def test_a_traces_randomness_is_the_low_56_bits_of_its_id(trace_id: int) -> None:
    """Without an explicit value the trace id is the source, as the W3C's random flag promises."""
    assert threshold.of_trace(trace_id) == int(f"{trace_id:032x}"[-14:], 16)
    assert threshold.of_trace(trace_id, "th:8") == threshold.of_trace(trace_id)


@given(st.integers(min_value=1, max_value=(1 << 128) - 1), randomness)
def test_an_explicit_randomness_wins_over_the_trace_id(trace_id: int, value: int) -> None:
    """`rv` in the trace state's `ot` entry is what everybody in the trace decides by."""
    assert threshold.of_trace(trace_id, f"th:8;rv:{value:014x}") == value


@given(st.text(max_size=40))
def test_a_malformed_trace_state_is_as_good_as_none(text: str) -> None:
    """Whatever stands in the `ot` entry, a number in range comes out."""
    assert 0 <= threshold.of_trace(5, f"rv:{text}") < threshold.RANDOMNESS_RANGE


@given(st.text(max_size=40))
def test_a_texts_randomness_is_stable_and_in_range(text: str) -> None:
    """The same session id gives the same number, lone surrogates included."""
    assert threshold.of_text(text) == threshold.of_text(text)
    assert 0 <= threshold.of_text(text + "\ud800") < threshold.RANDOMNESS_RANGE


def test_texts_spread_evenly() -> None:
    """Of 20,000 ids a tenth falls under a threshold of a tenth, within five standard deviations."""
    limit = threshold.rejection_threshold(0.1)
    kept = sum(threshold.of_text(f"session-{number}") >= limit for number in range(20_000))
    assert abs(kept - 2000) < 5 * (20_000 * 0.1 * 0.9) ** 0.5


@given(rates)
def test_a_threshold_is_read_as_it_was_written(rate: float) -> None:
    """In as few digits as it takes, and what else stands there is kept."""
    rejection = threshold.rejection_threshold(rate)
    if rejection == threshold.RANDOMNESS_RANGE:
        return  # keeps nothing that could say so
    written = threshold.with_th("rv:00000000000001;th:8;x:y", rejection)
    assert threshold.of_th(written) == rejection
    assert written.split(";")[1:] == ["rv:00000000000001", "x:y"]
    assert threshold.with_th(None, 0) == "th:0"
    assert threshold.with_th(None, 1 << 55) == "th:8"


@given(st.text(max_size=20))
def test_a_malformed_threshold_is_none(text: str) -> None:
    """Or a number in range."""
    found = threshold.of_th(f"th:{text}")
    assert found is None or 0 <= found < threshold.RANDOMNESS_RANGE
    assert threshold.of_th("rv:00000000000001") is None


@given(st.integers(min_value=0, max_value=(1 << 128) - 1))
def test_the_randomness_of_an_event_is_in_range(number: int) -> None:
    """Whatever its number, and the same every time."""
    assert 0 <= threshold.of_number(number) < threshold.RANDOMNESS_RANGE
    assert threshold.of_number(number) == threshold.of_number(number)
