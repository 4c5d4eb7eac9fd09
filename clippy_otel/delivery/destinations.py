"""What a configuration delivers to, by a short name, and its spool: what is for one is never sent to another."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from clippy_otel.config import DEFAULT_STORE
from clippy_otel.delivery.routes import ROUTES
from clippy_otel.ports import SIGNALS

if TYPE_CHECKING:
    from clippy_otel.config import TelemetryConfig
    from clippy_otel.delivery.spool import Spool
    from clippy_otel.ledger import Ledger
    from clippy_otel.ports import Clock
    from clippy_otel.state import State

_ABSOLUTE: Final = "sqlite:////"
_NAME_CHARS: Final = 12  # of SHA-256 in hexadecimal: 48 bits


def make_spool(config: TelemetryConfig, state: State | None, ledger: Ledger, clock: Clock) -> Spool | None:
    """Return where a resolved configuration's undelivered records go; None where they stay in memory.

    Nothing on the disk is touched.

    Args:
        config: Its `spool` and its destination.
        state: The state directory; None: there is none.
        ledger: The books of the records.
        clock: For their age.
    """
    if state is None or not config.spools:
        return None
    from clippy_otel.delivery.spool import Spool  # noqa: PLC0415 - for who has a disk

    directory = state.spool_directory(destination_of(config))
    return Spool(directory, config.spool, ledger, clock=clock, make_root=state.make_spool_root)


def destination_of(config: TelemetryConfig) -> str:
    """Return the name of a resolved configuration's destination: 12 hex digits, the same in each process.

    Request headers belong to it, for they tell tenants apart; so a changed credential is another destination.
    """
    import hashlib  # noqa: PLC0415 - it loads OpenSSL, 3.5 MB, for who spools

    parts = "\0".join((config.transport, *_parts(config)))
    return hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()[:_NAME_CHARS]


def _parts(config: TelemetryConfig) -> list[str]:
    if config.transport == "custom":
        return [_name_of(config.custom_transport)]
    if config.transport == "local":
        store = config.store or DEFAULT_STORE
        return [store if store.startswith(_ABSOLUTE) else f"{Path.cwd()}/{store}"]
    variables = ["OTEL_EXPORTER_OTLP_HEADERS"]
    variables += [f"OTEL_EXPORTER_OTLP_{route.environment}_HEADERS" for route in ROUTES.values()]
    return [
        *(config.signal_endpoint(signal) for signal in SIGNALS),
        *(f"{name.lower()}={value}" for name, value in sorted(config.headers.items())),
        *(os.environ.get(variable, "") for variable in variables),
    ]


def _name_of(target: object) -> str:
    """Return what a custom transport is known by in the next process too."""
    if isinstance(target, tuple):
        return ",".join(map(_name_of, target))
    named = target if hasattr(target, "__qualname__") else type(target)
    return f"{named.__module__}.{named.__qualname__}"
