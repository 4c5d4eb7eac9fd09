"""Consent: who may be recorded for what, kept in the state directory and shared by all processes with it."""

from __future__ import annotations

from clippy_otel.consent.consent import Consent
from clippy_otel.consent.decisions import Decision, mask_of

__all__ = ["Consent", "Decision", "mask_of"]
