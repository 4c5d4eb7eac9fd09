"""How these tests run a program of their own, and what such a program and its test share: personal data to look for."""

from __future__ import annotations

import ipaddress
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from clippy_otel._sdk import providers as sdk_providers
from clippy_otel.ports import Signal

EMAIL: Final = "canary.{}@example.com"
CARD: Final = "4111 1111 1111 1111"
PASSWORD: Final = "canary-password"
_MARKS: Final = ("canary", CARD[:9], CARD.replace(" ", ""))
_ROOT: Final = Path(__file__).parents[2]
_TIMEOUT_S: Final = 60


def secrets_in(exported: str) -> list[str]:
    """Return the lines of what was exported that hold personal data."""
    # More of the card's number than a timestamp can have in it by chance.
    return [line.strip() for line in exported.splitlines() if any(mark in line for mark in _MARKS)]


def run(*command: str, environ: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command of this interpreter's environment that must end well; return what it has written."""
    executable = Path(sys.executable).with_name(command[0])
    own = {name: value for name, value in os.environ.items() if not name.startswith(("LANGFUSE_", "LOGFIRE_"))}
    done = subprocess.run(
        [executable, *command[1:]],
        env={**own, "PYTHONPATH": str(_ROOT), **(environ or {})},
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def program(name: str) -> str:
    """Return the path of a program that stands beside the tests."""
    return str(Path(__file__).with_name(name))


_FAN_OUTS: Final[Mapping[Signal, tuple[str, str]]] = {
    "spans": ("_active_span_processor", "on_end"),
    "logs": ("_multi_log_record_processor", "on_emit"),
    "metrics": ("_measurement_consumer", "consume_measurement"),
}


def hooks_in(**providers: object) -> list[str]:
    """Return the signals whose providers, of the SDK or in front of one, have a method that is shadowed."""
    hooked: list[str] = []
    for signal, (fan_out, method) in _FAN_OUTS.items():
        if signal in providers:
            found = sdk_providers.sdk_provider(signal, providers[signal])
            hooked += [signal] if method in vars(getattr(found, fan_out)) else []
    return hooked


def stay_at_home() -> list[str]:
    """Keep this process from speaking to other machines; return a list of those that it tries to speak to."""
    tried: list[str] = []

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if event == "socket.getaddrinfo":
            host = arguments[0]
        elif event == "socket.connect" and isinstance(arguments[1], tuple):
            host = arguments[1][0]
        else:
            return
        if not _is_here(str(host)):
            tried.append(str(host))
            raise PermissionError(host)

    sys.addaudithook(watch)
    return tried


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in ("localhost", "None")
