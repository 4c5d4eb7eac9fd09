"""The machine that figures were measured on: without it they mean nothing."""

from __future__ import annotations

import datetime as dt
import os
import platform
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from clippy_otel._version import __version__

_PACKAGES: Final = (
    "opentelemetry-api",
    "opentelemetry-sdk",
    "opentelemetry-exporter-otlp-proto-http",
    "protobuf",
    "requests",
)


def describe() -> dict[str, Any]:
    """Return what the machine is, what runs on it, and how busy it is at this moment."""
    return {
        "date": dt.datetime.now(dt.timezone.utc).isoformat(timespec="seconds"),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "load": load(),
        "packages": {"clippy-otel": __version__, **{name: metadata.version(name) for name in _PACKAGES}},
    }


def load() -> float:
    """Return how many processes ran or wanted to, on average over the last minute: what may have disturbed us."""
    return round(os.getloadavg()[0], 2)


def _cpu_model() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.processor() or platform.machine())
