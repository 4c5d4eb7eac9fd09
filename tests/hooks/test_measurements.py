"""Measurements are redacted before the SDK's views, aggregations and exemplars, and only where there is something."""

from __future__ import annotations

import gc
import os
import weakref
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest
from opentelemetry import metrics
from opentelemetry.context import Context
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics import AlwaysOnExemplarFilter, MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, MetricReader
from opentelemetry.sdk.metrics.view import View
from opentelemetry.sdk.resources import Resource

from clippy_otel import ConfigurationError, redact_measurements
from clippy_otel.privacy.redactor import Redactor

MAIL = "alice@example.com"
OTHER_MAIL = "bob@example.com"
CARD = 4111111111111111


class SeeingFilter(AlwaysOnExemplarFilter):
    """An exemplar filter that notes the attributes it is asked about."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def should_sample(self, value: float, time_unix_nano: int, attributes: Any, context: Context) -> bool:
        """Note the attributes."""
        self.seen.append(attributes)
        return super().should_sample(value, time_unix_nano, attributes, context)


class CountingRedactor(Redactor):
    """A redactor that counts its calls."""

    calls = 0

    def redact_attributes(self, mapping: Mapping[str, Any], *, user_ids: list[str] | None = None) -> Mapping[str, Any]:
        """Count the call."""
        self.calls += 1
        return super().redact_attributes(mapping, user_ids=user_ids)


class FailingRedactor(Redactor):
    """A redactor that raises."""

    def redact_attributes(self, *_arguments: Any, **_options: Any) -> Mapping[str, Any]:
        """Fail."""
        raise RuntimeError


def provider_of(*readers: MetricReader, **options: Any) -> MeterProvider:
    """Return an SDK provider that needs no shutdown."""
    return MeterProvider(readers, resource=Resource.get_empty(), shutdown_on_exit=False, **options)


def points_of(reader: InMemoryMetricReader) -> list[Any]:
    """Return the points of a collection."""
    data = reader.get_metrics_data()
    if data is None:
        return []
    scopes = [scope for resource in data.resource_metrics for scope in resource.scope_metrics]
    return [point for scope in scopes for metric in scope.metrics for point in metric.data.data_points]


def attributes_of(reader: InMemoryMetricReader) -> list[dict[str, Any]]:
    """Return the attributes of the points of a collection."""
    return [dict(point.attributes) for point in points_of(reader)]


def observing(*rows: tuple[float, dict[str, Any]]) -> Callable[[CallbackOptions], Iterable[Observation]]:
    """Return the callback of an observable instrument."""
    return lambda _options: [Observation(value, attributes) for value, attributes in rows]


@pytest.fixture
def reader() -> InMemoryMetricReader:
    """Return a reader that is asked by hand."""
    return InMemoryMetricReader()


@pytest.mark.parametrize("kind", ["counter", "up_down_counter", "histogram", "gauge"])
def test_every_synchronous_instrument(kind: str, reader: InMemoryMetricReader) -> None:
    """Whatever records, before and after, it is values and keys that are redacted, and the rest stays."""
    provider = provider_of(reader)
    instrument = getattr(provider.get_meter("m"), f"create_{kind}")("i")
    redact_measurements(provider)
    record = getattr(instrument, {"histogram": "record", "gauge": "set"}.get(kind, "add"))
    given = {"user": MAIL, "password": "hunter2", OTHER_MAIL: 1, "route": "/a", "n": 3}
    record(1, given)
    assert attributes_of(reader) == [
        {"user": "[REDACTED]", "password": "[REDACTED]", "[REDACTED]": 1, "route": "/a", "n": 3}
    ]
    assert given == {"user": MAIL, "password": "hunter2", OTHER_MAIL: 1, "route": "/a", "n": 3}


def test_dirty_sets_that_become_equal_are_one_series(reader: InMemoryMetricReader) -> None:
    """Two users' additions to a counter are one sum, not two points that have the same attributes."""
    provider = provider_of(reader)
    redact_measurements(provider)
    counter = provider.get_meter("m").create_counter("c")
    counter.add(1, {"user": MAIL})
    counter.add(2, {"user": OTHER_MAIL})
    assert [(point.value, dict(point.attributes)) for point in points_of(reader)] == [(3, {"user": "[REDACTED]"})]


def test_a_reader_that_is_added_later(reader: InMemoryMetricReader) -> None:
    """A reader is covered whenever it is added, and one measurement is redacted once for all of them."""
    later, redactor = InMemoryMetricReader(), CountingRedactor()
    provider = provider_of(reader)
    redact_measurements(provider, redactor=redactor)
    provider.add_metric_reader(later)
    provider.get_meter("m").create_counter("c").add(1, {"user": MAIL})
    assert attributes_of(reader) == attributes_of(later) == [{"user": "[REDACTED]"}]
    assert redactor.calls == 1


