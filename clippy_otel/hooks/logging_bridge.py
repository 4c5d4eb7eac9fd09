"""The bridge from Python's `logging`: its records become OpenTelemetry log records, and breadcrumbs.

It stands on the root logger and changes no level: a logger's own level decides first, and the root's is WARNING unless
the application sets another one. Loggers that do not propagate are not seen. Redaction, sampling and delivery are those
of the OpenTelemetry loggers that it hands over to. What is ignored, or it would feed itself: the package's own records,
those made while telemetry is delivered (wherever instrumentation is suppressed), and those made inside the bridge.

Guarantee: nothing of it raises an Exception into the application, it takes no lock, and the application's own logging
works as if it were not there: it survives `logging.basicConfig` and `logging.config`, which are wrapped for that while
a bridge is installed, and where no other handler is, warnings still go to standard error.
Cost: 4 us a record beside the OpenTelemetry logger's own, as the SDK's handler; a breadcrumb 1 more, an exception 6.
"""

from __future__ import annotations

import functools
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, Protocol

from clippy_otel import _guard
from clippy_otel._sdk import suppression as sdk_suppression
from clippy_otel.hooks import logging_records
from clippy_otel.otlp import plain

if TYPE_CHECKING:
    from opentelemetry._logs import Logger

_OWN_LOGGER: Final = _guard.logger.name
_MAX_LOGGERS: Final = 1_000  # kept by name; `logging` itself keeps every one that was ever asked for
_NS_PER_S: Final = 1e9
_inside = threading.local()
_installed: Final[list[LoggingBridge]] = []
_warned: Final[set[str]] = set()  # the handlers of others that were warned about, by class


class AddBreadcrumb(Protocol):
    """What takes a breadcrumb, redacts it and keeps it."""

    def __call__(self, message: str, *, category: str, level: str, data: Mapping[str, Any] | None) -> object:
        """Add a breadcrumb; see Breadcrumb."""


class LoggingBridge(logging.Handler):
    """Hand records of Python's `logging` over to OpenTelemetry, and those from INFO on to the breadcrumbs.

    A formatter that is set on it has no effect; filters have.

    Args:
        level: From which level records are handed over, a number or a name; breadcrumbs do not depend on it.
        logger: Returns the OpenTelemetry logger for a logger's name: a provider's get_logger. Asked once a name.
        add_breadcrumb: Takes a breadcrumb: its category is the logger's name, its level "info", "warning", ...; None:
            there are none.

    Raises:
        ValueError: There is no such level.
        TypeError: The level is neither a number nor a name.
    """

    def __init__(
        self, level: int | str, *, logger: Callable[[str], Logger], add_breadcrumb: AddBreadcrumb | None = None
    ) -> None:
        super().__init__(level)
        self._lowest_level = self.level
        # From INFO on all are seen in any case: for breadcrumbs, and for standard error where nobody else listens.
        self.setLevel(min(self.level, logging.INFO))
        self._logger = logger
        self._loggers: dict[str, Logger] = {}
        self._add_breadcrumb = add_breadcrumb
        self.forwards = True  # False: breadcrumbs only, for another handler exports the records already

    def createLock(self) -> None:  # noqa: N802 - a Handler's method
        """Have no lock: nothing here needs one, and host code must not be called under it."""
        self.lock = None

    def handle(self, record: logging.LogRecord) -> bool:
        """Bridge a record that passes the filters, unless it is telemetry's own; return whether it was."""
        passed: Any = False
        if not getattr(_inside, "active", False):
            _inside.active = True
            try:
                passed = not (_is_own(record.name) or sdk_suppression.is_suppressed()) and self.filter(record)
                if passed:
                    # Since Python 3.12 a filter may return another record in its place.
                    self.emit(passed if isinstance(passed, logging.LogRecord) else record)
            except Exception as error:  # noqa: BLE001 - the host's safety; counted by the guard
                _guard.swallowed("logging bridge", error)
            finally:
                _inside.active = False
        if self._is_alone_with(record) and logging.lastResort and record.levelno >= logging.lastResort.level:
            logging.lastResort.handle(record)
        return bool(passed)

    def emit(self, record: logging.LogRecord) -> None:
        """Bridge a record; handle() has seen to it that it may be."""
        body = logging_records.body(record)
        if self._add_breadcrumb is not None and record.levelno >= logging.INFO:
            # What is nested goes as data, whose keys say what of it is secret.
            nested = isinstance(body, (dict, list))
            message, data = ("", {"body": body}) if nested else (plain.text(body), None)
            self._add_breadcrumb(message, category=record.name, level=record.levelname.lower(), data=data)
        if self.forwards and record.levelno >= self._lowest_level:
            number, text = logging_records.severity(record)
            self._logger_named(record.name).emit(
                timestamp=int(record.created * _NS_PER_S),
                observed_timestamp=time.time_ns(),
                severity_number=number,
                severity_text=text,
                body=body,
                attributes=logging_records.attributes(record),
            )

    def _is_alone_with(self, record: logging.LogRecord) -> bool:
        """Say whether no handler but bridges sees a record, this one being their first.

        Without them `logging` would have used its handler of last resort.
        """
        on_root = logging.root.handlers
        if not on_root or on_root[0] is not self or not all(isinstance(other, LoggingBridge) for other in on_root):
            return False
        found = logging.root.manager.loggerDict.get(record.name)
        logger: logging.Logger | None = found if isinstance(found, logging.Logger) else None
        while logger is not None and logger is not logging.root:
            if logger.handlers:
                return False
            logger = logger.parent
        return True

    def _logger_named(self, name: str) -> Logger:
        logger = self._loggers.get(name)
        if logger is None:
            logger = self._logger(name)
            if len(self._loggers) < _MAX_LOGGERS:
                self._loggers[name] = logger
        return logger


