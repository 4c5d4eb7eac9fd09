"""The instruments behind a collector's own metrics: histograms by name and unit, and counters over totals in process.

Guarantee: never raises, and waits for nothing but the locks that the SDK holds while it records. What is no measurement
is booked, with one warning for each kind of mistake. May be called by signal handlers, `__del__` and the callbacks of
observable instruments: what arrives while its thread is inside the SDK, where it could wait for itself, is recorded
right afterwards. Bounded: 1,000 names of each kind, 2,000 attribute sets a name.
Cost: a histogram of three plain attributes 7 us, redaction in it, where the SDK's takes 7 without; an addition 1.3 us,
where the SDK's counter takes 7.
"""

from __future__ import annotations

import contextlib
import re
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from math import isfinite
from numbers import Integral, Real
from threading import get_ident
from typing import TYPE_CHECKING, Any, Final

from clippy_otel import _fork, _guard, semconv
from clippy_otel._sdk import metrics as sdk_metrics
from clippy_otel.hooks.buckets import boundaries
from clippy_otel.hooks.totals import INT64_LIMIT, Counter, Totals
from clippy_otel.otlp.plain import plain

if TYPE_CHECKING:
    from opentelemetry.metrics import CallbackOptions, Meter, Observation

    from clippy_otel.ledger import Column
    from clippy_otel.privacy.redactor import Redactor

MAX_NAMES: Final = 1_000
_MAX_DEFERRED: Final = 1_000

# OpenTelemetry's syntax of instrument names and units.
_NAME: Final = re.compile(r"[a-zA-Z][-_./a-zA-Z0-9]{0,254}")
_UNIT: Final = re.compile(r"[\x00-\x7F]{0,63}")

_NUMBERS: Final = (int, float)

_BAD_NAME: Final = "its name is no letter followed by at most 254 letters, digits and -_./"
_BAD_UNIT: Final = "its unit is no ASCII text of at most 63 characters"
_BAD_VALUE: Final = "its value is no finite number of 0 or more"
_TOO_MANY: Final = f"there are {MAX_NAMES} names already; {semconv.METRIC_OVERFLOW} counts the rest"

_Call = tuple[str, float, str, Mapping[str, Any] | None]