def test_exemplars_and_views(reader: InMemoryMetricReader) -> None:
    """An attribute that a view drops is redacted in the exemplar too, and for the exemplar filter."""
    seeing = SeeingFilter()
    provider = provider_of(reader, exemplar_filter=seeing, views=[View(instrument_name="h", attribute_keys={"route"})])
    provider.get_meter("m").create_observable_gauge("g", [observing((1, {"user": MAIL}))])
    redact_measurements(provider, distinct=lambda _: "[?]")
    provider.get_meter("m").create_histogram("h").record(1, {"route": "/a", "user": MAIL})
    filtered = [exemplar.filtered_attributes for point in points_of(reader) for exemplar in point.exemplars]
    assert filtered == [{"user": "[REDACTED]"}, {}]
    assert seeing.seen == [{"route": "/a", "user": "[REDACTED]"}, {"user": "[?]"}]


@pytest.mark.parametrize("made", ["before", "after"])
def test_observables_stay_apart(made: str, reader: InMemoryMetricReader) -> None:
    """Values of an observable that become equal by redaction get tokens: one each, the same in every collection."""
    provider = provider_of(reader)
    if made == "after":
        redact_measurements(provider)
    callback = observing((1, {"user": MAIL, "q": "a"}), (2, {"user": f"by {OTHER_MAIL}", "q": "a"}), (3, {"q": "a"}))
    provider.get_meter("m").create_observable_gauge("g", [callback])
    if made == "before":
        redact_measurements(provider)
    first, second = points_of(reader), points_of(reader)
    assert [point.value for point in first] == [1, 2, 3]
    users = [point.attributes.get("user") for point in first]
    assert users[0].startswith("[REDACTED:")
    assert len(users[0]) == len("[REDACTED:1a2b3c4d]")
    assert users[1].startswith("by [REDACTED:")
    assert users[2] is None
    assert [point.attributes.get("user") for point in second] == users


def test_tokens_of_other_values(reader: InMemoryMetricReader) -> None:
    """A number that is redacted gets a token of its digits; one's own function is asked about the value as it was."""
    asked: list[str] = []

    def distinct(text: str) -> str:
        asked.append(text)
        return f"<{len(asked)}>"

    provider = provider_of(reader)
    redact_measurements(provider, redactor=Redactor(placeholder="***"), distinct=distinct)
    provider.get_meter("m").create_observable_gauge("g", [observing((1, {"n": CARD}), (2, {"t": f"of {MAIL}"}))])
    assert attributes_of(reader) == [{"n": "<1>"}, {"t": "of <2>"}]
    assert asked == [str(CARD), f"of {MAIL}"]


def test_pseudonyms_of_observables(reader: InMemoryMetricReader) -> None:
    """A pseudonym tells values apart by itself and stays as it is."""
    provider = provider_of(reader)
    redact_measurements(provider, redactor=Redactor(pseudonym=lambda user: f"p_{len(user)}"))
    provider.get_meter("m").create_observable_gauge("g", [observing((1, {"user.id": "ab"}), (2, {"user.id": "abc"}))])
    assert attributes_of(reader) == [{"user.id": "p_2"}, {"user.id": "p_3"}]


def test_tokens_differ_between_processes_and_are_keyed(reader: InMemoryMetricReader) -> None:
    """Another key makes another token: nobody can look an address up by its hash."""
    provider = provider_of(reader)
    provider.get_meter("m").create_observable_gauge("g", [observing((1, {"user": MAIL}))])
    undo = redact_measurements(provider)
    first = attributes_of(reader)
    undo()
    redact_measurements(provider)
    assert attributes_of(reader) != first


@pytest.mark.parametrize(
    "attributes",
    [
        {"route": "/a", "status": 200, "ok": True, "ratio": 0.5, "none": None},
        {"tags": ("a", "b")},
        {"nested": {"deep": [1, "x"]}},
        {"long": "x" * 200},
        {f"k{number}": number for number in range(20)},
        {},
        None,
    ],
)
def test_clean_attributes(attributes: dict[str, Any] | None, reader: InMemoryMetricReader) -> None:
    """What is clean stays as it is, also at the second time, when it is known."""
    provider = provider_of(reader)
    redact_measurements(provider)
    counter = provider.get_meter("m").create_counter("c")
    for _ in range(2):
        counter.add(1, attributes)
    bare_reader = InMemoryMetricReader()
    bare = provider_of(bare_reader).get_meter("m").create_counter("c")
    for _ in range(2):
        bare.add(1, attributes)
    assert attributes_of(reader) == attributes_of(bare_reader)


