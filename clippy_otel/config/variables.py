"""How an environment variable is read: an empty one is not set, a bad one is refused by its own name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clippy_otel.config.kinds import Kind


def text_of(env: Mapping[str, str], variable: str) -> str:
    """Return a variable's text without the spaces around it; "" where it is not set."""
    return env.get(variable, "").strip()


def read(kind: Kind, env: Mapping[str, str], variable: str) -> Any:
    """Return what a variable that is set stands for, checked."""
    return kind.check(variable, kind.parse(variable, text_of(env, variable)))
