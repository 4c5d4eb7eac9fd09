"""The other pages of docs: each example does what it says, and a component's page has all that its class has."""

from __future__ import annotations

import enum
import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple, get_args

import pytest

import clippy_otel
from clippy_otel import checks, decorators, privacy, semconv
from clippy_otel.config.fields import KINDS, LIVE_FIELDS, NOT_YET
from clippy_otel.config.model import DEFAULTS
from clippy_otel.privacy import presidio
from clippy_otel.privacy.rules.actions import Action
from tests._collector import Collector
from tests.docs._pages import DOCS, ROOT, assert_example, examples

EXAMPLES: Final = {
    f"{page.parent.name}/{example.name}": example  # two pages may have one name
    for page in sorted(DOCS.rglob("*.md"))
    if page.name != "specification.md"  # which has a test of its own
    for example in examples(page)
}


class Documented(NamedTuple):
    """What a component's page is about."""

    page: str
    component: type
    options: type | None
    records: tuple[type, ...]

    @property
    def text(self) -> str:
        """The page."""
        return (DOCS / "api" / f"{self.page}.md").read_text()


COMPONENTS: Final = (
    Documented(
        "telemetry-collector",
        clippy_otel.TelemetryCollector,
        None,
        (clippy_otel.BufferStatus, clippy_otel.FlushResult, clippy_otel.LedgerRow, clippy_otel.Session),
    ),
    Documented(
        "performance-metrics",
        clippy_otel.PerformanceMetrics,
        clippy_otel.PerformanceOptions,
        (clippy_otel.Summary, clippy_otel.AISummary, clippy_otel.CoreWebVitals, clippy_otel.ResourceMetrics),
    ),
    Documented(
        "usage-analytics",
        clippy_otel.UsageAnalytics,
        clippy_otel.AnalyticsOptions,
        (
            clippy_otel.FeatureStats,
            clippy_otel.ConversationStats,
            clippy_otel.ProviderStats,
            clippy_otel.ProactiveMetrics,
            clippy_otel.SessionStats,
        ),
    ),
    Documented(
        "error-tracking",
        clippy_otel.ErrorTracking,
        clippy_otel.ErrorOptions,
        (clippy_otel.ErrorGroup, clippy_otel.ErrorStats, clippy_otel.Breadcrumb),
    ),
    Documented(
        "health-check",
        clippy_otel.HealthCheck,
        clippy_otel.HealthOptions,
        (clippy_otel.HealthResult, clippy_otel.ServiceHealth, clippy_otel.HealthReport),
    ),
)
# What an AIOperation does for this package's own streams and decorators.
OPERATIONS: Final = ("phase", "stream", "record_usage", "record_content", "fail", "feedback", "end")
each_component: Final = pytest.mark.parametrize("of", COMPONENTS, ids=lambda of: of.page)


def public(cls: type) -> Iterator[tuple[str, Any]]:
    """Yield a class's public attributes, as the class has them."""
    yield from ((name, getattr(cls, name)) for name in vars(cls) if not name.startswith("_"))


def shown(value: object) -> str:
    """Return a default as the pages show it."""
    if isinstance(value, enum.Enum):
        return f"{type(value).__name__}.{value.name}"
    return repr(value).replace("'", '"')


def call(name: str, function: Callable[..., Any]) -> str:
    """Return a call with its parameters and their defaults, without types: as the pages show it."""
    parameters = [
        each.replace(
            annotation=each.empty, default=each.default if each.default is each.empty else _Shown(each.default)
        )
        for each in inspect.signature(function).parameters.values()
        if each.name != "self"
    ]
    return f"{name}{inspect.Signature(parameters)}"