def test_a_clean_set_is_judged_once(reader: InMemoryMetricReader) -> None:
    """The redactor is not asked a second time about short attributes that it found clean."""
    redactor = CountingRedactor()
    provider = provider_of(reader)
    redact_measurements(provider, redactor=redactor)
    counter = provider.get_meter("m").create_counter("c")
    for _ in range(3):
        counter.add(1, {"route": "/a", "status": 200})
    assert redactor.calls == 1


def test_an_equal_set_that_is_not_clean(reader: InMemoryMetricReader) -> None:
    """That a card number as a float is clean does not let the equal int through."""
    provider = provider_of(reader)
    redact_measurements(provider)
    counter = provider.get_meter("m").create_counter("c")
    counter.add(1, {"n": float(CARD)})
    counter.add(1, {"n": CARD})
    assert attributes_of(reader) == [{"n": float(CARD)}, {"n": "[REDACTED]"}]


def test_the_known_sets_are_bounded(reader: InMemoryMetricReader) -> None:
    """Any number of clean sets can be recorded, and those after the table started anew are judged again."""
    redactor = CountingRedactor()
    provider = provider_of(reader)
    redact_measurements(provider, redactor=redactor)
    counter = provider.get_meter("m").create_counter("c")
    for number in range(1_100):
        counter.add(1, {"n": number})
    counter.add(1, {"n": 0})
    assert redactor.calls == 1_101


def test_live_redactor(reader: InMemoryMetricReader) -> None:
    """A callable decides anew at each measurement, None turns redaction off, and what was clean is judged again."""
    current: list[Redactor | None] = [Redactor()]
    provider = provider_of(reader)
    redact_measurements(provider, redactor=lambda: current[0])
    counter = provider.get_meter("m").create_counter("c")
    seen = []
    for redactor in (Redactor(), Redactor(redact_fields=("plan",)), None):
        current[0] = redactor
        counter.add(1, {"plan": "gold"})
        counter.add(1, {"mail": MAIL})
        seen.append(attributes_of(reader)[-1])
    assert attributes_of(reader) == [
        {"plan": "gold"},
        {"mail": "[REDACTED]"},
        {"plan": "[REDACTED]"},
        {"mail": MAIL},
    ]
    assert seen == [{"mail": "[REDACTED]"}, {"plan": "[REDACTED]"}, {"mail": MAIL}]


@pytest.mark.swallows
@pytest.mark.parametrize("kind", ["redactor", "supplier", "distinct"])
def test_fails_closed(kind: str, reader: InMemoryMetricReader) -> None:
    """A measurement at which redaction raises is dropped and reported, and the application sees nothing of it."""

    def broken(*_: Any) -> Any:
        raise RuntimeError

    options: dict[str, dict[str, Any]] = {
        "redactor": {"redactor": FailingRedactor()},
        "supplier": {"redactor": broken},
        "distinct": {"distinct": broken},
    }
    failures: list[int] = []
    provider = provider_of(reader)
    redact_measurements(provider, on_failure=lambda: failures.append(1), **options[kind])
    provider.get_meter("m").create_observable_gauge("g", [observing((1, {"user": MAIL}), (2, {}))])
    if kind != "distinct":
        provider.get_meter("m").create_counter("c").add(1, {"user": MAIL})
    assert attributes_of(reader) == [{}]
    assert len(failures) == (1 if kind == "distinct" else 2)


@pytest.mark.swallows
def test_what_is_told_may_fail(reader: InMemoryMetricReader) -> None:
    """Callbacks that raise reach nobody."""

    def broken() -> None:
        raise RuntimeError

    provider = provider_of(reader)
    redact_measurements(provider, redactor=FailingRedactor(), on_failure=broken, on_measurement=broken)
    provider.get_meter("m").create_counter("c").add(1, {"user": MAIL})
    assert attributes_of(reader) == []


def test_twice_is_once(reader: InMemoryMetricReader) -> None:
    """A second call takes the first one's place, and gives it back when it is undone."""
    first, second = CountingRedactor(), CountingRedactor(placeholder="***")
    provider = provider_of(reader)
    counter = provider.get_meter("m").create_counter("c")
    undo_first = redact_measurements(provider, redactor=first)
    undo_second = redact_measurements(provider, redactor=second)
    counter.add(1, {"user": MAIL})
    assert (first.calls, second.calls) == (0, 1)
    undo_second()
    counter.add(1, {"user": MAIL})
    assert (first.calls, second.calls) == (1, 1)
    undo_first()
    counter.add(1, {"user": MAIL})
    assert attributes_of(reader) == [{"user": "***"}, {"user": "[REDACTED]"}, {"user": MAIL}]


