"""How bad an error is: five words, their order, and OpenTelemetry's numbers for them."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final


class ErrorSeverity(str, enum.Enum):
    """How bad an error is (specification, component 4). Each is equal to its word, and they are ordered.

    `ErrorSeverity.ERROR >= ErrorSeverity.WARNING` is true, and so it is with the word "warning" in its place.

    Attributes:
        DEBUG: "debug", OpenTelemetry's severity number 5.
        INFO: "info", 9.
        WARNING: "warning", 13.
        ERROR: "error", 17.
        CRITICAL: "critical", 21.
    """

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"

    @property
    def number(self) -> int:
        """OpenTelemetry's severity number (logs data model)."""
        return _NUMBERS[self]

    @classmethod
    def named(cls, name: object) -> ErrorSeverity | None:
        """Return the severity that a word stands for, in any case; None where it stands for none."""
        if isinstance(name, cls):
            return name
        return _BY_NAME.get(name.lower()) if isinstance(name, str) else None

    def __lt__(self, other: str) -> bool:
        return self.number < ErrorSeverity(other).number

    def __le__(self, other: str) -> bool:
        return self.number <= ErrorSeverity(other).number

    def __gt__(self, other: str) -> bool:
        return self.number > ErrorSeverity(other).number

    def __ge__(self, other: str) -> bool:
        return self.number >= ErrorSeverity(other).number


_NUMBERS: Final[Mapping[str, int]] = {severity: 5 + 4 * place for place, severity in enumerate(ErrorSeverity)}
_BY_NAME: Final[Mapping[str, ErrorSeverity]] = {severity.value: severity for severity in ErrorSeverity}
