"""Baggage on its way out: what is listed leaves, redacted; what comes in is bounded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import baggage, propagate, trace
from opentelemetry.baggage.propagation import W3CBaggagePropagator
from opentelemetry.context import Context
from opentelemetry.propagators.composite import CompositePropagator
from opentelemetry.propagators.textmap import TextMapPropagator
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

import clippy_otel
from clippy_otel import ConfigurationError, RedactingBaggagePropagator
from clippy_otel import telemetry as telemetry_module
from clippy_otel.privacy import Pseudonyms, Redactor
from clippy_otel.propagators import MAX_CHARS, MAX_ENTRIES
from tests.wire._inputs import REMOTE, within

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

KEY = "a key of 16 bytes"

pytestmark = pytest.mark.usefixtures("own_process_telemetry")


def context_of(**entries: object) -> Context:
    """Return a context with baggage, in a span of a remote parent's."""
    context = within(REMOTE)
    for key, value in entries.items():
        context = baggage.set_baggage(key.replace("_", "."), value, context)
    return context


def injected(propagator: TextMapPropagator, context: Context) -> dict[str, str]:
    """Return the headers that a propagator writes."""
    headers: dict[str, str] = {}
    propagator.inject(headers, context)
    return headers


def test_nothing_leaves_unless_it_is_listed() -> None:
    """By default not a header is written, whatever the baggage holds; the context stays as it is."""
    context = context_of(tenant="acme", email="ada@example.com")
    assert injected(RedactingBaggagePropagator(), context) == {}
    assert baggage.get_all(context) == {"tenant": "acme", "email": "ada@example.com"}


def test_what_is_listed_leaves_redacted() -> None:
    """Values are scanned, those under sensitive keys replaced, and a number is a text."""
    propagator = RedactingBaggagePropagator(keys=["tenant", "note", "password", "count", "absent"], redactor=Redactor())
    context = context_of(tenant="acme", note="ada@example.com", password="hunter2", count=7, other="x")
    assert baggage.get_all(propagator.extract(injected(propagator, context), Context())) == {
        "tenant": "acme",
        "note": "[REDACTED]",
        "password": "[REDACTED]",
        "count": "7",
    }


def test_all_else_goes_as_it_goes() -> None:
    """Around a composite propagator the trace's context is written and read as without it."""
    both = CompositePropagator([TraceContextTextMapPropagator(), W3CBaggagePropagator()])
    propagator = RedactingBaggagePropagator(both, keys=["tenant"], redactor=Redactor())
    headers = injected(propagator, context_of(tenant="acme", email="ada@example.com"))
    assert headers == {**injected(TraceContextTextMapPropagator(), within(REMOTE)), "baggage": "tenant=acme"}
    found = trace.get_current_span(propagator.extract(headers, Context())).get_span_context()
    assert (found.trace_id, found.trace_state) == (REMOTE.trace_id, REMOTE.trace_state)
    assert propagator.fields == both.fields


def test_it_is_that_of_the_configured_telemetry() -> None:
    """The setting says what leaves, and a user's id is the same pseudonym as on every record."""
    propagator = RedactingBaggagePropagator()
    settings: dict[str, Any] = {"transport": "custom", "custom_transport": lambda _: None, "set_global": False}
    telemetry = clippy_otel.configure(
        baggage_keys=["user.id", "plan"], pseudonym_key=KEY, redact_fields=["plan"], flush_on=(), **settings
    )
    context = context_of(user_id="ada", plan="gold", tenant="acme")
    try:
        read = baggage.get_all(propagator.extract(injected(propagator, context), Context()))
        assert read == {"user.id": Pseudonyms(KEY).pseudonym("ada"), "plan": "[REDACTED]"}
    finally:
        telemetry.shutdown()
    assert "ada" not in str(injected(propagator, context))


def test_without_redaction_the_list_still_holds() -> None:
    """redact_pii=False turns off what changes values, and not what leaves."""
    settings: dict[str, Any] = {"transport": "custom", "custom_transport": lambda _: None, "set_global": False}
    telemetry = clippy_otel.configure(baggage_keys=["to"], redact_pii=False, flush_on=(), **settings)
    try:
        headers = injected(RedactingBaggagePropagator(), context_of(to="ada@example.com", tenant="acme"))
        assert headers == {"baggage": "to=ada%40example.com"}
    finally:
        telemetry.shutdown()