def test_undo_restores_exactly(reader: InMemoryMetricReader) -> None:
    """After undoing, the SDK's objects are as they were, in whatever order it is undone, and it can be done again."""
    provider = provider_of(reader)
    provider.get_meter("m").create_observable_gauge("before", [observing((1, {"user": MAIL}))])
    consumer = provider._measurement_consumer
    before = dict(vars(consumer))
    undo_first, undo_second = redact_measurements(provider), redact_measurements(provider)
    provider.get_meter("m").create_observable_gauge("after", [observing((2, {"user": MAIL}))])
    undo_first()
    assert vars(consumer) != before
    undo_second()
    undo_second()
    assert vars(consumer) == before
    assert attributes_of(reader) == [{"user": MAIL}, {"user": MAIL}]
    redact_measurements(provider)
    assert all(each["user"].startswith("[REDACTED:") for each in attributes_of(reader))


def test_undo_beneath_another_shadow(reader: InMemoryMetricReader) -> None:
    """What somebody put over ours stays in its place, and what they pass on is not redacted any more."""
    provider = provider_of(reader)
    consumer: Any = provider._measurement_consumer
    undo = redact_measurements(provider)
    ours, seen = consumer.consume_measurement, list[int]()

    def shadow(measurement: object) -> None:
        seen.append(1)
        ours(measurement)

    consumer.consume_measurement = shadow
    undo()
    counter = provider.get_meter("m").create_counter("c")
    counter.add(1, {"user": MAIL})
    redact_measurements(provider)
    counter.add(1, {"user": MAIL})
    assert seen == [1, 1]
    assert attributes_of(reader) == [{"user": MAIL}, {"user": "[REDACTED]"}]


def test_nothing_is_kept_alive() -> None:
    """A provider that its application has dropped is collected, redaction and all."""
    provider = provider_of(InMemoryMetricReader())
    redact_measurements(provider, on_measurement=provider.shutdown)  # what is given may hold the provider
    reference = weakref.ref(provider)
    del provider
    gc.collect()
    assert reference() is None


def test_told_of_the_first_measurement(reader: InMemoryMetricReader) -> None:
    """on_measurement is called once, at the first measurement, with attributes or without."""
    told: list[int] = []
    provider = provider_of(reader)
    counter = provider.get_meter("m").create_counter("c")
    redact_measurements(provider, on_measurement=lambda: told.append(1))
    assert told == []
    counter.add(1)
    counter.add(1, {"a": "b"})
    assert told == [1]


@pytest.mark.parametrize("made", ["before", "after"])
def test_told_of_observables(made: str, reader: InMemoryMetricReader) -> None:
    """An observable instrument is something to collect as soon as it is there: it measures nothing before that."""
    told: list[int] = []
    provider = provider_of(reader)
    if made == "before":
        provider.get_meter("m").create_observable_gauge("g", [observing((1, {}))])
    redact_measurements(provider, on_measurement=lambda: told.append(1))
    assert len(told) == (made == "before")
    provider.get_meter("m").create_observable_gauge("other", [observing((1, {}))])
    points_of(reader)
    assert told == [1]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_told_in_a_child(reader: InMemoryMetricReader) -> None:
    """A forked child is told of its own first measurement, and the parent not again."""
    told: list[int] = []
    provider = provider_of(reader)
    redact_measurements(provider, on_measurement=lambda: told.append(1))
    counter = provider.get_meter("m").create_counter("c")
    counter.add(1)
    child = os.fork()
    if child == 0:
        counter.add(1)
        os._exit(len(told))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 2
    counter.add(1)
    assert told == [1]


@pytest.mark.parametrize("given", [metrics.NoOpMeterProvider(), "proxy", None, 3])
def test_no_provider_of_the_sdk(given: object) -> None:
    """A proxy, or anything else that is no SDK provider, is refused in words that say what to do."""
    provider: Any = metrics._internal._ProxyMeterProvider() if given == "proxy" else given
    with pytest.raises(ConfigurationError, match=r"set_meter_provider"):
        redact_measurements(provider)


def test_no_redactor(reader: InMemoryMetricReader) -> None:
    """What is no redactor is refused, and nothing is put in place."""
    provider = provider_of(reader)
    before = dict(vars(provider._measurement_consumer))
    with pytest.raises(ConfigurationError, match=r"^redactor: "):
        redact_measurements(provider, redactor=3)  # type: ignore[arg-type]
    assert vars(provider._measurement_consumer) == before
