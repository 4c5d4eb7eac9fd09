"""docs/specification.md: it follows the specification, and each of its examples does what it says on a real wire."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests._collector import Collector, find_collector
from tests.conftest import require_real
from tests.docs._pages import DOCS, Example, assert_example, examples, is_part, missing, run

PAGE: Final = DOCS / "specification.md"
EXAMPLES: Final = {example.name: example for example in examples(PAGE)}
# The specification's, in its order.
HEADINGS: Final = """
Overview | Key Features | Architecture | Components | 1. TelemetryCollector | 2. PerformanceMetrics | 3. UsageAnalytics
4. ErrorTracking | 5. HealthCheck | Quick Start | Installation | Basic Setup | Configuration
TelemetryCollector Configuration | Performance Targets | Privacy Configuration | Integration Guide | React Integration
AI System Integration | Server-Side Integration | Privacy & GDPR Compliance | PII Redaction | PII Pattern Detection
Opt-In/Opt-Out Support | Data Retention | GDPR Rights | Performance Considerations | Overhead Measurement
Memory Management | Sampling for High-Volume Events | Best Practices | 1. Initialize Early | 2. Use Structured Events
3. Add Context to Errors | 4. Monitor Health Proactively | 5. Clean Up Resources | Troubleshooting
Events Not Being Sent | High Memory Usage | Performance Impact | Transport Failures | Debug Mode | API Reference
Examples
"""
CODE_BLOCKS: Final = 34  # of the specification, the diagram of its architecture left out
WITHOUT_EXAMPLE: Final = ("React Integration", "GDPR Rights")  # with one code block each
# How many code blocks the specification has under a heading, where there is not one.
BLOCKS_UNDER: Final = {"Events Not Being Sent": 3, "High Memory Usage": 3, "Transport Failures": 2}


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """One Collector for all examples: each has a service name of its own. At the end, no secret is in its files."""
    binary = find_collector()
    if binary is None:
        require_real("the OpenTelemetry Collector", "run `make collector` (needs Go) or set OTELCOL_BIN")
        raise AssertionError
    running = Collector.start(tmp_path_factory.mktemp("collector"), binary=binary)
    yield running
    running.stop()
    assert leaked(running) == set()


def leaked(collector: Collector) -> set[str]:
    """Return the secrets of all examples that are in what a Collector wrote."""
    written = collector.raw_bytes().decode()
    return {secret for example in EXAMPLES.values() for secret in example.secrets if secret in written}


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
    found = re.findall(r"^##+ (.*)$", PAGE.read_text(), re.MULTILINE)
    assert found == [heading.strip() for heading in re.split(r"[|\n]", HEADINGS.strip())]


def test_no_code_block_of_the_specification_is_left_out() -> None:
    """Under each heading there are as many examples as the specification has code blocks, or it says what is missing."""
    sections = re.split(r"^##+ ", PAGE.read_text(), flags=re.MULTILINE)[1:]
    counts = {section.splitlines()[0]: section.count("\n```python\n") for section in sections}
    assert {heading: counts[heading] for heading, wanted in BLOCKS_UNDER.items() if counts[heading] < wanted} == {}
    for section in sections:
        heading = section.splitlines()[0]
        assert counts[heading] or "Not available yet" in section or heading in HEADINGS_WITHOUT_CODE, heading


def test_the_head_of_the_page_counts_right() -> None:
    """It says how many code blocks the specification has, how many are translated, and by how many examples."""
    head = " ".join(PAGE.read_text().split("\n## ")[0].split())
    said = re.search(r"has (\d+) code blocks; (\d+) of them are translated here, by (\d+) Python examples", head)
    assert said is not None
    translated = CODE_BLOCKS - len(WITHOUT_EXAMPLE)
    assert tuple(map(int, said.groups())) == (CODE_BLOCKS, translated, len(EXAMPLES))
    assert len(EXAMPLES) >= translated


def test_secrets_are_looked_for(tmp_path: Path) -> None:
    """The control: without redaction they are found in what the example sends."""
    (example,) = [example for example in EXAMPLES.values() if '"order 4111-0000-2222' in example.code]
    assert len(example.secrets) == 4
    console = {"CLIPPY_OTEL_TRANSPORT": "console"}
    shown = run(example, tmp_path, **console).stdout
    assert "profile" not in shown
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