class _Shown:
    """A default whose repr is what the pages show."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __repr__(self) -> str:
        return shown(self._value)


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_example_does_what_it_says(name: str, collector: Collector, tmp_path: Path) -> None:
    """It runs without a warning, and what is said of the wire is in what the Collector wrote."""
    assert_example(EXAMPLES[name], collector, tmp_path)


@each_component
def test_the_page_has_each_call_with_its_defaults(of: Documented) -> None:
    """And each property."""
    wanted = [call(name, member) if callable(member) else name for name, member in public(of.component)]
    constructor = call(of.component.__name__, of.component)
    assert [text for text in (constructor, *wanted) if f"`{text}`" not in of.text] == []


@each_component
def test_the_page_has_each_option_with_its_default(of: Documented) -> None:
    """In a table, in the way in which code is written."""
    defaults: dict[str, Any] = getattr(of.options, "_field_defaults", {})
    rows = [f"| `{name}` | {_number(value)} |" for name, value in defaults.items()]
    assert [row for row in rows if row not in of.text] == []


@each_component
def test_the_page_has_each_field_of_what_is_returned(of: Documented) -> None:
    """Of every record, whose name it has as well."""
    for record in of.records:
        fields: tuple[str, ...] = getattr(record, "_fields", ())
        assert fields
        assert [name for name in (record.__name__, *fields) if f"`{name}`" not in of.text] == []


@each_component
def test_the_page_has_an_example_for_each_part(of: Documented) -> None:
    """Everything that the class does for an application is used in one of them."""
    code = "".join(example.code for example in EXAMPLES.values() if example.name.startswith(of.page))
    inside = of.text.partition("## For the package itself")[2]
    calls = {name for name, member in public(of.component) if callable(member) and f"`{name}" not in inside}
    others = {"aflush", "ashutdown", "bind_loop", "now_ns", "record_duration"}  # shown elsewhere, or for rare cases
    assert {name for name in calls - others if f".{name}(" not in code} == set()


def test_the_page_of_performance_has_the_calls_of_an_operation() -> None:
    """Those that are for applications."""
    text = (DOCS / "api" / "performance-metrics.md").read_text()
    wanted = [call(name, getattr(clippy_otel.AIOperation, name)) for name in OPERATIONS]
    assert [one for one in wanted if f"`{one}`" not in text] == []


def test_the_page_of_health_has_the_ready_made_checks() -> None:
    """All of them."""
    text = (DOCS / "api" / "health-check.md").read_text()
    wanted = [call(name, getattr(checks, name)) for name in ("http", "tcp", "disk", "otlp")]
    assert [one for one in wanted if f"`{one}`" not in text] == []


def test_the_page_of_errors_has_the_severities() -> None:
    """With the numbers that they have on the wire."""
    text = (DOCS / "api" / "error-tracking.md").read_text()
    assert [each for each in clippy_otel.ErrorSeverity if f"| `{each.name}` | {each.number} |" not in text] == []


@pytest.mark.parametrize("name", KINDS)
def test_the_settings_are_those_of_the_configuration(name: str) -> None:
    """Each is in the table, with its default, and whether it is live or not available yet."""
    text = (DOCS / "api" / "telemetry-collector.md").read_text()
    row = re.search(rf"^\| `{name}` \| ([^|]*) \| ([^|]*) \|$", text, re.MULTILINE)
    assert row is not None
    default, meaning = row.groups()
    assert default.strip("`") in (_number(DEFAULTS[name]), f"{type(DEFAULTS[name]).__name__}()")
    if name in NOT_YET and name not in ("store", "flush_on"):  # of these some values are
        assert meaning == "not available yet"
    else:
        assert meaning.startswith("live") is (name in LIVE_FIELDS)


@pytest.mark.parametrize("prefix", ["EVENT_", "METRIC_"])
def test_each_name_on_the_wire_is_on_a_page(prefix: str) -> None:
    """Of events and of metrics; the names that an application gives are its own."""
    text = "".join(page.read_text() for page in (DOCS / "api").glob("*.md"))
    names = {value.partition("%")[0] for name, value in vars(semconv).items() if name.startswith(prefix)}
    names.discard(semconv.EVENT_UNNAMED)
    assert {name for name in names if f"`{name}" not in text} == set()


@pytest.mark.parametrize("name", decorators.__all__)
def test_each_decorator_is_in_an_example(name: str) -> None:
    """Of some page."""
    used = re.compile(rf"^@(clippy_otel\.)?{name}\b", re.MULTILINE)
    assert [example.name for example in EXAMPLES.values() if used.search(example.code)]


@pytest.mark.parametrize("name", ["ai_operation", "feature_used", "measured"])
def test_the_pages_have_the_decorators_with_their_defaults(name: str) -> None:
    """Each beside what it does the work of."""
    text = "".join(page.read_text() for page in (DOCS / "api").glob("*.md"))
    assert f"`@{call(name, getattr(decorators, name))}`" in text


def test_the_page_of_privacy_has_each_call_with_its_defaults() -> None:
    """Of the redactor and its rules; and each field of what it returns, each public name, each action."""
    text = (DOCS / "api" / "privacy.md").read_text()
    wanted = [call(name, member) if callable(member) else name for name, member in public(privacy.Redactor)]
    wanted += [call("Redactor", privacy.Redactor).replace(shown(privacy.DEFAULT_RULES), "DEFAULT_RULES")]
    wanted += [call("Rule", privacy.Rule), call("clippy_otel.privacy.presidio.rules", presidio.rules)]
    wanted += [*privacy.Finding._fields, *privacy.Limits._fields, *get_args(Action)]
    assert [one for one in wanted if f"`{one}`" not in text] == []
    assert {name for name in privacy.__all__ if name not in text} == set()


def test_links_between_pages_lead_somewhere() -> None:
    """To a file that is there, and to a heading of it."""
    for page in (ROOT / "README.md", *DOCS.rglob("*.md")):
        for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
            if link.startswith("http"):
                continue
            path, _, anchor = link.partition("#")
            target = page.parent / path if path else page
            assert target.exists(), (page, link)
            assert not anchor or anchor in _anchors(target.read_text()), (page, link)


def _number(value: object) -> str:
    return f"{value:,}" if type(value) is int else shown(value)


def _anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
