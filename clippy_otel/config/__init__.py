"""Every setting: what it may hold, where it comes from, and what of it may be shown.

`model` has `TelemetryConfig`, `loading` puts one together from arguments and the environment, `otlp` reads what of that
belongs to OTLP's exporters, `fields` lists the settings by kind, `kinds`, `objects` and `credentials` are those kinds.
"""

from __future__ import annotations

from clippy_otel.config.fields import LIVE_FIELDS
from clippy_otel.config.loading import is_disabled, resolve
from clippy_otel.config.masking import mask_url
from clippy_otel.config.model import DEFAULT_STORE, TelemetryConfig, is_default

__all__ = ["DEFAULT_STORE", "LIVE_FIELDS", "TelemetryConfig", "is_default", "is_disabled", "mask_url", "resolve"]
