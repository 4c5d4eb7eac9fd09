"""Records as requests: framed, prepared by their transport, halved where they would be too large as sent.

A single record that is too large goes alone, its longest texts cut; what cannot be cut far enough is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from clippy_otel.otlp.framing import frame_request
from clippy_otel.ports import Envelope, QueueItem, Signal, Transport

_MAX_CUTS: Final = 8
_MARGIN: Final = 0.9  # what is cut compresses less well than what was there


class Request(NamedTuple):
    """Records of one signal as one request, as it is sent."""

    signal: Signal
    items: Sequence[QueueItem]
    payload: bytes
    is_replay: bool = False  # whether they were read from the spool, where they still are
    cut_bytes: int = 0  # how large its only record is, where that is cut; 0: it is not
    suspect_since: float = 0.0  # from when on it is tried apart from others, on the monotonic clock; 0: it is not


class TooLargeError(Exception):
    """A single record is larger than it may be, and cannot be cut."""


class Framing(NamedTuple):
    """How the records of one signal become requests.

    Attributes:
        signal: Theirs.
        transport: Where they go.
        max_payload_bytes: The most bytes of a request as sent, where the transport limits it.
        on_failure: Told of records that get into no request, and why: what the transport cannot prepare, or a
            TooLargeError.
    """

    signal: Signal
    transport: Transport
    max_payload_bytes: int
    on_failure: Callable[[Sequence[QueueItem], Exception], None]

    def requests(self, items: Sequence[QueueItem]) -> list[Request]:
        """Return records as requests, in their order but for those of several scopes, which are put together."""
        try:
            payload = self.transport.prepare(frame_request(_by_envelope(items)))
        except Exception as error:  # noqa: BLE001 - a transport broke its promise; its records must not block the rest
            self.on_failure(items, error)
            return []
        too_large = self.transport.limits_payload and len(payload) > self.max_payload_bytes
        if too_large:
            return self.halves(items) if len(items) > 1 else self.shortened(items[0], payload, self.max_payload_bytes)
        return [Request(self.signal, items, payload)]

    def halves(self, items: Sequence[QueueItem]) -> list[Request]:
        """Return records as two requests at least."""
        half = len(items) // 2
        return [*self.requests(items[:half]), *self.requests(items[half:])]

    def shortened(self, item: QueueItem, payload: bytes, max_bytes: int) -> list[Request]:
        """Return a record as a request of at most max_bytes, its longest texts cut; none where that is impossible.

        Args:
            item: The record. It stays as it is: what is kept of it, should it not be sent, is the whole.
            payload: The request as it was before.
            max_bytes: Of the request as sent.
        """
        data: bytes | None = item.data
        try:
            for _ in range(_MAX_CUTS):
                most = int(len(data or b"") * max_bytes / len(payload) * _MARGIN)
                data = _cut(self.signal, data or b"", most)
                if data is None:
                    break
                payload = self._prepared(item, data)
                if len(payload) <= max_bytes:
                    return [Request(self.signal, [item], payload, cut_bytes=len(data))]
        except Exception as error:  # noqa: BLE001 - as above
            self.on_failure([item], error)
            return []
        self._is_too_large(item, f"{max_bytes} bytes")
        return []

    def cut(self, item: QueueItem, max_bytes: int) -> list[Request]:
        """Return a record as a request, its longest texts cut; none where that is impossible.

        For a peer that has refused it: whether that counts bytes as sent or as unpacked is not known, so the record is
        measured, not what it is packed into.

        Args:
            item: The record, which stays as it is.
            max_bytes: Of the record, about.
        """
        try:
            data = _cut(self.signal, item.data, max_bytes)
            if data is not None and len(data) < 2 * max_bytes:  # else it is as small as it gets
                return [Request(self.signal, [item], self._prepared(item, data), cut_bytes=len(data))]
        except Exception as error:  # noqa: BLE001 - as above
            self.on_failure([item], error)
            return []
        self._is_too_large(item, "its peer takes")
        return []

    def _prepared(self, item: QueueItem, data: bytes) -> bytes:
        """Return a record with other bytes than its own as it is sent."""
        return self.transport.prepare(frame_request([(item.envelope, [data])]))

    def _is_too_large(self, item: QueueItem, limit: str) -> None:
        self.on_failure([item], TooLargeError(f"larger than {limit}, cut as far as it can be"))


def _cut(signal: Signal, record: bytes, max_bytes: int) -> bytes | None:
    from clippy_otel.otlp.cutting import cut_record  # noqa: PLC0415 - for who has records that large

    return cut_record(signal, record, max_bytes)


def _by_envelope(items: Sequence[QueueItem]) -> list[tuple[Envelope, list[bytes]]]:
    """Group records by where they come from, those of one resource side by side."""
    groups: dict[Envelope, list[bytes]] = {}
    for item in items:
        groups.setdefault(item.envelope, []).append(item.data)
    return sorted(groups.items(), key=_resource) if len(groups) > 1 else list(groups.items())


def _resource(group: tuple[Envelope, list[bytes]]) -> tuple[bytes, str]:
    return group[0].resource, group[0].resource_schema_url
