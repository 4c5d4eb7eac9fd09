"""The processor that a piece for a bare setup stands before."""

from __future__ import annotations

from typing import Any

from clippy_otel.exceptions import ConfigurationError


def checked_next(processor: Any, method: str) -> Any:
    """Return a processor that has this method.

    Raises:
        ConfigurationError: It is none.
    """
    if not callable(getattr(processor, method, None)) or isinstance(processor, type):
        raise ConfigurationError(f"next: a processor of the SDK is needed, with {method}(), not {processor!r:.80}")
    return processor
