"""A privacy-compliant configuration: what leaves the process, what does not, and whether the user has agreed.

Run it beside any OTLP backend: python examples/privacy_configuration.py http://localhost:4318
"""

from __future__ import annotations

import sys
from pathlib import Path

from clippy_otel import Event, TelemetryCollector

INTERNAL_PATHS = ("/admin", "/internal")


def before_send(event: Event) -> Event | None:
    """See each event before it is redacted: drop what nobody needs, and leave out what nobody should have."""
    if str(event["data"].get("path", "")).startswith(INTERNAL_PATHS):
        return None
    event["data"].pop("ip_address", None)
    return event


def make_collector(endpoint: str | None, *, enabled: bool) -> TelemetryCollector:
    """Return a collector that keeps personal data to itself."""
    return TelemetryCollector(
        enabled=enabled,
        service_name="privacy",
        endpoint=endpoint,
        redact_pii=True,  # the default: built-in fields, and e-mail addresses, cards, phones and SSNs anywhere
        redact_fields=["nickname", "*_note"],  # names of fields of your own, and patterns
        keep_fields=["support_email"],  # an exception: it is ours, and in public
        pseudonym_key="0123456789abcdef",  # 16 bytes or more, the same on all hosts; yours comes from a vault
        before_send=before_send,
        sampling="throttled",  # no more than it takes
        max_events_per_window=100,
    )


class TelemetryManager:
    """Ask for consent, remember the answer, and let it hold at once.

    Args:
        consent_file: Where the answer is kept.
        endpoint: Where telemetry goes; None: what OTEL_EXPORTER_OTLP_ENDPOINT says.
    """

    def __init__(self, consent_file: Path, endpoint: str | None) -> None:
        self._consent_file = consent_file
        self.collector = make_collector(endpoint, enabled=self._user_consent() == "granted")

    def update_consent(self, consent: str) -> None:
        """Take "granted" or "denied": from now on nothing is recorded without."""
        self._consent_file.write_text(consent)
        self.collector.update_config(enabled=consent == "granted")

    def _user_consent(self) -> str:
        return self._consent_file.read_text() if self._consent_file.exists() else "denied"


def record(collector: TelemetryCollector) -> None:
    """Record what an application might, without a thought for privacy."""
    collector.track(
        "profile.saved",
        {
            "userId": "user-123",  # a pseudonym, the same each time
            "email": "ada@example.com",
            "nickname": "countess",
            "support_email": "help@acme.example",
            "doctors_note": "stays at home",
            "about": "call me at +1 415 555 2671, or write to ada@example.com",
            "card": {"creditCard": "4111 1111 1111 1111"},
            "ip_address": "203.0.113.7",
            "username": "john_doe",
        },
    )
    collector.track("page.seen", {"path": "/admin/users"})
    collector.track("page.seen", {"path": "/chat", "userId": "user-123"})


def main(endpoint: str | None) -> None:
    """Record before there is consent, with it, and after it was withdrawn."""
    manager = TelemetryManager(Path("telemetry-consent"), endpoint)
    record(manager.collector)
    manager.update_consent("granted")
    record(manager.collector)
    manager.update_consent("denied")
    record(manager.collector)
    manager.collector.shutdown()

    logs = manager.collector.buffer_status().ledger["logs"]
    print("with consent:", logs.exported + logs.filtered, "of them dropped by before_send:", logs.filtered)
    print("without consent, and recorded nowhere:", logs.disabled)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
