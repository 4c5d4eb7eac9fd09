"""Redaction of personal data and secrets, and keyed pseudonyms: pure, without OpenTelemetry.

The rules that are not on by default are loaded when they are first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from clippy_otel.privacy.defaults import DEFAULT_RULES
from clippy_otel.privacy.findings import Finding
from clippy_otel.privacy.limits import Limits
from clippy_otel.privacy.pseudonyms import Pseudonyms
from clippy_otel.privacy.redactor import Redactor
from clippy_otel.privacy.rules.rule import Rule

if TYPE_CHECKING:
    from clippy_otel.privacy.optional.registry import (
        AI_CONTENT,
        CRYPTO_WALLET,
        DATE_OF_BIRTH,
        IP_ADDRESS,
        MAC_ADDRESS,
        OPTIONAL_RULES,
        names,
    )

__all__ = [
    "AI_CONTENT",
    "CRYPTO_WALLET",
    "DATE_OF_BIRTH",
    "DEFAULT_RULES",
    "IP_ADDRESS",
    "MAC_ADDRESS",
    "OPTIONAL_RULES",
    "Finding",
    "Limits",
    "Pseudonyms",
    "Redactor",
    "Rule",
    "names",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    value = getattr(import_module("clippy_otel.privacy.optional.registry"), name)
    globals()[name] = value  # the next look-up finds it without coming here
    return value
