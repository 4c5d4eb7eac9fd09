"""A record of Python's `logging` as the fields of an OpenTelemetry log record: a translation and nothing else.

Names are those of the SDK's own LoggingHandler, so that the switch from it changes no query. What differs are values:
the exception's type is its qualified name, its message has its notes, its stack trace has no source lines (they hold
secrets), and what `extra` holds of foreign types comes in its plain form. Nothing is redacted yet. Guarantee: nothing
here raises an Exception because of what the application logs; its objects are neither kept nor changed.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

from opentelemetry._logs import SeverityNumber

from clippy_otel import capture, semconv
from clippy_otel.otlp import plain
from clippy_otel.otlp.values import TRUNCATED

# What every record has; the rest came with `extra`. `message` and `asctime` are a formatter's, `taskName` came with
# Python 3.12.
_OWN_FIELDS: Final = frozenset(
    {*vars(logging.LogRecord("", 0, "", 0, "", None, None)), "asctime", "getMessage", "message", "taskName"}
)
_SEVERITY_TEXTS: Final = {"WARNING": "WARN", "CRITICAL": "FATAL"}
# By level: none below DEBUG, four numbers for each ten levels from there on. Above CRITICAL + 3 all is FATAL4.
_SEVERITIES: Final = tuple(
    SeverityNumber(0 if level < logging.DEBUG else 4 * (level // 10) + 1 + min(level % 10, 3)) for level in range(54)
)
_PLAIN_BODIES: Final = (type(None), bool, int, float, bytes, Sequence, Mapping)
_UNNESTED: Final = frozenset({str, int, float, bool})

_MAX_VALUES: Final = 1_000  # of one attribute or body, through all levels
_MAX_DEPTH: Final = 8


def severity(record: logging.LogRecord) -> tuple[SeverityNumber, str]:
    """Return the number and the text of a record's level, the text in OpenTelemetry's words."""
    level = record.levelno
    number = _SEVERITIES[max(level, 0)] if level < len(_SEVERITIES) else SeverityNumber.FATAL4
    return number, _SEVERITY_TEXTS.get(record.levelname, record.levelname)


def body(record: logging.LogRecord) -> Any:
    """Return the formatted message; a number, a sequence or a mapping that was logged as it is keeps its form."""
    message = record.msg
    if record.args or isinstance(message, str) or not isinstance(message, _PLAIN_BODIES):
        return _formatted(record)
    return _Copy().value(message)


def attributes(record: logging.LogRecord) -> dict[str, Any]:
    """Return what came with `extra`, where in the code it was logged, and the exception that was logged with it."""
    found = {
        plain.text(key): value if type(value) in _UNNESTED else _Copy().value(value)
        for key, value in vars(record).items()
        if key not in _OWN_FIELDS
    }
    found[semconv.CODE_FILE_PATH] = record.pathname
    found[semconv.CODE_FUNCTION_NAME] = record.funcName
    found[semconv.CODE_LINE_NUMBER] = record.lineno
    error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
    if error is not None:
        captured = capture.describe(error)
        found[semconv.EXCEPTION_TYPE] = captured.type
        found[semconv.EXCEPTION_MESSAGE] = captured.message
        found[semconv.EXCEPTION_STACKTRACE] = captured.stacktrace
    return found


def _formatted(record: logging.LogRecord) -> str:
    try:
        return plain.text(record.getMessage())
    except Exception as error:  # noqa: BLE001 - arguments that do not fit, or an object that cannot be printed
        return f"{plain.text(record.msg)} [not formatted: {type(error).__name__}]"


class _Copy:
    """A copy of one value in plain types, as the SDK takes it without a warning, and how much of it there may be."""

    __slots__ = ("_values_left",)

    def __init__(self) -> None:
        self._values_left = _MAX_VALUES

    def value(self, value: object, depth: int = _MAX_DEPTH) -> Any:
        """Return the copy; a container that there is no room for becomes a text that says so."""
        value = plain.plain(value)
        if not isinstance(value, (dict, list, tuple)):
            return value
        self._values_left -= len(value)
        if depth == 0 or self._values_left < 0:
            return TRUNCATED
        if isinstance(value, dict):
            return {plain.text(key): self.value(item, depth - 1) for key, item in value.items()}
        return [self.value(item, depth - 1) for item in value]
