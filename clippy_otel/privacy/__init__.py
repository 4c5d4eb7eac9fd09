"""Redaction of personal data and secrets, and keyed pseudonyms: pure, without OpenTelemetry."""

from __future__ import annotations

from clippy_otel.privacy.findings import Finding
from clippy_otel.privacy.limits import Limits
from clippy_otel.privacy.pseudonyms import Pseudonyms
from clippy_otel.privacy.redactor import Redactor

__all__ = ["Finding", "Limits", "Pseudonyms", "Redactor"]
