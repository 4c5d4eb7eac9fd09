"""A template encodes what the encoder does, of any length."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clippy_otel.otlp.encode import encode_log_attribute
from clippy_otel.otlp.template import TextTemplate

TEMPLATE = TextTemplate("log.record.uid", 32)


@given(st.text(alphabet="0123456789abcdef", min_size=32, max_size=32) | st.text(min_size=30, max_size=34))
def test_a_template_is_the_encoder(text: str) -> None:
    """Texts of the template's length, of another one and of more than one byte a character come out the same."""
    assert TEMPLATE.encode(text) == encode_log_attribute("log.record.uid", text)
