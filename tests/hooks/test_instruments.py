"""A collector's metrics by name: histograms with fitting buckets, counters that are totals, mistakes that stay ours."""

from __future__ import annotations

import gc
import logging
import os
import signal
import threading
import weakref
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.proto.metrics.v1.metrics_pb2 import ScopeMetrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.resources import Resource

from clippy_otel.hooks.buckets import boundaries
from clippy_otel.hooks.instruments import MAX_NAMES, Instruments
from clippy_otel.hooks.metric_reader import DeliveryReader
from clippy_otel.privacy.redactor import Redactor
from tests._fakes import RaisingMapping

MAIL = "alice@example.com"


class Setup:
    """Instruments over a provider that is read by hand.

    Attributes:
        lost: What was booked.
        redactor: The one in force.
    """

    def __init__(self) -> None:
        self.lost: list[tuple[str, int]] = []
        self.reader = InMemoryMetricReader()
        self.provider = MeterProvider([self.reader], resource=Resource.get_empty(), shutdown_on_exit=False)
        self.redactor: Redactor | None = Redactor()
        self.instruments = Instruments(
            lambda: self.provider.get_meter("m"),
            lambda: self.redactor,
            book=lambda column, count: self.lost.append((column, count)),
        )

    def metrics(self) -> dict[str, Any]:
        """Collect and return the metrics by name; several units of a name are listed with it."""
        with self.instruments.collecting():
            data = self.reader.get_metrics_data()
        resources = [] if data is None else data.resource_metrics
        return {
            metric.name if not metric.unit else f"{metric.name}/{metric.unit}": metric
            for of_resource in resources
            for of_scope in of_resource.scope_metrics
            for metric in of_scope.metrics
        }

    def totals(self) -> dict[str, list[tuple[dict[str, Any], float]]]:
        """Return the points of all counters."""
        return {
            name: [(dict(point.attributes), point.value) for point in metric.data.data_points]
            for name, metric in self.metrics().items()
            if hasattr(metric.data, "is_monotonic")
        }

    def sums(self) -> dict[str, list[float]]:
        """Return the sums of all histograms."""
        return {
            name: [point.sum for point in metric.data.data_points]
            for name, metric in self.metrics().items()
            if hasattr(metric.data.data_points[0], "sum")
        }


@pytest.fixture
def setup() -> Setup:
    """Return instruments over a provider."""
    return Setup()


def warnings_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what our logger has said."""
    return [record.getMessage() for record in caplog.records if record.name == "clippy_otel"]


def test_histograms(setup: Setup) -> None:
    """A value is in the histogram of its name and unit, with the buckets that fit the unit."""
    setup.instruments.record("a.b", 3, "ms", {"k": "v"})
    setup.instruments.record("a.b", 4.5, "ms", {"k": "v"})
    setup.instruments.record("a.b", 2, "By")
    setup.instruments.record("A.B", 1, "ms", {"k": "v"})
    metrics = setup.metrics()
    assert sorted(metrics) == ["a.b/By", "a.b/ms"]
    (point,) = metrics["a.b/ms"].data.data_points
    assert (point.count, point.sum, dict(point.attributes)) == (3, 8.5, {"k": "v"})
    assert point.explicit_bounds == boundaries("any", "ms")
    assert metrics["a.b/By"].data.data_points[0].explicit_bounds == boundaries("any", "By")
    assert setup.lost == []


def test_buckets_with_our_reader(setup: Setup) -> None:
    """The advice on buckets holds with our reader's preferred aggregation too."""
    reader = DeliveryReader(book=lambda *_: None, flush=lambda _: True)
    setup.provider.add_metric_reader(reader)
    setup.instruments.record("a", 3, "By")
    (item,) = reader.take(10_000)
    (metric,) = ScopeMetrics.FromString(item.data).metrics
    assert tuple(metric.histogram.data_points[0].explicit_bounds) == boundaries("any", "By")


