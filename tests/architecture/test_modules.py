"""What holds for every module of the package."""

from __future__ import annotations

import ast

import pytest

from tests.architecture import _sources

NAMES = {module.name for module in _sources.modules()}
EVERY_MODULE = pytest.mark.parametrize(
    "module", [pytest.param(module, id=module.name) for module in _sources.modules()]
)


def test_sources_are_found() -> None:
    """The tests of this directory look at the real package, not at an empty list."""
    assert {"clippy_otel", "clippy_otel.pipeline", "clippy_otel.otlp.encode"} <= NAMES


@EVERY_MODULE
def test_docstring(module: _sources.Module) -> None:
    """Each module opens with a docstring that says what it owns."""
    assert ast.get_docstring(module.tree)


@EVERY_MODULE
def test_root_is_not_imported(module: _sources.Module) -> None:
    """No module imports the package root: `from clippy_otel import x` is for a module x only."""
    through_the_root = [
        found
        for found in _sources.imports(module)
        if found.module == _sources.PACKAGE and f"{_sources.PACKAGE}.{found.name}" not in NAMES
    ]
    assert not through_the_root
