"""Fixtures for all tests: what the guard swallowed is raised again, and the real Collector is at hand."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from clippy_otel import _guard
from clippy_otel import telemetry as telemetry_module
from tests._collector import Collector, find_collector
from tests._hooks import no_globals

# A vendor's, which pydantic would load into every test run that has a model (0.3 s).
os.environ["PYDANTIC_DISABLE_PLUGINS"] = "logfire-plugin"


# Where CI is set, Hypothesis has such a profile of its own. How long an example takes is the machine's matter.
hypothesis.settings.register_profile("developer", deadline=None)
if "CI" not in os.environ:
    hypothesis.settings.load_profile("developer")


@pytest.fixture(autouse=True)
def _nothing_swallowed(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test in which an exception of ours was swallowed, unless it is marked `swallows`."""
    swallowed: list[tuple[str, Exception]] = []
    stop = _guard.observe(lambda place, error: swallowed.append((place, error)))
    yield
    stop()
    if swallowed and request.node.get_closest_marker("swallows") is None:
        place, error = swallowed[0]
        msg = f"the guard swallowed {len(swallowed)} exceptions, the first of them in {place}"
        raise AssertionError(msg) from error


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep the developer's telemetry settings and proxies, and files written by default, out of the tests."""
    for name in list(os.environ):
        if name.startswith(("OTEL_", "CLIPPY_OTEL_")) or name.lower().endswith(("_proxy", "_ca_bundle")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state-home"))


@pytest.fixture
def own_process_telemetry(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give a test a process-wide Telemetry of its own, and OpenTelemetry's global providers to be set.

    What one of them was told, a consent that was denied among it, holds for the process: it would for the next test.
    """
    no_globals(monkeypatch)
    process = telemetry_module.Telemetry()
    monkeypatch.setattr(telemetry_module, "_process", process)
    yield
    process.shutdown()


def require_real(part: str, reason: str) -> None:
    """Skip a test whose real part is missing; fail it where CLIPPY_REQUIRE_REAL=1 forbids skipping."""
    if os.environ.get("CLIPPY_REQUIRE_REAL") == "1":
        pytest.fail(f"CLIPPY_REQUIRE_REAL=1, but {part} is missing: {reason}")
    pytest.skip(f"{part} is missing: {reason}")


@pytest.fixture
def collector(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Collector]:
    """Run a real OpenTelemetry Collector that writes what it receives to files.

    Parametrised (indirect) with a text, it asks its clients for that bearer token.
    """
    binary = find_collector()
    if binary is None:
        require_real("the OpenTelemetry Collector", "run `make collector` (needs Go) or set OTELCOL_BIN")
        raise AssertionError  # for the type checker: require_real does not return
    directory = tmp_path / "collector"
    directory.mkdir()
    running = Collector.start(directory, binary=binary, bearer_token=getattr(request, "param", None))
    yield running
    running.stop()