def test_counters(setup: Setup) -> None:
    """What is added is a monotonic cumulative sum by attribute set, and totals go on from collection to collection."""
    setup.instruments.add("uses", 1, "1", {"f": "chat"})
    setup.instruments.add("USES", 2, "1", {"f": "chat"})
    setup.instruments.add("uses", 0.5, "1")
    setup.instruments.add("uses", 7, "{token}")
    assert setup.totals() == {"uses/1": [({"f": "chat"}, 3), ({}, 0.5)], "uses/{token}": [({}, 7)]}
    setup.instruments.add("uses", 1, "1", {"f": "chat"})
    metrics = setup.metrics()
    assert [point.value for point in metrics["uses/1"].data.data_points] == [4, 0.5]
    assert metrics["uses/1"].data.is_monotonic
    assert metrics["uses/1"].data.aggregation_temporality == 2
    assert setup.lost == []


def test_totals_are_redacted_before_they_are_told_apart(setup: Setup) -> None:
    """Two users' counts are one total, and the caller's attributes stay as they are."""
    given = {"user": MAIL}
    setup.instruments.add("uses", 1, "1", given)
    setup.instruments.add("uses", 2, "1", {"user": "bob@example.com"})
    assert setup.totals() == {"uses/1": [({"user": "[REDACTED]"}, 3)]}
    assert given == {"user": MAIL}


@pytest.mark.parametrize("name", ["", "1a", "a b", "a" * 256, "é", "a\n", None, 3, ["a"], b"a"])
@pytest.mark.parametrize("method", ["record", "add"])
def test_bad_names(method: str, name: Any, setup: Setup, caplog: pytest.LogCaptureFixture) -> None:
    """What is no instrument name is booked each time and warned about once, without showing it."""
    for _ in range(2):
        getattr(setup.instruments, method)(name, 1, "ms")
    assert setup.metrics() == {}
    assert setup.lost == [("unencodable", 1)] * 2
    assert warnings_of(caplog) == [
        "a metric was not recorded: its name is no letter followed by at most 254 letters, digits and -_./"
    ]


@pytest.mark.parametrize("unit", ["é", "x" * 64, 3, ["ms"]])
@pytest.mark.parametrize("method", ["record", "add"])
def test_bad_units(method: str, unit: Any, setup: Setup, caplog: pytest.LogCaptureFixture) -> None:
    """A unit that OpenTelemetry does not know how to carry, likewise."""
    for _ in range(2):
        getattr(setup.instruments, method)("a", 1, unit)
    assert setup.metrics() == {}
    assert setup.lost == [("unencodable", 1)] * 2
    assert warnings_of(caplog) == ["a metric was not recorded: its unit is no ASCII text of at most 63 characters"]


@pytest.mark.parametrize("method", ["record", "add"])
@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        -float("inf"),
        -1,
        -0.5,
        True,
        "1",
        None,
        [1],
        1 << 2000,
        Decimal(1),
        np.float64("nan"),
        np.bool_(1),
    ],
)
def test_bad_values(method: str, value: Any, setup: Setup, caplog: pytest.LogCaptureFixture) -> None:
    """What is no finite number of 0 or more is booked each time and warned about once."""
    for _ in range(2):
        getattr(setup.instruments, method)("a", value, "ms")
    assert setup.lost == [("unencodable", 1)] * 2
    assert warnings_of(caplog) == ["a metric was not recorded: its value is no finite number of 0 or more"]
    assert setup.totals() == {}
    assert setup.sums() == {}


@pytest.mark.parametrize("method", ["record", "add"])
def test_several_mistakes(method: str, setup: Setup) -> None:
    """A measurement with several mistakes is booked once."""
    getattr(setup.instruments, method)("", -1, "é", "no mapping")
    assert setup.lost == [("unencodable", 1)]


