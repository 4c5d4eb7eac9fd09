"""Records as requests: framed, prepared by their transport, and halved where they would be too large as sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from clippy_otel.otlp.encode import frame_logs
from clippy_otel.ports import Envelope, QueueItem, Transport


class Request(NamedTuple):
    """Records of one envelope as one request, as it is sent."""

    envelope: Envelope
    items: Sequence[QueueItem]
    payload: bytes


class Framing(NamedTuple):
    """How the records of one signal become requests.

    Attributes:
        transport: Where they go.
        max_payload_bytes: The most bytes of a request as sent, where the transport limits it; a single record that is
            larger goes alone.
        on_failure: Told of records that the transport cannot prepare, and why; they are in no request then.
    """

    transport: Transport
    max_payload_bytes: int
    on_failure: Callable[[Sequence[QueueItem], Exception], None]

    def requests(self, envelope: Envelope, items: Sequence[QueueItem]) -> list[Request]:
        """Return records as requests, in their order."""
        try:
            framed = frame_logs(envelope.resource, envelope.scope, [item.data for item in items])
            payload = self.transport.prepare(framed)
        except Exception as error:  # noqa: BLE001 - a transport broke its promise; its records must not block the rest
            self.on_failure(items, error)
            return []
        too_large = self.transport.limits_payload and len(payload) > self.max_payload_bytes
        if too_large and len(items) > 1:
            return self.halves(envelope, items)
        return [Request(envelope, items, payload)]

    def halves(self, envelope: Envelope, items: Sequence[QueueItem]) -> list[Request]:
        """Return records as two requests at least."""
        half = len(items) // 2
        return [*self.requests(envelope, items[:half]), *self.requests(envelope, items[half:])]