def install(bridge: LoggingBridge) -> None:
    """Put a bridge on the root logger. Idempotent.

    Where another handler there already exports to OpenTelemetry (that of the SDK, or of the `logging` instrumentation),
    records would arrive twice: the bridge then adds breadcrumbs only, and a warning says so once. It is looked for
    here, and again whenever `logging` is configured, but not at each record.
    """
    if not _installed:
        _wrap_configuration()
    if bridge not in _installed:
        _installed.append(bridge)
    _attach(bridge)


def remove(bridge: LoggingBridge) -> None:
    """Take a bridge off the root logger. Idempotent."""
    logging.root.removeHandler(bridge)
    if bridge in _installed:
        _installed.remove(bridge)
        if not _installed:
            _unwrap_configuration()


def _attach(bridge: LoggingBridge) -> None:
    other = next(filter(None, map(_exporting_class, logging.root.handlers)), None)
    bridge.forwards = other is None
    logging.root.addHandler(bridge)
    if other is not None and other not in _warned:
        _warned.add(other)
        _guard.logger.warning("logging: %s exports the records already, so the bridge adds breadcrumbs only", other)


def _exporting_class(handler: logging.Handler) -> str | None:
    """Return the name of the class of OpenTelemetry's that exports what a handler handles; None where there is none."""
    for kind in type(handler).__mro__:
        if kind.__name__ == "LoggingHandler" and kind.__module__.startswith("opentelemetry."):
            return f"{kind.__module__}.{kind.__name__}"
    return None


def _is_own(name: str) -> bool:
    return name.startswith(_OWN_LOGGER) and (name == _OWN_LOGGER or name[len(_OWN_LOGGER)] == ".")


class _Configuring:
    """A function that configures `logging`, run as if no bridge were there.

    With a handler on the root logger `basicConfig` would do nothing, and `dictConfig` would take the bridge away.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        functools.update_wrapper(self, function)
        self.function = function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        bridges = tuple(_installed)
        for bridge in bridges:
            logging.root.removeHandler(bridge)
        try:
            return self.function(*args, **kwargs)
        finally:
            with _guard.host_safe("logging bridge"):  # a filter of the application's on our logger
                for bridge in bridges:
                    _attach(bridge)


def _configuring_functions() -> Iterator[tuple[ModuleType, str]]:
    import logging.config  # noqa: PLC0415 - 10 ms, for who installs a bridge

    yield logging, "basicConfig"
    yield logging.config, "dictConfig"
    yield logging.config, "fileConfig"


def _wrap_configuration() -> None:
    for module, name in _configuring_functions():
        setattr(module, name, _Configuring(getattr(module, name)))


def _unwrap_configuration() -> None:
    for module, name in _configuring_functions():
        function = getattr(module, name)
        if isinstance(function, _Configuring):  # else somebody has wrapped it once more, and it does nothing any more
            setattr(module, name, function.function)
