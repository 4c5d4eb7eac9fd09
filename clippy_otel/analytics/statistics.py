"""All that UsageAnalytics knows of what has happened so far, and the one writer of it.

It is replaced as a whole where it starts afresh: whoever still writes to the old one does not touch the new one.
"""

from __future__ import annotations

from clippy_otel.analytics.books import Books
from clippy_otel.analytics.conversations import Conversations
from clippy_otel.analytics.features import Features
from clippy_otel.analytics.options import AnalyticsOptions
from clippy_otel.analytics.providers import Providers
from clippy_otel.analytics.sessions import Sessions
from clippy_otel.analytics.suggestions import Suggestions

_NS_PER_MS = 1_000_000


class Statistics:
    """Everything at zero.

    Args:
        options: How much is kept, and for how long.
    """

    __slots__ = ("books", "conversations", "features", "providers", "sessions", "suggestions")

    def __init__(self, options: AnalyticsOptions) -> None:
        window_ns = options.window_ms * _NS_PER_MS
        self.books = Books()
        self.features = Features(options.max_names, window_ns)
        self.conversations = Conversations()
        self.providers = Providers(options.max_names, window_ns, self.features.users.give_way)
        self.suggestions = Suggestions()
        self.sessions = Sessions()
