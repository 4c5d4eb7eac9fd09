"""Private names of OpenTelemetry stand in one package, so that a new version of it is one package's work."""

from __future__ import annotations

import ast

import pytest

from tests.architecture import _sources

# The log API is public in all but name.
PUBLIC_IN_ALL_BUT_NAME = ("opentelemetry._logs", "opentelemetry.sdk._logs", "opentelemetry.sdk._logs.export")
# So are these of a named tuple, whose underscore keeps them out of the way of its fields.
OF_NAMED_TUPLES = {"_asdict", "_fields", "_make", "_replace"}

OTHERS = pytest.mark.parametrize(
    "module",
    [
        pytest.param(module, id=module.name)
        for module in _sources.modules()
        if not f"{module.name}.".startswith("clippy_otel._sdk.")
    ],
)


def is_private(name: str) -> bool:
    """Return whether any part of a dotted name is private; `__version__` and its like are not."""
    return any(part.startswith("_") and not part.endswith("__") for part in name.split("."))


def is_opentelemetry(name: str) -> bool:
    """Return whether a dotted name is OpenTelemetry's."""
    return name.partition(".")[0] == "opentelemetry"


def own_names(module: _sources.Module) -> set[str]:
    """Return the names that a module's own classes, functions and assignments define."""
    own: set[str] = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            own.add(node.name)
        elif isinstance(node, ast.Attribute | ast.Name) and isinstance(node.ctx, ast.Store):
            own.add(node.attr if isinstance(node, ast.Attribute) else node.id)
    return own


@OTHERS
def test_private_imports(module: _sources.Module) -> None:
    """Only the package _sdk imports a private module or name of OpenTelemetry."""
    private = [
        found
        for found in _sources.imports(module)
        if is_opentelemetry(found.module)
        and (is_private(found.name) or (is_private(found.module) and found.module not in PUBLIC_IN_ALL_BUT_NAME))
        and f"{found.module}.{found.name}" not in PUBLIC_IN_ALL_BUT_NAME
    ]
    assert not private


@OTHERS
def test_private_attributes(module: _sources.Module) -> None:
    """A module that uses OpenTelemetry reads no private attribute that it has not defined itself."""
    if not any(is_opentelemetry(found.module) for found in _sources.imports(module)):
        return
    own = own_names(module) | OF_NAMED_TUPLES
    private = [
        f"line {node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and is_private(node.attr) and node.attr not in own
    ]
    assert not private
