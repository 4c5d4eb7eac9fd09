"""gevent and eventlet: what of this package their patches of the standard library break, told when it is configured.

Delivery over HTTP, the spool and all else work with green threads: the delivery thread is one. gRPC does not: it waits
in C, and whatever waits there holds up every green thread of the process, seconds long where the peer is slow. gevent
alone can be taught to gRPC, by gRPC's own `grpc.experimental.gevent.init_gevent()`.
"""

from __future__ import annotations

import sys
import threading
from typing import Final

from clippy_otel import _guard
from clippy_otel.exceptions import ConfigurationError

_LOCAL_AT_IMPORT: Final = threading.local


def patched_by() -> str | None:
    """Return what has made threads green, "gevent" or "eventlet"; None: they are the system's."""
    monkey = sys.modules.get("gevent.monkey")
    if monkey is not None and monkey.is_module_patched("threading"):
        return "gevent"
    patcher = sys.modules.get("eventlet.patcher")
    if patcher is not None and patcher.is_monkey_patched("thread"):
        return "eventlet"
    return None


def holds_all_up() -> bool:
    """Return whether a call over gRPC would hold up all other green threads."""
    by = patched_by()
    # That module has no other purpose than to teach gRPC.
    return by is not None and not (by == "gevent" and "grpc.experimental.gevent" in sys.modules)


def check(transport: str) -> None:
    """Refuse a transport that does not work with green threads, and warn where the patch came too late.

    Raises:
        ConfigurationError: gRPC would hold up everything.
    """
    by = patched_by()
    if by is None:
        return
    if transport == "grpc" and holds_all_up():
        hint = ", or call grpc.experimental.gevent.init_gevent() before" if by == "gevent" else ""
        raise ConfigurationError(
            f'transport: "grpc" holds up all green threads where {by} has patched threading; use "http"{hint}'
        )
    if threading.local is not _LOCAL_AT_IMPORT:
        _guard.logger.warning(
            "%s patched threading after clippy_otel was imported: green threads share what is meant for one of them, "
            "and a before_send that waits drops the events of all others; patch before anything else is imported",
            by,
        )