@pytest.mark.parametrize(
    "value, taken",
    [
        (np.int64(3), 3),
        (np.float32(0.5), 0.5),
        (Fraction(1, 4), 0.25),
        (1 << 70, float(1 << 70)),
        (0, 0),
        (1e300, 1e300),
    ],
)
def test_numbers_of_other_kinds(value: Any, taken: float, setup: Setup) -> None:
    """Numbers of other types are taken as plain ones, large whole ones as floats."""
    setup.instruments.record("h", value, "1")
    setup.instruments.add("c", value, "1")
    assert setup.totals() == {"c/1": [({}, taken)]}
    assert setup.sums() == {"h/1": [taken]}
    assert type(setup.totals()["c/1"][0][1]) is type(taken)


@pytest.mark.parametrize("attributes", ["k=v", [("k", "v")], 0, 3])
def test_attributes_that_are_no_mapping(attributes: Any, setup: Setup, caplog: pytest.LogCaptureFixture) -> None:
    """The value counts all the same, without them, and there is one warning."""
    setup.instruments.record("h", 2, "1", attributes)
    setup.instruments.add("c", 3, "1", attributes)
    assert setup.totals() == {"c/1": [({}, 3)]}
    assert setup.sums() == {"h/1": [2]}
    assert setup.lost == []
    assert warnings_of(caplog) == ["a metric was recorded without its attributes, which are no mapping"]


@pytest.mark.swallows
def test_attributes_that_raise(setup: Setup) -> None:
    """A mapping that raises when it is read reaches nobody as an exception, and what is lost is booked."""
    setup.instruments.record("h", 2, "1", RaisingMapping())
    assert setup.lost == [("unencodable", 1)]
    setup.instruments.add("c", 3, "1", RaisingMapping())
    assert setup.totals() == {"c/1": [({}, 3)]}


@pytest.mark.swallows
def test_redaction_that_raises(setup: Setup) -> None:
    """What cannot be redacted is dropped and booked as that."""

    class Broken(Redactor):
        def redact_attributes(self, mapping: Mapping[str, Any], *, user_ids: list[str] | None = None) -> Any:  # noqa: ARG002 - the signature
            raise RuntimeError

    setup.instruments.add("c", 3, "1", {"a": "b"})
    setup.redactor = Broken()
    setup.instruments.add("c", 3, "1", {"a": "b"})
    assert setup.lost == [("redaction_failed", 1)]


def test_redactor_in_force(setup: Setup) -> None:
    """What one redactor leaves as it is, and is counted without being redacted again, is judged anew by the next."""
    for redactor in (Redactor(), Redactor(redact_fields=["colour"]), None):
        setup.redactor = redactor
        for _ in range(3):
            setup.instruments.add("c", 1, "1", {"colour": "red", "mail": MAIL})
    mail = "[REDACTED]"
    assert setup.totals() == {
        "c/1": [
            ({"colour": "red", "mail": mail}, 3),
            ({"colour": "[REDACTED]", "mail": mail}, 3),
            ({"colour": "red", "mail": MAIL}, 3),
        ]
    }


def test_too_many_names(setup: Setup, caplog: pytest.LogCaptureFixture) -> None:
    """Beyond the limit measurements are counted as such, booked, and warned about once; known names go on."""
    for number in range(MAX_NAMES + 2):
        setup.instruments.add(f"c{number}", 5, "1")
        setup.instruments.record(f"h{number}", 5, "1")
    setup.instruments.add("c0", 5, "1")
    totals = setup.totals()
    assert len(totals) == MAX_NAMES + 1
    assert len(setup.sums()) == MAX_NAMES
    assert totals["c0/1"] == [({}, 10)]
    assert totals["clippy.metric.overflow/{measurement}"] == [({}, 4)]
    assert setup.lost == [("queue_full", 1)] * 4
    assert warnings_of(caplog) == [
        "a metric was not recorded: there are 1000 names already; clippy.metric.overflow counts the rest"
    ]


def test_after_close(setup: Setup) -> None:
    """Once closed, nothing is recorded, it is booked as late, and the observable counters are empty."""
    setup.instruments.add("c", 1, "1")
    assert setup.totals() == {"c/1": [({}, 1)]}
    setup.instruments.close()
    setup.instruments.add("c", 1, "1")
    setup.instruments.record("h", 1, "1")
    assert setup.metrics() == {}
    assert setup.lost == [("after_shutdown", 1)] * 2


