"""The package is small at run time: four dependencies, and nothing heavy before it is used."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
import tomli
from packaging.requirements import Requirement

from tests.architecture import _sources

# What the package may import besides the standard library, and which dependency brings it.
BROUGHT_BY = {
    "opentelemetry": "opentelemetry-api, -sdk and -exporter-otlp",
    "psutil": "psutil",
    "google": "opentelemetry-exporter-otlp (protobuf)",
    "grpc": "opentelemetry-exporter-otlp",
    "requests": "opentelemetry-exporter-otlp",
    "urllib3": "opentelemetry-exporter-otlp (requests)",
}
# Modules that only an extra's user imports, and what that extra brings.
BROUGHT_BY_EXTRA = {
    "clippy_otel.pytest_plugin": {"pytest"},
    "clippy_otel.privacy.presidio": {"presidio_analyzer"},
    "clippy_otel.privacy.gating.re2_engine": {"re2"},
    "clippy_otel.privacy.rules.re2_patterns": {"re2"},
}

HEAVY = ("asyncio", "google", "grpc", "opentelemetry.sdk", "requests", "sqlite3")


def project() -> dict[str, Any]:
    """Return the [project] table of pyproject.toml."""
    with (_sources.ROOT / "pyproject.toml").open("rb") as file:
        table: dict[str, Any] = tomli.load(file)["project"]
    return table


def loaded_by(statement: str) -> set[str]:
    """Return the modules that a fresh interpreter has after a statement and did not have before it."""
    code = f"import sys; before = set(sys.modules); {statement}; print(*set(sys.modules) - before)"
    command = [sys.executable, "-c", code]
    ran = subprocess.run(command, cwd=_sources.ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return set(ran.stdout.split())


def within(names: set[str], packages: tuple[str, ...]) -> set[str]:
    """Return those of the module names that are one of the packages or inside one."""
    return {name for name in names if any(f"{name}.".startswith(f"{package}.") for package in packages)}


def test_runtime_dependencies() -> None:
    """Installing the package brings OpenTelemetry's API, SDK and OTLP exporter on one line, psutil, and no more."""
    requirements = [Requirement(text) for text in project()["dependencies"]]
    line = "<1.46,>=1.45"
    assert {requirement.name: str(requirement.specifier) for requirement in requirements} == {
        "opentelemetry-api": line,
        "opentelemetry-sdk": line,
        "opentelemetry-exporter-otlp": line,
        "psutil": ">=5.9",
    }


@pytest.mark.parametrize("module", [pytest.param(module, id=module.name) for module in _sources.modules()])
def test_imports_are_declared(module: _sources.Module) -> None:
    """A module imports the standard library and what a dependency of the package brings, nothing else."""
    roots = {found.module.partition(".")[0] for found in _sources.imports(module)}
    allowed = sys.stdlib_module_names | BROUGHT_BY.keys() | BROUGHT_BY_EXTRA.get(module.name, set())
    assert roots <= allowed | {_sources.PACKAGE}


def test_package_imports_nothing_heavy() -> None:
    """`import clippy_otel` costs an application no HTTP client, protobuf, SDK, database or event loop."""
    loaded = loaded_by("import clippy_otel")
    assert "clippy_otel" in loaded
    assert not within(loaded, HEAVY)


def test_privacy_imports_nothing_of_opentelemetry() -> None:
    """`import clippy_otel.privacy` gives a redactor to a program that has no use for OpenTelemetry."""
    loaded = loaded_by("import clippy_otel.privacy")
    assert "clippy_otel.privacy" in loaded
    assert not within(loaded, (*HEAVY, "opentelemetry"))


CONFIGURED: dict[str, tuple[str, ...]] = {
    "http": ("asyncio", "google", "grpc", "requests", "sqlite3"),  # the HTTP client is the worker's, at its first send
    "grpc": ("asyncio", "google", "grpc", "requests", "sqlite3"),  # likewise
    "local": ("asyncio", "google", "grpc", "requests"),
    "console": ("asyncio", "google", "grpc", "requests", "sqlite3"),
    "custom": ("asyncio", "google", "grpc", "requests", "sqlite3"),
}


@pytest.mark.parametrize("transport", CONFIGURED)
def test_configure_imports_only_what_is_used(transport: str) -> None:
    """Configuring, recording an event and a span with one transport loads nothing of the others."""
    loaded = loaded_by(f"import clippy_otel; t = clippy_otel.configure({settings_of(transport)}); {RECORD}")
    others = tuple(f"clippy_otel.delivery.{name}" for name in CONFIGURED.keys() - {transport})
    assert "clippy_otel.hooks.providers" in loaded
    assert not within(loaded, (*CONFIGURED[transport], "clippy_otel.testing", *others))


# All that a process loads of this package to be configured; it is the first record that loads the rest.
CONFIGURING = {
    *("_exit", "_fork", "_guard", "_version", "aside", "attempt", "breadcrumbs", "capture", "clock", "collector"),
    *("components", "config", "deferred", "error_records", "errors", "exceptions", "idle", "ledger", "marks", "ports"),
    *("resource", "rights", "rolling", "scope", "semconv", "session", "severity", "state", "subscriptions"),
    *("telemetry", "waiting"),
}
CONFIGURING_INSIDE = {"_sdk": {"providers"}, "hooks": {"late", "targets"}, "otlp": {"plain"}}


@pytest.mark.parametrize("transport", ["http", "local", "console"])
def test_configure_loads_nothing_that_records(transport: str) -> None:
    """A program that records nothing pays for no redaction, no encoder, no delivery, no spool and no OpenSSL."""
    loaded = loaded_by(f"import clippy_otel; clippy_otel.configure({settings_of(transport)})")
    own = {name.removeprefix("clippy_otel.") for name in loaded if name.startswith("clippy_otel.")}
    assert {name for name in own if "." not in name} == CONFIGURING | CONFIGURING_INSIDE.keys()
    inside = {room: {f"{room}.{name}" for name in names} for room, names in CONFIGURING_INSIDE.items()}
    for room, names in inside.items():
        assert {name for name in own if name.startswith(f"{room}.")} == names
    assert not within(loaded, (*CONFIGURED[transport], "_hashlib", "re2"))


@pytest.mark.parametrize("transport", CONFIGURED)
def test_a_collector_alone_loads_no_sdk_for_its_events(transport: str) -> None:
    """Its providers are made when a span or a metric is first asked for."""
    settings = settings_of(transport).removeprefix("'x', ")
    loaded = loaded_by(f"import clippy_otel; c = clippy_otel.TelemetryCollector({settings}); c.track('a')")
    unused: tuple[str, ...] = ("opentelemetry.sdk.trace", "opentelemetry.sdk.metrics", "clippy_otel.hooks.providers")
    if transport not in ("http", "grpc"):  # whose last delivery may come at interpreter shutdown, too late to import it
        unused += ("opentelemetry.sdk._logs",)
    assert "clippy_otel.pipeline" in loaded
    assert not within(loaded, (*CONFIGURED[transport], *unused))


RECORD = "t.collector.track('a'); t.tracer.start_span('s').end()"


def settings_of(transport: str) -> str:
    """Return the arguments that configure a transport."""
    target = ", custom_transport=print" if transport == "custom" else ""
    return f"'x', transport='{transport}'{target}, flush_on=()"
