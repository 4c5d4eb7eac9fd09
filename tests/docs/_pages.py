"""The examples of a page: what they are, how they are run, and what of them a Collector received.

A block of JSON that follows a block of Python says what must have gone over the wire: records by signal, each of which
must be a part of one that the Collector wrote. A text that ends in "*" is the beginning of one that goes on.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests._collector import Collector, Json, ReceivedMetric, decode_attributes

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = ROOT / "docs"
TIMEOUT_S: Final = 60
ARRIVAL_TIMEOUT_S: Final = 5.0
_BLOCK: Final = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_EMAIL: Final = re.compile(r"[\w.]+@[\w.]+\.\w+")
_SPAN_KINDS: Final = ("unspecified", "internal", "server", "client", "producer", "consumer")
# What the examples give away beside e-mail addresses; each must be in none of what leaves.
_SECRETS: Final = (
    "4111 1111 1111 1111",
    "536-22-8726",
    "415 555 2671",
    "secret123",
    "tok-1",
    "key-1",
    "sec-1",
    "user-123",
)


class Example(NamedTuple):
    """One block of Python of a page."""

    name: str  # the page's, and its number there: "specification-7"
    code: str
    wire: dict[str, list[Json]] | None  # by signal; None where nothing is said

    @property
    def secrets(self) -> set[str]:
        """What is in the code and must not leave the process."""
        return {*_EMAIL.findall(self.code), *(secret for secret in _SECRETS if secret in self.code)}


def examples(page: Path) -> list[Example]:
    """Return the examples of a page in their order."""
    blocks = _BLOCK.findall(page.read_text())
    followers = [*blocks[1:], ("", "")]
    pairs = [(code, after) for (language, code), after in zip(blocks, followers, strict=True) if language == "python"]
    return [
        Example(f"{page.stem}-{number}", code, json.loads(text) if language == "json" else None)
        for number, (code, (language, text)) in enumerate(pairs)
    ]


def run(example: Example, directory: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run an example in a process and an empty directory of its own, with warnings as errors."""
    command = [sys.executable, "-W", "error", "-c", example.code]
    settings = {**os.environ, "OTEL_SERVICE_NAME": example.name, "XDG_STATE_HOME": str(directory), **environment}
    return subprocess.run(
        command, cwd=directory, env=settings, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )


def assert_example(example: Example, collector: Collector, directory: Path) -> None:
    """Run an example against a Collector: it ends well, says no secret, and what is said of the wire has arrived."""
    done = run(example, directory, OTEL_EXPORTER_OTLP_ENDPOINT=collector.http_endpoint)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "" or "debug=True" in example.code
    assert [secret for secret in example.secrets if secret in done.stdout + done.stderr] == []
    if example.wire is not None:
        assert_arrived(example, collector)


def assert_arrived(example: Example, collector: Collector) -> None:
    """Wait until a Collector has written all that is said of an example's wire."""
    wire = example.wire or {}
    try:
        collector.wait_for(
            lambda: received(collector, example.name), lambda found: not missing(wire, found), ARRIVAL_TIMEOUT_S
        )
    except AssertionError as failure:
        raise AssertionError(f"missing: {missing(wire, received(collector, example.name))}; {failure}") from None


def received(collector: Collector, service: str) -> list[Json]:
    """Return what a Collector received of a service, as JSON blocks describe it; `signal` says of which signal."""
    return [record for record, name in _records(collector) if name == service]


def missing(wire: dict[str, list[Json]], found: list[Json]) -> list[Json]:
    """Return the records that are said to be on the wire and were not found."""
    said = [{"signal": signal, **record} for signal, records in wire.items() for record in records]
    return [record for record in said if not any(is_part(record, whole) for whole in found)]


def is_part(part: Any, whole: Any) -> bool:
    """Return whether one value is a part of another: mappings by their keys, lists element by element."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(key in whole and is_part(part[key], whole[key]) for key in part)
    if isinstance(part, list):
        return isinstance(whole, list) and len(part) == len(whole) and all(map(is_part, part, whole))
    if isinstance(part, str) and part.endswith("*"):
        return isinstance(whole, str) and len(whole) >= len(part) and whole.startswith(part[:-1])
    return isinstance(part, bool) == isinstance(whole, bool) and bool(part == whole)


def _records(collector: Collector) -> Iterator[tuple[Json, str]]:
    """Yield all that a Collector received, each with its service."""
    for log in collector.logs():
        said = {"event_name": log.event_name, "severity": log.severity_text, "attributes": log.attributes}
        yield {"signal": "logs", **said}, log.resource["service.name"]
    for span in collector.spans():
        said = {"name": span.name, "kind": _SPAN_KINDS[span.kind], "attributes": span.attributes}
        yield {"signal": "spans", **said}, span.resource["service.name"]
    for metric in collector.metrics():
        for point in metric.data_points:
            yield {"signal": "metrics", **_point(metric, point)}, metric.resource["service.name"]


def _point(metric: ReceivedMetric, point: Json) -> Json:
    """Return a metric's point: `count` and `sum` of a histogram, `value` of anything else."""
    value = point.get("asDouble", point.get("asInt"))
    numbers = {"count": point.get("count"), "sum": point.get("sum"), "value": value}
    said = {"name": metric.name, "unit": metric.unit, "attributes": decode_attributes(point.get("attributes", []))}
    return {**said, **{key: float(number) for key, number in numbers.items() if number is not None}}
