"""A peer that hangs, in every place where one can: shutdown keeps its deadline, and the next process delivers."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests._grpc_peer import Call, Peer
from tests._sinks import Fault, Reception, Sink, unreachable
from tests.faults._processes import FULL, Application, Row, length, received, show, wait_until

COUNT = int(length(200, 5000))
TIMEOUT_MS = length(1500, 5000)
# What the deadline may be exceeded by: little where the machine is ours alone, more beside other tests.
LATE_S = 0.25 if FULL else 3.0
START_S = 5.0 if FULL else 15.0  # until the next process has delivered

HTTP = {
    "connect": None,
    "TLS": Reception.UNREAD,
    "TLS handshake that drips": Reception.DRIP_HANDSHAKE,
    "no answer": Fault.SILENT,
    "header that drips": Fault.DRIP_HEADER,
    "body that drips": Fault.DRIP_BODY,
    "half a body": Fault.HALF_BODY,
    "body without end": Fault.OPEN_END,
    "reads nothing": Reception.UNREAD,
    "reads little by little": Reception.DRIP_READ,
}


@contextmanager
def hanging_http(place: str) -> Iterator[str]:
    """Yield the URL of a peer that hangs in one place."""
    how = HTTP[place]
    if how is None:
        with unreachable() as url:
            yield url
    elif isinstance(how, Reception):
        with Sink(reception=how) as sink:
            yield sink.url.replace("http:", "https:") if place.startswith("TLS") else sink.url
    else:
        with Sink(lambda _: how) as sink:
            yield sink.url


@contextmanager
def hanging_grpc(place: str) -> Iterator[str]:
    """Yield the URL of a gRPC peer that hangs in one place."""
    if place == "connect":
        with unreachable() as url:
            yield url
    elif place == "says nothing":
        with Sink(reception=Reception.UNREAD) as sink:
            yield sink.url
    else:
        with contextlib.ExitStack() as stack:
            peers: list[Peer] = []

            def stuck(_: Call, __: Any) -> bytes:
                peers[0].ending.wait()
                return b""

            peers.append(stack.enter_context(Peer(stuck)))
            yield peers[0].url


def settings_for(url: str, state: Path, transport: str) -> dict[str, Any]:
    """Return the settings; the destination is the port, whoever listens there by then."""
    return {"endpoint": url, "transport": transport, "state_directory": str(state), "flush_interval_ms": 200}


def stop_in_time(fault: str, url: str, state: Path, transport: str) -> int:
    """Record, shut down at a hanging peer, and return how many events were recorded: all of them are on disk."""
    with Application(settings_for(url, state, transport), count=COUNT, timeout_ms=TIMEOUT_MS) as application:
        answer = application.finish()
    assert answer["shutdown_s"] < TIMEOUT_MS / 1000 + LATE_S
    books = answer["ledger"]["logs"]
    assert books == {"offered": books["offered"], "spooled": books["offered"]}
    assert answer["result"]["spooled"] >= 1
    show(Row(f"{fault}: shutdown in {answer['shutdown_s']:.2f} s", application.emitted, 0, 0, books["spooled"]))
    return application.emitted


@pytest.mark.parametrize("place", HTTP)
def test_http_peer_that_hangs(place: str, tmp_path: Path) -> None:
    """Shutdown ends by its deadline with everything on disk; the next process delivers it, recording nothing."""
    with hanging_http(place) as url:
        emitted = stop_in_time(f"http, {place}", url, tmp_path, "http")
    if url.startswith("https:"):
        return  # the same port speaks no TLS; delivery is shown by the others
    with (
        Sink(port=int(url.rpartition(":")[2])) as sink,
        Application(settings_for(url, tmp_path, "http"), wait=True) as application,
    ):
        application.wait_for("ready")
        began = time.monotonic()
        assert wait_until(lambda: received(list(sink.requests)).distinct >= emitted, START_S)
        duration_s = time.monotonic() - began
        application.finish()
        came = received(sink.requests)
    assert (came.distinct, came.duplicated) == (emitted, 0)
    show(Row(f"... the next process, {duration_s:.2f} s", emitted, came.distinct, came.duplicated, emitted))


@pytest.mark.parametrize("place", ["connect", "says nothing", "stuck handler"])
def test_grpc_peer_that_hangs(place: str, tmp_path: Path) -> None:
    """The same over gRPC."""
    with hanging_grpc(place) as url:
        emitted = stop_in_time(f"grpc, {place}", url, tmp_path, "grpc")
    with (
        Peer(port=int(url.rpartition(":")[2])) as peer,
        Application(settings_for(url, tmp_path, "grpc"), wait=True) as application,
    ):
        application.wait_for("ready")
        assert wait_until(lambda: received(list(peer.calls)).distinct >= emitted, START_S)
        application.finish()
        came = received(peer.calls)
    assert (came.distinct, came.duplicated) == (emitted, 0)
    show(Row("... the next process", emitted, came.distinct, came.duplicated, emitted))