class Instruments:
    """Record into histograms, and add to counters, by name.

    Args:
        meter: Returns the meter that makes the instruments.
        redactor: Returns the redactor in force for the attributes of what is added; None from it: nothing is redacted.
            Those of histograms are left to the provider's redaction.
        book: Told what became of measurements that are not recorded: a column of the ledger, and how many.
        on_addition: Called once there are totals to collect: at the first addition, and in a forked child at its
            first. It must not wait. (A histogram's measurement is one for the provider's hooks to see.)
    """

    def __init__(
        self,
        meter: Callable[[], Meter],
        redactor: Callable[[], Redactor | None],
        *,
        book: Callable[[Column, int], None],
        on_addition: Callable[[], None] | None = None,
    ) -> None:
        self._meter = meter
        self._redactor = redactor
        self._book = book
        self._on_addition = on_addition
        self._heard = on_addition is None  # whether it was called
        self._histograms: dict[tuple[str, str], sdk_metrics.Record] = {}
        self._counters: dict[tuple[str, str], Counter] = {}  # by the name as it is given
        self._distinct: dict[tuple[str, str], Counter] = {}  # by the name in lower case, which is one to OpenTelemetry
        self._unobserved: deque[Counter] = deque()
        self._totals = Totals()
        self._busy: set[int] = set()  # the threads that are inside the SDK because of us
        self._deferred: deque[_Call] = deque()
        self._warned: set[str] = set()
        self._closed = False
        _fork.renew_in_child(self)

    def after_fork(self) -> None:
        """Start with totals of zero in the child."""
        self._totals.renew()
        self._heard = self._on_addition is None
        self._busy.clear()
        self._deferred.clear()
        for counter in self._distinct.values():
            counter.clear()
        self._unobserved = deque(counter for counter in self._distinct.values() if not counter.is_observed)

    def close(self) -> None:
        """Record nothing more, and leave the observable counters without values; after the last collection."""
        self._closed = True

    def record(self, name: str, value: float, unit: str, attributes: Mapping[str, Any] | None = None) -> None:
        """Record a value in the histogram of this name and unit.

        Args:
            name: In OpenTelemetry's syntax of instrument names.
            value: A finite number of 0 or more.
            unit: As in UCUM, such as "ms", "By", "1" or "{token}": it decides where the buckets lie.
            attributes: None for none.
        """
        thread = get_ident()
        if thread in self._busy:
            self._defer((name, value, unit, attributes))
            return
        self._busy.add(thread)
        try:
            if type(name) is type(unit) is str and type(value) in _NUMBERS and type(attributes) is dict:
                record = self._histograms.get((name, unit))
                if record is not None and 0 <= value < INT64_LIMIT and not self._closed:
                    record(value, attributes)  # as _record(), for what most are in place
                    return
            self._record(name, value, unit, attributes)
        except Exception as error:  # noqa: BLE001 - attributes of the application's that raise when read
            _guard.swallowed("histogram", error)
            self._book("unencodable", 1)
        finally:
            self._busy.discard(thread)
            if self._deferred:
                self._record_deferred(thread)

    def add(self, name: str, value: float, unit: str, attributes: Mapping[str, Any] | None = None) -> None:
        """Add a value to the counter of this name and unit.

        Args:
            name: In OpenTelemetry's syntax of instrument names.
            value: A finite number of 0 or more.
            unit: As in UCUM.
            attributes: Redacted before they tell totals apart; None for none.
        """
        failing: Column = "unencodable"
        try:
            if self._closed:
                self._book("after_shutdown", 1)
                return
            counter = self._counters.get((name, unit)) if type(name) is str and type(unit) is str else None
            if counter is None and (counter := self._new_counter(name, unit)) is None:
                return
            number = value if type(value) in _NUMBERS and 0 <= value < INT64_LIMIT else self._number(value)
            if number is None:
                return
            mapping = attributes if type(attributes) is dict else self._mapping(attributes) or {}
            redactor = self._redactor()
            row = counter.clean_row(mapping, redactor)
            if row is None:
                failing = "redaction_failed"
                redacted = mapping if redactor is None or not mapping else redactor.redact_attributes(mapping)
                failing = "unencodable"
                row = counter.row(redacted)
                if redacted is mapping:
                    counter.know_clean(mapping, redactor, row)
            if not self._totals.add(row, number):
                self._book("queue_full", 1)
            if not self._heard:
                self._hear()
        except Exception as error:  # noqa: BLE001 - attributes of the application's that raise when read
            _guard.swallowed("count", error)
            self._book(failing, 1)

    def _hear(self) -> None:
        self._heard = True
        if self._on_addition is not None:
            with _guard.host_safe("count"):
                self._on_addition()

    @contextlib.contextmanager
    def collecting(self) -> Iterator[None]:
        """Enclose a collection of metrics, on the thread that makes it: new counters are observed in it."""
        thread = get_ident()
        self._busy.add(thread)
        try:
            self.observe_new()
            yield
        finally:
            self._busy.discard(thread)
            self._record_deferred(thread)

    def observe_new(self) -> None:
        """Make the instruments that read the counters added since the last call.

        Not made by add(), for this waits while any reader collects: for others' readers call it now and then, on a
        thread that may wait and never inside a callback of an observable instrument.
        """
        while self._unobserved:
            try:
                counter = self._unobserved.popleft()
            except IndexError:  # another thread was faster
                return
            with _guard.host_safe("observable counter"):
                self._observe(counter)

    def _observe(self, counter: Counter) -> None:
        owner = weakref.ref(self)  # the provider may be another's, and outlive us

        def observations(_options: CallbackOptions) -> Iterable[Observation]:
            instruments = owner()
            return [] if instruments is None else instruments._observations(counter)  # noqa: SLF001 - our own

        self._meter().create_observable_counter(counter.name, [observations], counter.unit)
        counter.is_observed = True

    def _observations(self, counter: Counter) -> list[Observation]:
        from opentelemetry.metrics import Observation  # noqa: PLC0415 - whoever collects has loaded it

        if self._closed:
            return []
        return [Observation(total, attributes) for attributes, total in self._totals.read(counter)]

    def _record(self, name: str, value: float, unit: str, attributes: Mapping[str, Any] | None) -> None:
        try:
            if self._closed:
                self._book("after_shutdown", 1)
                return
            record = self._histograms.get((name, unit)) if type(name) is str and type(unit) is str else None
            if record is None and (record := self._new_histogram(name, unit)) is None:
                return
            number = value if type(value) in _NUMBERS and 0 <= value < INT64_LIMIT else self._number(value)
            if number is not None:
                record(number, attributes if type(attributes) is dict else self._mapping(attributes))
        except Exception as error:  # noqa: BLE001 - attributes of the application's that raise when read
            _guard.swallowed("histogram", error)
            self._book("unencodable", 1)

    def _defer(self, call: _Call) -> None:
        if len(self._deferred) >= _MAX_DEFERRED:
            self._book("queue_full", 1)
        else:
            self._deferred.append(call)

    def _record_deferred(self, thread: int) -> None:
        while self._deferred:
            self._busy.add(thread)
            try:
                self._record(*self._deferred.popleft())
            except IndexError:  # another thread was faster
                return
            finally:
                self._busy.discard(thread)

    def _new_histogram(self, name: object, unit: object) -> sdk_metrics.Record | None:
        key = self._checked(name, unit)
        if key is None or key in self._histograms:
            return None if key is None else self._histograms[key]
        if len(self._histograms) >= MAX_NAMES:
            self._count_overflow()
            return None
        name, unit = key
        made = self._meter().create_histogram(name, unit, explicit_bucket_boundaries_advisory=boundaries(name, unit))
        return self._histograms.setdefault(key, sdk_metrics.histogram_recorder(made))

    def _new_counter(self, name: object, unit: object) -> Counter | None:
        key = self._checked(name, unit)
        if key is None or key in self._counters:
            return None if key is None else self._counters[key]
        if len(self._counters) >= MAX_NAMES:
            self._count_overflow()
            return None
        name, unit = key
        return self._counters.setdefault(key, self._distinct_counter(name.lower(), unit))

    def _distinct_counter(self, name: str, unit: str) -> Counter:
        made = Counter(name, unit)
        counter = self._distinct.setdefault((name, unit), made)
        if counter is made:
            self._unobserved.append(made)
        return counter

    def _count_overflow(self) -> None:
        """Count a measurement that has no instrument: as one, for values of several units have no sum."""
        self._refuse(_TOO_MANY, "queue_full")
        self._totals.add(self._distinct_counter(semconv.METRIC_OVERFLOW, "{measurement}").row({}), 1)

    def _checked(self, name: object, unit: object) -> tuple[str, str] | None:
        name, unit = plain(name), "" if unit is None else plain(unit)
        if type(name) is not str or _NAME.fullmatch(name) is None:
            self._refuse(_BAD_NAME)
        elif type(unit) is not str or _UNIT.fullmatch(unit) is None:
            self._refuse(_BAD_UNIT)
        else:
            return name, unit
        return None

    def _number(self, value: Any) -> float | None:
        """Return a value as a number that every aggregation and the encoder take; None for any other one."""
        kind: type = type(value)
        with contextlib.suppress(OverflowError):  # an int beyond all floats
            if kind is not bool and isinstance(value, Real):
                number = int(value) if isinstance(value, Integral) and value < INT64_LIMIT else float(value)
                if isfinite(number) and number >= 0:
                    return number
        self._refuse(_BAD_VALUE)
        return None

    def _mapping(self, attributes: Any) -> Mapping[str, Any] | None:
        if attributes is None or isinstance(attributes, Mapping):
            return attributes
        self._warn("a metric was recorded without its attributes, which are no mapping")
        return None

    def _refuse(self, why: str, column: Column = "unencodable") -> None:
        self._book(column, 1)
        self._warn(f"a metric was not recorded: {why}")

    def _warn(self, message: str) -> None:
        if message not in self._warned:
            self._warned.add(message)
            _guard.logger.warning(message)
