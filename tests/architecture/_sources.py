"""The package's own source files, parsed: what the architecture tests read."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = "clippy_otel"
ROOT = Path(__file__).parents[2]


class Module(NamedTuple):
    """One module of the package."""

    name: str  # dotted, the package's own name for its __init__.py
    tree: ast.Module


class Import(NamedTuple):
    """One name that a module imports, wherever in it: `import module` has the name ""."""

    line: int
    module: str
    name: str


@cache
def modules() -> tuple[Module, ...]:
    """Return every module of the package, in the order of their paths."""
    return tuple(
        Module(_dotted(path), ast.parse(path.read_text(encoding="utf-8"), path))
        for path in sorted((ROOT / PACKAGE).rglob("*.py"))
    )


def imports(module: Module) -> Iterator[Import]:
    """Yield what a module imports, in functions and for type checking too."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (Import(node.lineno, alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module.name}:{node.lineno} imports relatively: write the whole name"
            yield from (Import(node.lineno, node.module or "", alias.name) for alias in node.names)


def _dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
