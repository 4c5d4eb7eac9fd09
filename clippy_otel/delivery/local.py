"""The `local` transport: requests into a store on this machine, one row a record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from clippy_otel import _guard
from clippy_otel.otlp.decode import DecodedLog, decode_logs
from clippy_otel.ports import Outcome, Verdict
from clippy_otel.store.errors import StoreRefusedError, StoreUnavailableError


class LogStore(Protocol):
    """What the transport needs of a store."""

    def append_logs(self, logs: Sequence[DecodedLog], *, timeout_s: float) -> int:
        """Store all of the records or none; raise a StoreError where that did not succeed."""

    def interrupt(self) -> None:
        """Have an append_logs() that another thread is in give up soon."""

    def close(self) -> None:
        """End writing; idempotent."""


class LocalTransport:
    """Write what is delivered into a store. A request that is sent again adds nothing (by event id).

    A store that is busy, full or cannot be opened now is asked again later; one that is damaged, or not a store of this
    version, refuses. After close() everything is for later.

    Args:
        store: The store; it belongs to the transport from now on, which closes it.
    """

    limits_payload = False

    def __init__(self, store: LogStore) -> None:
        self._store = store

    def prepare(self, data: bytes) -> bytes:
        """Return the request as it is."""
        return data

    def send(self, prepared: bytes, timeout_s: float) -> Outcome:
        """Store the records of a request within timeout_s seconds."""
        try:
            self._store.append_logs(decode_logs(prepared), timeout_s=timeout_s)
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