@pytest.mark.swallows
def test_where_redaction_raises_no_baggage_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even what was redacted before; the request goes on."""
    redactor = Redactor()

    def redact(_: Redactor, value: object, *, key: str) -> object:
        if key == "b":
            raise RuntimeError("no")
        return value

    monkeypatch.setattr(Redactor, "redact", redact)
    both = CompositePropagator([TraceContextTextMapPropagator(), W3CBaggagePropagator()])
    headers = injected(RedactingBaggagePropagator(both, keys=["a", "b"], redactor=redactor), context_of(a="1", b="2"))
    assert set(headers) == {"traceparent", "tracestate"}


class Endless(TextMapPropagator):
    """A propagator whose peer sends as much as it likes."""

    def __init__(self, count: int, chars: int) -> None:
        self.count, self.chars = count, chars

    def inject(self, carrier: Any, context: Any = None, setter: Any = None) -> None:
        """Write nothing."""

    def extract(self, carrier: Any, context: Any = None, getter: Any = None) -> Context:  # noqa: ARG002 - a propagator's
        """Return a context with all of it."""
        found = Context()
        for number in range(self.count):
            found = baggage.set_baggage(f"{number:04}", "x" * self.chars, found)
        return found

    @property
    def fields(self) -> set[str]:
        """No header."""
        return set()


@pytest.mark.parametrize("count, chars", [(500, 1), (50, 1000), (1, 100_000)])
def test_what_comes_in_is_bounded(count: int, chars: int) -> None:
    """To the first entries within both limits."""
    read = baggage.get_all(RedactingBaggagePropagator(Endless(count, chars)).extract({}))
    assert len(read) == min(count, MAX_ENTRIES, MAX_CHARS // (4 + chars))
    assert list(read) == sorted(read)


def test_what_comes_in_within_the_limits_is_passed_through() -> None:
    """Unlisted and unredacted: it is the application's own to read."""
    context = RedactingBaggagePropagator().extract({"baggage": "email=ada%40example.com,tenant=acme"}, Context())
    assert baggage.get_all(context) == {"email": "ada@example.com", "tenant": "acme"}


@pytest.mark.parametrize(
    "arguments",
    [
        *({"next": object()}, {"next": TextMapPropagator}, {"redactor": object()}),
        *({"keys": keys} for keys in ("tenant", 5, [""], [5])),
    ],
    ids=lambda arguments: repr(arguments)[:20],
)
def test_what_is_none_is_refused(arguments: dict[str, Any]) -> None:
    """When it is made, as everywhere."""
    with pytest.raises(ConfigurationError):
        RedactingBaggagePropagator(**arguments)


def test_coverage_says_where_baggage_leaves_as_it_is() -> None:
    """By OpenTelemetry's default propagator it does; with this one around it, it does not."""
    coverage = telemetry_module.get_telemetry().coverage()
    assert [reason.partition(":")[0] for reason in coverage.baggage] == ["baggage"]
    before = propagate.get_global_textmap()
    propagate.set_global_textmap(RedactingBaggagePropagator(before))
    try:
        assert coverage.baggage == ()
    finally:
        propagate.set_global_textmap(before)


def test_it_is_known_by_name(tmp_path: Path) -> None:
    """OTEL_PROPAGATORS has it in place of OpenTelemetry's, and configuring telemetry says what leaves."""
    root = Path(__file__).parents[1]
    points = tomllib.loads((root / "pyproject.toml").read_text())["project"]["entry-points"]
    info = tmp_path / "named-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: named\nVersion: 1\n")
    named = "\n".join(f"{name} = {value}" for name, value in points["opentelemetry_propagator"].items())
    (info / "entry_points.txt").write_text(f"[opentelemetry_propagator]\n{named}\n")
    code = (
        "from opentelemetry import baggage, propagate; import sys; assert 'clippy_otel.telemetry' not in sys.modules\n"
        "import clippy_otel; clippy_otel.configure('shop', transport='console', flush_on=())\n"
        "context = baggage.set_baggage('email', 'ada@example.com', baggage.set_baggage('tenant', 'acme'))\n"
        "headers = {}; propagate.inject(headers, context); print(headers)\n"
    )
    environ = {
        "PATH": "",
        "PYTHONPATH": f"{tmp_path}:{root}",
        "OTEL_PROPAGATORS": "tracecontext,clippy_baggage",
        "CLIPPY_OTEL_BAGGAGE_KEYS": "tenant",
        "XDG_STATE_HOME": str(tmp_path),
    }
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "{'baggage': 'tenant=acme'}", done.stderr
