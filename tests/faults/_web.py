"""What the servers serve: `GET /NUMBER` records an event with that number and answers with the process's id.

Configured when it is imported, from CLIPPY_TEST_SETTINGS in JSON: in the master of a server that preloads, else in each
worker.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

import clippy_otel

_WORK_S: Final = 0.002
telemetry: Final = clippy_otel.configure("server", **json.loads(os.environ["CLIPPY_TEST_SETTINGS"]))
# A master that has exported has connections, which its workers must not share.
telemetry.collector.track("loaded")
telemetry.flush(1000)


def wsgi(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Serve one request."""
    telemetry.collector.track("fault", {"n": int(environ["PATH_INFO"][1:])})
    time.sleep(_WORK_S)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]


async def asgi(
    scope: dict[str, Any], _: Callable[[], Awaitable[Any]], send: Callable[[dict[str, Any]], Awaitable[None]]
) -> None:
    """Serve one request."""
    assert scope["type"] == "http"
    telemetry.collector.track("fault", {"n": int(scope["path"][1:])})
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(os.getpid()).encode()})
