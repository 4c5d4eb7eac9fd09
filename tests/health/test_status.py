"""The statuses are ordered."""

from __future__ import annotations

import operator

import pytest

from clippy_otel.health import HealthStatus


def test_order() -> None:
    """HEALTHY < UNKNOWN < DEGRADED < UNHEALTHY, and the level of each is its place."""
    assert sorted(set(HealthStatus)) == list(HealthStatus)
    assert [status.level for status in HealthStatus] == [0, 1, 2, 3]
    assert [status.value for status in HealthStatus] == ["healthy", "unknown", "degraded", "unhealthy"]
    assert HealthStatus.DEGRADED >= HealthStatus.DEGRADED > HealthStatus.UNKNOWN


@pytest.mark.parametrize("compare", [operator.lt, operator.le, operator.gt, operator.ge])
def test_only_with_each_other(compare: object) -> None:
    """A status is not compared with a text or a number."""
    with pytest.raises(TypeError):
        compare(HealthStatus.HEALTHY, 1)  # type: ignore[operator]
