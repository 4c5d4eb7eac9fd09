"""A peer for OTLP over HTTP in a process of its own: `python -m benchmarks.sink` prints its port, and takes everything.

Each request is answered with an empty Export…ServiceResponse, and kept. What arrived under a path is decoded when
it is asked for, with OpenTelemetry's own protobuf, and then forgotten: so that a side which did not deliver what it
claims to is found out, outside of the time that is measured.
"""

from __future__ import annotations

import contextlib
import gzip
import http.client
import json
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, NamedTuple

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from benchmarks import ROOT

_ASK_TIMEOUT_S: Final = 60.0


class Received(NamedTuple):
    """What arrived under a path since it was last asked for."""

    requests: int
    records: int
    size_bytes: int  # of the bodies as they were sent


class Sink(ThreadingHTTPServer):
    """The peer. POST /PATH/v1/logs or /PATH/v1/traces delivers, GET there says what was received, once."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bodies: defaultdict[str, list[bytes]] = defaultdict(list)

    def take(self, path: str) -> Received:
        """Return what was received under a path, and forget it."""
        bodies = self.bodies.pop(path, [])
        count = _spans if path.endswith("/traces") else _log_records
        return Received(len(bodies), sum(map(count, bodies)), sum(map(len, bodies)))


class _Handler(BaseHTTPRequestHandler):
    """One connection, kept alive."""

    protocol_version = "HTTP/1.1"
    server: Sink

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.bodies[self.path].append(body)
        self._answer(b"", "application/x-protobuf")

    def do_GET(self) -> None:
        self._answer(json.dumps(self.server.take(self.path)).encode(), "application/json")

    def _answer(self, body: bytes, content_type: str) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Say nothing about requests."""


class RemoteSink:
    """A sink in another process.

    Args:
        port: The one that it printed.
    """

    def __init__(self, port: int) -> None:
        self._port = port

    def endpoint(self, side: str) -> str:
        """Return a side's base URL."""
        return f"http://127.0.0.1:{self._port}/{side}"

    def take(self, side: str, resource: str = "logs") -> Received:
        """Return what arrived from a side since it was last asked for: "logs", or "traces"."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_ASK_TIMEOUT_S)
        with contextlib.closing(connection):
            connection.request("GET", f"/{side}/v1/{resource}")
            return Received(*json.loads(connection.getresponse().read()))


@contextlib.contextmanager
def sink_process() -> Iterator[RemoteSink]:
    """Run a sink in another process; it ends with the context, or with this process, whichever comes first."""
    command = (sys.executable, "-m", "benchmarks.sink")
    # Ours alone. Leaving this context closes its standard input, at which it ends, and waits for it.
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        yield RemoteSink(int(process.stdout.readline() if process.stdout else 0))


def _log_records(body: bytes) -> int:
    request = ExportLogsServiceRequest.FromString(gzip.decompress(body))
    return sum(len(scope.log_records) for resource in request.resource_logs for scope in resource.scope_logs)


def _spans(body: bytes) -> int:
    request = ExportTraceServiceRequest.FromString(gzip.decompress(body))
    return sum(len(scope.spans) for resource in request.resource_spans for scope in resource.scope_spans)


def main() -> None:
    """Serve until the standard input ends."""
    with Sink() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(server.server_port, flush=True)
        sys.stdin.read()
        server.shutdown()


if __name__ == "__main__":
    main()
