"""A metric's point as a row of the SQLite store, and back unchanged.

Series and time tell a point from all others. Name, unit, attributes and the like are the series' and stand once.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from clippy_otel.otlp.points import Exemplar, MetricKind, MetricPoint
from clippy_otel.store.origins import Mappings, Origin, Texts, origin_ids, row_id
from clippy_otel.store.values import MAX_INTEGER, from_json, to_canonical_json, to_json

_STATISTICS: Final = ("count", "sum", "min", "max")
_BUCKETS: Final = (
    *("scale", "zero_count", "zero_threshold"),
    *("positive_offset", "positive_bucket_counts", "negative_offset", "negative_bucket_counts"),
)


class _Table(NamedTuple):
    """Where the points of a kind are, and which of a point's fields are columns there beside those of all kinds."""

    name: str
    fields: tuple[str, ...]


_TABLES: Final[Mapping[MetricKind, _Table]] = {
    "gauge": _Table("metrics_gauge", ("value",)),
    "sum": _Table("metrics_sum", ("value",)),
    "histogram": _Table("metrics_histogram", (*_STATISTICS, "bucket_counts", "explicit_bounds")),
    "exponential_histogram": _Table("metrics_exp_histogram", (*_STATISTICS, *_BUCKETS)),
    "summary": _Table("metrics_summary", ("count", "sum", "quantiles")),
}
METRIC_TABLES: Final = tuple(table.name for table in _TABLES.values())

_SERIES: Final = """name, attributes, kind, unit, description, is_monotonic, temporality,
    resource_schema_url, scope_schema_url, resource_id, scope_id"""
_SERIES_VALUES: Final = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
# Statements below are put together from the names in this file and nothing else, hence the marks.
_INSERT_SERIES: Final = f"INSERT INTO metric_series ({_SERIES}) VALUES {_SERIES_VALUES} ON CONFLICT DO NOTHING"  # noqa: S608
_FIND_SERIES: Final = f"SELECT id FROM metric_series WHERE ({_SERIES}) = {_SERIES_VALUES}"  # noqa: S608


def _insert(table: _Table) -> str:
    columns = ("series_id", "time_unix_nano", "start_time_unix_nano", "flags", "exemplars", *table.fields)
    values = ", ".join("?" * len(columns))
    return f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({values}) ON CONFLICT DO NOTHING"  # noqa: S608


def _select(table: _Table) -> str:
    # The order of the joins is fixed, as that of SELECT_LOGS is.
    return f"""SELECT
        series_id, time_unix_nano, start_time_unix_nano, flags, exemplars,
        metric_series.name, metric_series.attributes, kind, unit, description, is_monotonic, temporality,
        resource_schema_url, scope_schema_url,
        resources.attributes, scopes.name, scopes.version, scopes.attributes, {", ".join(table.fields)}
        FROM {table.name} CROSS JOIN metric_series ON metric_series.id = series_id
        CROSS JOIN resources ON resources.id = resource_id CROSS JOIN scopes ON scopes.id = scope_id"""  # noqa: S608


_INSERT: Final = {kind: _insert(table) for kind, table in _TABLES.items()}
SELECT_POINTS: Final = {kind: _select(table) for kind, table in _TABLES.items()}


class _Row(NamedTuple):
    """A point made ready for insertion."""

    kind: MetricKind
    origin: Origin
    series: tuple[Any, ...]  # in the order of _SERIES, up to the ids
    columns: tuple[Any, ...]  # in the order of _INSERT, from the time on


class PreparedMetrics:
    """Metric points made ready for insertion, as PreparedLogs are."""

    def __init__(self, points: Sequence[MetricPoint]) -> None:
        texts = Texts()
        self._rows = [_Row(point.kind, texts.origin(point), _series(point), _columns(point)) for point in points]

    def insert(self, connection: sqlite3.Connection) -> int:
        """Insert them in the transaction that is open; return how many were not there before."""
        ids = origin_ids(connection, (row.origin for row in self._rows))
        series_ids: dict[tuple[Any, ...], int] = {}
        rows: dict[MetricKind, list[tuple[Any, ...]]] = {}
        for row in self._rows:
            series = (*row.series, *ids[row.origin])
            if series not in series_ids:
                series_ids[series] = row_id(connection, _INSERT_SERIES, _FIND_SERIES, series)
            rows.setdefault(row.kind, []).append((series_ids[series], *row.columns))
        return sum(connection.executemany(_INSERT[kind], of_kind).rowcount for kind, of_kind in rows.items())


def stored_points(rows: Iterable[tuple[Any, ...]]) -> list[MetricPoint]:
    """Return what rows of SELECT_POINTS stand for."""
    shared = Mappings()
    return [_stored_point(row, shared) for row in rows]


def _series(point: MetricPoint) -> tuple[Any, ...]:
    return (
        point.name,
        to_canonical_json(point.attributes),
        point.kind,
        point.unit,
        point.description,
        point.is_monotonic,
        point.temporality,
        point.resource_schema_url,
        point.scope_schema_url,
    )


def _columns(point: MetricPoint) -> tuple[Any, ...]:
    return (
        min(point.time_unix_nano, MAX_INTEGER),
        min(point.start_time_unix_nano, MAX_INTEGER),
        point.flags,
        to_json([exemplar._asdict() for exemplar in point.exemplars]) if point.exemplars else None,
        *(_column(getattr(point, field)) for field in _TABLES[point.kind].fields),
    )


def _column(value: Any) -> Any:
    if isinstance(value, tuple):
        return to_json(value) if value else None
    return min(value, MAX_INTEGER) if isinstance(value, int) else value


def _stored_point(row: tuple[Any, ...], shared: Mappings) -> MetricPoint:
    (_, time_unix_nano, start_time_unix_nano, flags, exemplars, name, attributes, kind, *rest) = row
    (unit, description, is_monotonic, temporality, resource_url, scope_url, *rest) = rest
    (resource, scope_name, scope_version, scope_attributes, *measured) = rest
    return MetricPoint(
        resource=shared[resource],
        resource_schema_url=resource_url,
        scope_name=scope_name,
        scope_version=scope_version,
        scope_attributes=shared[scope_attributes],
        scope_schema_url=scope_url,
        name=name,
        description=description,
        unit=unit,
        kind=kind,
        is_monotonic=bool(is_monotonic),
        temporality=temporality,
        attributes=from_json(attributes),
        start_time_unix_nano=start_time_unix_nano,
        time_unix_nano=time_unix_nano,
        flags=flags,
        exemplars=tuple(Exemplar(**exemplar) for exemplar in from_json(exemplars or "[]")),
        **{
            field: _field(column)
            for field, column in zip(_TABLES[kind].fields, measured, strict=True)
            if column is not None
        },
    )


def _field(column: Any) -> Any:
    """Return a column as the point's field: texts are JSON arrays, of numbers or of pairs of them."""
    if not isinstance(column, str):
        return column
    return tuple(tuple(item) if isinstance(item, list) else item for item in from_json(column))
