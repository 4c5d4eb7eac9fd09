"""docs/specification.md: it follows the specification, and each of its examples does what it says on a real wire."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests._collector import Collector
from tests.docs._pages import DOCS, assert_example, examples, is_part, missing, run

PAGE: Final = DOCS / "specification.md"
EXAMPLES: Final = {example.name: example for example in examples(PAGE)}


class Section(NamedTuple):
    """A heading of the specification, and what stands under it there."""

    heading: str
    code_blocks: int = 0
    bullets: int = 0  # of a list, or of a block that is one: rows of a table here


OUTLINE: Final = (
    Section("Overview", bullets=5),
    Section("Key Features", bullets=5),
    Section("Architecture"),
    Section("Components"),
    Section("1. TelemetryCollector", 1, 5),
    Section("2. PerformanceMetrics", 1, 5),
    Section("3. UsageAnalytics", 1, 5),
    Section("4. ErrorTracking", 1, 5),
    Section("5. HealthCheck", 1, 5),
    Section("Quick Start"),
    Section("Installation", 1),
    Section("Basic Setup", 1),
    Section("Configuration"),
    Section("TelemetryCollector Configuration", 1, 13),
    Section("Performance Targets", bullets=5),
    Section("Privacy Configuration", 1),
    Section("Integration Guide"),
    Section("React Integration", 1),
    Section("AI System Integration", 1),
    Section("Server-Side Integration", 1),
    Section("Privacy & GDPR Compliance"),
    Section("PII Redaction", 1),
    Section("PII Pattern Detection", bullets=4),
    Section("Opt-In/Opt-Out Support", 1),
    Section("Data Retention", 1),
    Section("GDPR Rights", 1),
    Section("Performance Considerations"),
    Section("Overhead Measurement", 1),
    Section("Memory Management", 1),
    Section("Sampling for High-Volume Events", 1),
    Section("Best Practices"),
    Section("1. Initialize Early", 1),
    Section("2. Use Structured Events", 1),
    Section("3. Add Context to Errors", 1),
    Section("4. Monitor Health Proactively", 1),
    Section("5. Clean Up Resources", 1),
    Section("Troubleshooting"),
    Section("Events Not Being Sent", 3),
    Section("High Memory Usage", 3),
    Section("Performance Impact", 1),
    Section("Transport Failures", 2),
    Section("Debug Mode", 1),
    Section("API Reference"),
    Section("Examples", bullets=5),
)
WITHOUT_EXAMPLE: Final = {"React Integration", "GDPR Rights"}
TEXTS: Final = dict(re.findall(r"^##+ ([^\n]*)\n(.*?)(?=^##|\Z)", PAGE.read_text(), re.DOTALL | re.MULTILINE))


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_example_does_what_it_says(name: str, collector: Collector, tmp_path: Path) -> None:
    """It runs, and what is said of the wire is in what the Collector wrote."""
    assert_example(EXAMPLES[name], collector, tmp_path)


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_example_shows_something(name: str) -> None:
    """Either the wire or an assertion says what comes of it."""
    example = EXAMPLES[name]
    assert example.wire or "assert" in example.code


def test_the_page_follows_the_specification() -> None:
    """Its headings are the specification's, in their order."""
    assert [*TEXTS] == [section.heading for section in OUTLINE]


@pytest.mark.parametrize("section", OUTLINE, ids=lambda section: section.heading)
def test_nothing_of_the_specification_is_left_out(section: Section) -> None:
    """Under each heading there is an example for each code block, or it says what is missing; and a row a bullet."""
    text = TEXTS[section.heading]
    if section.heading in WITHOUT_EXAMPLE:
        assert "Not available yet" in text
        assert "```python" not in text
    else:
        assert text.count("```python\n") >= section.code_blocks
    assert len(re.findall(r"^\| (?!the specification)", text, re.MULTILINE)) >= section.bullets


def test_the_head_of_the_page_counts_right() -> None:
    """It says how many code blocks the specification has, how many are translated, and by how many examples."""
    blocks = sum(section.code_blocks for section in OUTLINE)
    translated = sum(section.code_blocks for section in OUTLINE if section.heading not in WITHOUT_EXAMPLE)
    head = " ".join(PAGE.read_text().split("\n## ")[0].split())
    said = re.search(r"has (\d+) code blocks; (\d+) of them are translated here, by (\d+) Python examples", head)
    assert said is not None
    assert tuple(map(int, said.groups())) == (blocks, translated, len(EXAMPLES))
    assert len(EXAMPLES) >= translated


def test_secrets_are_looked_for(tmp_path: Path) -> None:
    """The control: without redaction they are found in what the example sends."""
    (example,) = [example for example in EXAMPLES.values() if '"order 4111-0000-2222' in example.code]
    assert len(example.secrets) == 4
    console = {"CLIPPY_OTEL_TRANSPORT": "console"}
    shown = run(example, tmp_path, **console).stdout
    assert [secret for secret in example.secrets if secret in shown] == []
    shown = run(example, tmp_path, **console, CLIPPY_OTEL_REDACT_PII="false").stdout
    assert [secret for secret in example.secrets if secret not in shown] == []


@pytest.mark.parametrize(
    "part, whole, is_one",
    [
        ({"a": 1}, {"a": 1, "b": 2}, True),
        ({"a": 1}, {"a": 2}, False),
        ({"a": 1}, {"b": 1}, False),
        ({"a": True}, {"a": 1}, False),
        ({"a": {"b": "p_*"}}, {"a": {"b": "p_1"}}, True),
        ({"a": {"b": "p_*"}}, {"a": {"b": "user"}}, False),
        ("*", "", False),
        ([{"a": 1}], [{"a": 1, "b": 2}], True),
        ([{"a": 1}], [{"a": 1}, {"a": 1}], False),
        (0.28, 0.28, True),
    ],
)
def test_what_is_a_part(part: object, whole: object, is_one: bool) -> None:  # noqa: FBT001 - a parameter
    """The comparison can fail."""
    assert is_part(part, whole) is is_one


def test_what_is_missing_is_said() -> None:
    """By signal: an event is no span."""
    wire = {"logs": [{"event_name": "a"}], "spans": [{"name": "b"}]}
    found = [{"signal": "logs", "event_name": "a"}, {"signal": "logs", "name": "b"}]
    assert missing(wire, found) == [{"signal": "spans", "name": "b"}]
    assert missing(wire, [*found, {"signal": "spans", "name": "b"}]) == []
