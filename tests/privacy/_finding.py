"""What tests of finders share: a text without what one finds, its gate, and how its time grows."""

from __future__ import annotations

import time

from hypothesis import strategies as st

from clippy_otel.privacy.recogniser import Finder, ascii_of, keywords_of, shape_of_numbers, shape_of_words, words_in

# What stands around a value: other scripts, punctuation, quotes, brackets, line breaks, escapes.
BEFORE = st.sampled_from(
    ["", " ", "は", "。", "\n", ": ", "(", "é", ", ", '"', "'", "=", "\x00", "😀", "\\n", '\\"', "%3D", "[", "<"]
)
AFTER = st.sampled_from(
    ["", " ", "は", "。", "\n", ")", "é", ", ", '"', "'", "\x00", "😀", "\\n", '\\"', "&x=1", "]", ">"]
)


def without(finder: Finder, text: str) -> str:
    """Return a text with "#" in place of what a finder finds, and check that its places are in order and apart."""
    parts: list[str] = []
    position = 0
    for start, end in finder.find(text):
        assert position <= start < end <= len(text)
        parts += text[position:start], "#"
        position = end
    return "".join(parts) + text[position:]


def is_open(finder: Finder, text: str) -> bool:
    """Say whether a finder's gate is open for a text."""
    data = ascii_of(text)
    shapes = shape_of_numbers(data), shape_of_words(data)
    if not any(needle in shape for needle in (*finder.needles, *finder.words) for shape in shapes):
        return False
    keywords = keywords_of(finder)
    can_hide_words = "\\" in text or "%" in text or not text.isascii()
    return not keywords or can_hide_words or not keywords.isdisjoint(words_in(data))


def seconds(finder: Finder, text: str) -> float:
    """Return the processor time of one search, the least of several."""
    best = 60.0
    for _ in range(5):
        start = time.process_time()
        finder.find(text)
        best = min(best, time.process_time() - start)
    return best


def assert_linear(finder: Finder, pattern: str) -> None:
    """Check that eight times the hostile text takes some eight times as long; quadratic time would be 64 times."""
    small = (pattern * 5000)[:5000]
    assert seconds(finder, small * 8) < 30 * max(seconds(finder, small), 20e-6), pattern