def test_nothing_is_kept_alive(setup: Setup) -> None:
    """A provider that lives on does not keep the instruments alive, and its counters are empty then."""
    setup.instruments.add("c", 1, "1")
    assert setup.totals() == {"c/1": [({}, 1)]}
    reference = weakref.ref(setup.instruments)
    setup.instruments = Setup().instruments
    gc.collect()
    assert reference() is None
    assert setup.metrics() == {}


def test_others_readers(setup: Setup) -> None:
    """A reader that is not ours sees new counters once they were asked to be observed."""
    setup.instruments.add("c", 1, "1")
    assert setup.reader.get_metrics_data() is None
    setup.instruments.observe_new()
    assert setup.reader.get_metrics_data() is not None


@pytest.mark.swallows
def test_a_meter_that_raises() -> None:
    """A meter that makes no instruments costs the measurements, booked, and nothing else."""

    def broken() -> Any:
        raise RuntimeError

    lost: list[tuple[str, int]] = []
    instruments = Instruments(broken, lambda: None, book=lambda column, count: lost.append((column, count)))
    instruments.record("h", 1, "1")
    instruments.add("c", 1, "1")
    with instruments.collecting():
        pass
    assert lost == [("unencodable", 1)]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_told_of_the_first_addition(setup: Setup) -> None:
    """on_addition is called once, at the first addition, and once more in a forked child, known name or not."""
    told: list[int] = []
    instruments = Instruments(
        lambda: setup.provider.get_meter("m"), lambda: None, book=lambda *_: None, on_addition=lambda: told.append(1)
    )
    instruments.record("h", 1, "1")
    instruments.add("c", -1, "1")
    assert told == []
    instruments.add("c", 1, "1")
    instruments.add("d", 1, "1")
    assert told == [1]
    child = os.fork()
    if child == 0:
        instruments.add("c", 1, "1")
        instruments.add("c", 1, "1")
        os._exit(len(told))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 2


@pytest.mark.swallows
def test_what_is_told_may_fail(setup: Setup) -> None:
    """A callback that raises reaches nobody, and the addition counts."""

    def broken() -> None:
        raise RuntimeError

    instruments = setup.instruments = Instruments(
        lambda: setup.provider.get_meter("m"),
        lambda: None,
        book=lambda column, count: setup.lost.append((column, count)),
        on_addition=broken,
    )
    instruments.add("c", 1, "1")
    assert setup.totals() == {"c/1": [({}, 1)]}
    assert setup.lost == []


def test_inside_a_callback(setup: Setup) -> None:
    """A callback of an observable instrument may record and count under new names, though the SDK holds its lock."""

    def callback(_options: CallbackOptions) -> Iterable[Observation]:
        setup.instruments.record("h", 2, "1")
        setup.instruments.add("c", 3, "1")
        return [Observation(1)]

    setup.provider.get_meter("other").create_observable_gauge("g", [callback])
    assert list(setup.metrics()) == ["g"]
    assert setup.totals() == {"c/1": [({}, 6)]}
    assert setup.sums()["h/1"] == [4]  # and once more after this collection


def test_inside_itself(setup: Setup) -> None:
    """What records while its thread is inside the SDK does not wait for itself, and is recorded afterwards."""

    class Recording(str):
        """A key at whose hashing something records."""

        __slots__ = ()

        def __hash__(self) -> int:
            if seen.setdefault("hashed", False) is False:
                seen["hashed"] = True
                setup.instruments.record("inner", 2, "1")
                assert "inner" not in (name for name, _ in setup.instruments._histograms)
            return super().__hash__()

    seen: dict[str, bool] = {}
    setup.instruments.record("outer", 1, "1", {"warm": 1})
    key = Recording("k")
    setup.instruments.record("outer", 1, "1", MappingOf(key))
    assert setup.sums() == {"outer/1": [1, 1], "inner/1": [2]}


