"""A batch of records as requests: by signal, encoded where they are not yet, framed and prepared.

Not under the worker's eyes: what cannot be encoded or prepared is told, and in no request. Between so many spans the
encoder sleeps for a moment, on a thread of its own: a batch that is encoded in one go keeps the application's threads
from running for as long as that takes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final, Protocol

from clippy_otel.delivery.requests import Framing, Request, TooLargeError
from clippy_otel.delivery.spans import SpanEncoder
from clippy_otel.ledger import Column
from clippy_otel.ports import QueueItem, Signal, Transport

Encoded = Callable[[Sequence[tuple[QueueItem, QueueItem]]], None]

_CHUNK_SPANS: Final = 64  # half a millisecond
_BREATH_S: Final = 0.0005


class Lost(Protocol):
    """Told of records that get into no request."""

    def __call__(self, items: Sequence[QueueItem], column: Column, error: Exception, *, is_replay: bool) -> None:
        """Book them: the ledger's column for them, why, and whether they were read from the spool."""


class Batches:
    """Make requests of what is taken out of the queue, or read from the spool.

    Args:
        transports: Where each signal goes.
        on_loss: Told of records that get into no request.
        on_encoded: Told of items that are encoded now: each as it was, and with its bytes.

    Attributes:
        max_payload_bytes: See Framing.
    """

    def __init__(self, transports: Mapping[Signal, Transport], on_loss: Lost, on_encoded: Encoded) -> None:
        self._transports = transports
        self._on_loss = on_loss
        self._on_encoded = on_encoded
        self._spans = SpanEncoder()
        self.max_payload_bytes = 0

    def requests(self, items: Sequence[QueueItem]) -> Iterator[tuple[Signal, list[Request]]]:
        """Yield the requests of each signal among the items."""
        for signal in dict.fromkeys(item.envelope.signal for item in items):
            encoded = self._encoded([item for item in items if item.envelope.signal == signal])
            if encoded:
                yield signal, self._framing(signal).requests(encoded)

    def replays(self, signal: Signal, items: Sequence[QueueItem]) -> list[Request]:
        """Return what was read from the spool as requests."""
        framing = self._framing(signal, is_replay=True)
        return [request._replace(is_replay=True) for request in framing.requests(items)]

    def of(self, request: Request, items: Sequence[QueueItem]) -> list[Request]:
        """Return some records of a request as requests."""
        framing = self._framing(request.signal, is_replay=request.is_replay)
        return [_like(request, made) for made in framing.requests(items)]

    def halves(self, request: Request) -> list[Request]:
        """Return a request as two smaller ones at least."""
        framing = self._framing(request.signal, is_replay=request.is_replay)
        return [_like(request, half) for half in framing.halves(request.items)]

    def shortened(self, request: Request) -> list[Request]:
        """Return a request of a single record as one of half its size, the record's longest texts cut; none: cannot be.

        The record is told of then, as one that is too large.
        """
        (item,) = request.items
        framing = self._framing(request.signal, is_replay=request.is_replay)
        return [_like(request, cut) for cut in framing.cut(item, (request.cut_bytes or len(item.data)) // 2)]

    def _encoded(self, items: Sequence[QueueItem]) -> Sequence[QueueItem]:
        """Return items with their bytes; what cannot be encoded is told and left out."""
        if all(type(item.data) is bytes for item in items):
            return items
        encoded: list[QueueItem] = []
        has_to_breathe = len(items) > _CHUNK_SPANS and threading.current_thread() is not threading.main_thread()
        for start in range(0, len(items), _CHUNK_SPANS):
            pairs = self._encoded_pairs(items[start : start + _CHUNK_SPANS])
            self._on_encoded(pairs)
            encoded += [made for _, made in pairs]
            if has_to_breathe:  # after the last one too: compressing the request comes next
                time.sleep(_BREATH_S)
        return encoded

    def _encoded_pairs(self, items: Sequence[QueueItem]) -> list[tuple[QueueItem, QueueItem]]:
        encode, pairs = self._spans.encode, []
        for item in items:
            try:
                pairs.append((item, item if type(item.data) is bytes else encode(item)))
            except Exception as error:  # noqa: BLE001, PERF203 - a span of a foreign kind that raises when read
                self._on_loss([item], "unencodable", error, is_replay=False)
        return pairs

    def _framing(self, signal: Signal, *, is_replay: bool = False) -> Framing:
        on_failure = partial(self._unsendable, is_replay=is_replay)
        return Framing(signal, self._transports[signal], self.max_payload_bytes, on_failure)

    def _unsendable(self, items: Sequence[QueueItem], error: Exception, *, is_replay: bool) -> None:
        column: Column = "rejected" if isinstance(error, TooLargeError) else "failed"
        self._on_loss(items, column, error, is_replay=is_replay)


def _like(request: Request, made: Request) -> Request:
    """Return a request that was made of another one, with what is known of that."""
    return made._replace(is_replay=request.is_replay, suspect_since=request.suspect_since)
