"""The name of a destination: the same for the same one, in every process, and another for any other."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from clippy_otel.clock import SYSTEM_CLOCK
from clippy_otel.config import resolve
from clippy_otel.config.model import TelemetryConfig
from clippy_otel.delivery.destinations import destination_of, make_spool
from clippy_otel.ledger import Ledger
from clippy_otel.state import SPOOL_NAME, state_of
from clippy_otel.testing import InMemoryTransport
from tests._fakes import make_item


def of(**settings: Any) -> str:
    """Return the destination of a configuration with these settings."""
    return destination_of(resolve(config=None, **settings))


def receive(events: object) -> None:
    """Take events."""


def other(events: object) -> None:
    """Take other events."""


def test_same_destination_has_the_same_name_in_another_process() -> None:
    """What a process leaves behind is found by the next one, whatever its hash seed."""
    code = (
        "from clippy_otel.config import resolve; from clippy_otel.delivery.destinations import destination_of;"
        "print(destination_of(resolve(config=None, endpoint='http://c:4318', headers={'b': '1', 'A': '2'})))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    printed = subprocess.run(
        [sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True, timeout=60
    ).stdout.strip()
    assert printed == of(endpoint="http://c:4318", headers={"a": "2", "b": "1"})
    assert len(printed) == 12


def test_whatever_makes_another_destination_makes_another_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another endpoint, transport, tenant, store or receiver does not get what was left for the first."""
    names = [
        of(),
        of(endpoint="http://other:4318"),
        of(transport="grpc"),
        of(headers={"x-tenant": "a"}),
        of(headers={"x-tenant": "b"}),
        of(transport="local"),
        of(transport="local", store="sqlite:///other.db"),
        of(transport="local", store="sqlite:////tmp/other.db"),
        of(transport="console"),
        of(transport="custom", custom_transport=receive),
        of(transport="custom", custom_transport=other),
        of(transport="custom", custom_transport=InMemoryTransport()),
    ]
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://spans-elsewhere:4318/v1/traces")
    names.append(of())
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=c")
    names.append(of())
    assert len(set(names)) == len(names)


def test_relative_store_belongs_to_its_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The same relative name elsewhere is another file."""
    before = of(transport="local")
    monkeypatch.chdir(tmp_path.parent)
    assert of(transport="local") != before


def test_what_does_not_change_the_destination_does_not_change_the_name() -> None:
    """A restart with other limits finds what was left."""
    assert of(max_buffer_size=7, sampling="never", headers={}) == of()
    assert destination_of(TelemetryConfig()) == destination_of(TelemetryConfig(debug=True))


def test_a_spool_is_not_kept_behind_a_link(tmp_path: Path) -> None:
    """Wherever on the way below the state directory somebody has put one, nothing is written through it."""
    (tmp_path / "elsewhere").mkdir()
    for name in ("clippy_otel", f"clippy_otel/{SPOOL_NAME}"):
        state = tmp_path / name.replace("/", "-")
        (state / name).parent.mkdir(parents=True)
        (state / name).symlink_to(tmp_path / "elsewhere")
        config = resolve(config=None, state_directory=str(state))
        spool = make_spool(config, state_of(config), Ledger(), SYSTEM_CLOCK)
        assert spool is not None
        assert not spool.open()
        assert spool.append([make_item()]) == []
    assert not list((tmp_path / "elsewhere").iterdir())
