"""One Collector for all examples of a test module: each example has a service name of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests._collector import Collector, find_collector
from tests.conftest import require_real
from tests.docs._pages import DOCS, examples


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """Run a Collector; at the end, no secret of any example is in what it wrote."""
    binary = find_collector()
    if binary is None:
        require_real("the OpenTelemetry Collector", "run `make collector` (needs Go) or set OTELCOL_BIN")
        raise AssertionError  # for the type checker: require_real does not return
    running = Collector.start(tmp_path_factory.mktemp("collector"), binary=binary)
    yield running
    running.stop()
    written = running.raw_bytes().decode()
    secrets = {secret for page in DOCS.rglob("*.md") for example in examples(page) for secret in example.secrets}
    assert {secret for secret in secrets if secret in written} == set()
