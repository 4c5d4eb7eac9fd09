"""The package root is a list of names, each loaded when it is first asked for."""

from __future__ import annotations

import ast
import importlib
import inspect

import pytest

import clippy_otel
from tests.architecture import _sources

EXPORTS: dict[str, str] = clippy_otel._EXPORTS  # the table behind the lazy names
EVERY_EXPORT = pytest.mark.parametrize("name", sorted(EXPORTS))


def defined_by_the_root() -> set[str]:
    """Return the public names that the root's own statements bind: all but what it imports for its own use."""
    (root,) = (module for module in _sources.modules() if module.name == _sources.PACKAGE)
    names: set[str] = set()
    for statement in root.tree.body:
        if isinstance(statement, ast.ClassDef | ast.FunctionDef):
            names.add(statement.name)
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            names.update(target.id for target in targets if isinstance(target, ast.Name))
        elif isinstance(statement, ast.ImportFrom) and (statement.module or "").startswith(_sources.PACKAGE):
            names.update(alias.asname or alias.name for alias in statement.names)
    return {name for name in names if not name.startswith("_") or name == "__version__"}


def test_all_is_what_is_public() -> None:
    """`__all__` is sorted, and is every lazy name and every name that the root defines itself."""
    assert list(clippy_otel.__all__) == sorted(EXPORTS.keys() | defined_by_the_root())


def test_dir_lists_the_lazy_names() -> None:
    """Completion in a shell offers names that are not loaded yet."""
    assert set(clippy_otel.__all__) <= set(dir(clippy_otel))


def test_unknown_name() -> None:
    """A name that does not exist is an AttributeError that says so, as with any module."""
    with pytest.raises(AttributeError, match="no_such_name"):
        clippy_otel.no_such_name  # noqa: B018 - reading it is the test


@EVERY_EXPORT
def test_export_resolves(name: str) -> None:
    """A lazy name is the object of that name in the module that the table says."""
    exported = getattr(clippy_otel, name)
    assert exported is getattr(importlib.import_module(EXPORTS[name]), name)


@EVERY_EXPORT
def test_export_is_documented(name: str) -> None:
    """Each public class and function has a docstring of its own."""
    exported = getattr(clippy_otel, name)
    if inspect.isclass(exported) or inspect.isroutine(exported):
        # A dataclass without a docstring gets its signature for one.
        assert exported.__doc__
        assert not exported.__doc__.startswith(f"{name}(")
