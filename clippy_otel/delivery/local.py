"""The `local` transport: requests into a store on this machine, one row a record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from clippy_otel import _guard
from clippy_otel.delivery.decoders import DECODERS
from clippy_otel.otlp.decode import DecodedLog
from clippy_otel.otlp.decode_spans import DecodedSpan
from clippy_otel.otlp.points import MetricPoint
from clippy_otel.ports import Outcome, Signal, Verdict
from clippy_otel.store.errors import StoreRefusedError, StoreUnavailableError


class RecordStore(Protocol):
    """What the transport needs of a store."""

    def append_logs(self, logs: Sequence[DecodedLog], *, timeout_s: float) -> int:
        """Store all of the records or none; raise a StoreError where that did not succeed."""

    def append_spans(self, spans: Sequence[DecodedSpan], *, timeout_s: float) -> int:
        """Store all of the spans or none, likewise."""

    def append_metrics(self, points: Sequence[MetricPoint], *, timeout_s: float) -> int:
        """Store all of the points or none, likewise."""

    def interrupt(self) -> None:
        """Have an append that another thread is in give up soon."""

    def close(self) -> None:
        """End writing; idempotent."""


class LocalTransport:
    """Write what is delivered into a store. A request that is sent again adds nothing (but log records without an id).

    A store that is busy, full or cannot be opened now is asked again later; one that is damaged, or not a store of this
    version, refuses. After close() everything is for later.

    Args:
        store: The store; it belongs to the transport from now on, which closes it. Transports for other signals may
            have the same one: they are all closed together.
        signal: The signal of the requests.
    """

    limits_payload = False

    def __init__(self, store: RecordStore, *, signal: Signal = "logs") -> None:
        self._store = store
        self._decode = DECODERS[signal]
        appends: dict[Signal, Callable[..., int]] = {
            "logs": store.append_logs,
            "spans": store.append_spans,
            "metrics": store.append_metrics,
        }
        self._append = appends[signal]

    def prepare(self, data: bytes) -> bytes:
        """Return the request as it is."""
        return data

    def send(self, prepared: bytes, timeout_s: float) -> Outcome:
        """Store the records of a request within timeout_s seconds."""
        try:
            self._append(self._decode(prepared), timeout_s=timeout_s)
        except StoreUnavailableError as error:
            return Outcome(Verdict.RETRY, message=f"local store: {error}")
        except StoreRefusedError as error:
            return Outcome(Verdict.REFUSED, message=f"local store: {error}")
        except ValueError:
            return Outcome(Verdict.REFUSED, message="local store: a malformed request")
        except Exception as error:  # noqa: BLE001 - a mistake of ours; these records must not block the rest
            _guard.swallowed("local transport", error)
            return Outcome(Verdict.REFUSED, message=f"local store: {type(error).__name__}")
        return Outcome(Verdict.DELIVERED)

    def abort(self) -> None:
        """Have a send() that another thread is in return soon."""
        self._store.interrupt()

    def close(self) -> None:
        """Close the store; idempotent."""
        self._store.close()

    def after_fork(self) -> None:
        """Have nothing to do: a store that holds connections takes care of them before the fork (`store.forks`)."""
