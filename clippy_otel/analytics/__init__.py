"""Usage: which features, conversations, providers and proactive suggestions there are, and what becomes of them.

Specification, component 3. Everything is recorded as events and metrics, and summed up in process.
"""

from __future__ import annotations

from clippy_otel.analytics.conversations import ConversationStats
from clippy_otel.analytics.features import FeatureStats
from clippy_otel.analytics.options import AnalyticsOptions
from clippy_otel.analytics.providers import ProviderStats
from clippy_otel.analytics.sessions import SessionStats
from clippy_otel.analytics.suggestions import ProactiveMetrics
from clippy_otel.analytics.usage import UsageAnalytics

__all__ = [
    "AnalyticsOptions",
    "ConversationStats",
    "FeatureStats",
    "ProactiveMetrics",
    "ProviderStats",
    "SessionStats",
    "UsageAnalytics",
]