class MappingOf(Mapping[str, Any]):
    """A mapping of one key, which is hashed only when somebody reads it."""

    def __init__(self, key: str) -> None:
        self.key = key

    def __getitem__(self, key: str) -> Any:
        return 1

    def __iter__(self) -> Any:
        return iter((self.key,))

    def __len__(self) -> int:
        return 1


def test_what_is_put_off_is_bounded(setup: Setup) -> None:
    """A flood from inside a collection is cut off, and what is cut off is booked."""
    with setup.instruments.collecting():
        for _ in range(1_002):
            setup.instruments.record("h", 1, "1")
    assert setup.lost == [("queue_full", 1)] * 2
    assert setup.sums() == {"h/1": [1_000]}


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs signals")
def test_signal_handlers(setup: Setup) -> None:
    """A signal handler that records and counts into what it has interrupted never deadlocks, and nothing is lost."""
    handled = [0]

    def handler(_number: int, _frame: object) -> None:
        handled[0] += 1
        setup.instruments.record("h", 1, "1", {"k": "v"})
        setup.instruments.add("c", 1, "1", {"k": "v"})

    before = signal.signal(signal.SIGALRM, handler)
    # The first call loads what redaction needs; a handler that comes in meanwhile has its record redacted as a whole.
    setup.instruments.record("h", 1, "1", {"k": "v"})
    setup.instruments.add("c", 1, "1", {"k": "v"})
    calls = 1
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
        while handled[0] < 200:
            calls += 1
            setup.instruments.record("h", 1, "1", {"k": "v"})
            setup.instruments.add("c", 1, "1", {"k": "v"})
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert setup.totals() == {"c/1": [({"k": "v"}, calls + handled[0])]}
    assert setup.sums() == {"h/1": [calls + handled[0]]}


def test_threads(setup: Setup) -> None:
    """Threads that start with the same new names lose nothing, while another one collects."""

    def work() -> None:
        for number in range(500):
            setup.instruments.add(f"c{number % 5}", 1, "1")
            setup.instruments.record(f"h{number % 5}", 1, "1")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        setup.metrics()
    assert setup.totals() == {f"c{number}/1": [({}, 400)] for number in range(5)}
    assert setup.sums() == {f"h{number}/1": [400] for number in range(5)}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_child_starts_at_zero(setup: Setup) -> None:
    """A forked child's totals are its own, under names old and new, whatever the parent was in the middle of."""
    setup.instruments.add("old", 1, "1")
    setup.totals()
    setup.instruments.add("new", 1, "1")
    setup.instruments._busy.add(threading.get_ident())
    with setup.instruments._totals._lock:
        child = os.fork()
        if child == 0:
            setup.instruments.add("old", 5, "1")
            setup.instruments.add("new", 6, "1")
            setup.instruments.record("h", 7, "1")
            found = setup.totals() == {"old/1": [({}, 5)], "new/1": [({}, 6)]} and setup.sums() == {"h/1": [7]}
            os._exit(0 if found else 1)
    setup.instruments._busy.clear()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert setup.totals() == {"old/1": [({}, 1)], "new/1": [({}, 1)]}


def test_warning_inside_a_log_handler(setup: Setup, caplog: pytest.LogCaptureFixture) -> None:
    """A log handler that makes the same mistake while it is told of it does not recurse."""

    class Mistaken(logging.Handler):
        """A handler that records under no name."""

        def emit(self, record: logging.LogRecord) -> None:
            setup.instruments.record("", 1, record.levelname)
            setup.instruments.add("", 1, record.levelname)

    handler = Mistaken()
    logging.getLogger("clippy_otel").addHandler(handler)
    try:
        setup.instruments.record("", 1, "1")
    finally:
        logging.getLogger("clippy_otel").removeHandler(handler)
    assert setup.lost == [("unencodable", 1)] * 3
    assert len(warnings_of(caplog)) == 1
