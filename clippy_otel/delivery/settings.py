"""What of the configuration the delivery reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from clippy_otel.config import TelemetryConfig


class DeliverySettings(NamedTuple):
    """How records are delivered; replaced as a whole by a live change."""

    batch_records: int  # the most records of one request, and how many waiting ones trigger a delivery
    batch_bytes: int  # how many held bytes trigger one
    interval_s: float  # how long a record waits at most; 0: no timer
    max_payload_bytes: int  # of one request as sent, where the transport limits it
    send_timeout_s: float
    writes_first: bool = False  # whether each record is in the spool before it is accepted


def settings_of(config: TelemetryConfig) -> DeliverySettings:
    """Return a configuration's."""
    return DeliverySettings(
        batch_records=config.max_buffer_size,
        batch_bytes=config.max_memory_bytes // 2,
        interval_s=config.flush_interval_ms / 1000,
        max_payload_bytes=config.max_payload_bytes,
        send_timeout_s=config.timeout_s,
        writes_first=config.spool.durability == "always",
    )
