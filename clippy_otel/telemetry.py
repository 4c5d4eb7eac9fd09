"""configure and get_telemetry: a pipeline and the parts on it, put together.

One process-wide Telemetry exists from the start, on a pipeline that does nothing, so that it can be taken at import;
configure() swaps the pipeline in it. Isolated ones (tests, a TelemetryCollector alone) are objects of their own.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from clippy_otel import _fork
from clippy_otel.collector import TelemetryCollector
from clippy_otel.config import TelemetryConfig, resolve
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.idle import IdlePipeline
from clippy_otel.pipeline import Pipeline

if TYPE_CHECKING:
    from types import TracebackType

    from clippy_otel.ledger import FlushResult
    from clippy_otel.scope import Scope

REPLACE_TIMEOUT_MS: Final = 5000


class Telemetry:
    """The parts of the package over one pipeline. A context manager, sync and async: leaving it shuts it down.

    Attributes:
        collector: Events and errors.
        configured: What configure() made it with, before any update_config(); None before configure().
    """

    def __init__(self, pipeline: Pipeline | IdlePipeline | None = None) -> None:
        self._pipeline = pipeline or IdlePipeline()
        self.configured: TelemetryConfig | None = None
        self.collector = TelemetryCollector.over(self._pipeline)

    @property
    def config(self) -> TelemetryConfig:
        """The configuration in force; before configure() a disabled one."""
        return self._pipeline.config

    def scope(
        self,
        *,
        user_id: str | None = None,
        session_id: str | None = None,
        conversation_id: str | None = None,
        attributes: Mapping[str, Any] | None = None,
    ) -> Scope:
        """Return a scope for one logical piece of work: use it with `with`, `async with` or as a decorator.

        Args:
            user_id: Whose work it is; leaves the process as a keyed pseudonym. None: that of the scope around it.
            session_id: A session known from outside (a browser's); None: that of the scope around it.
            conversation_id: Becomes `gen_ai.conversation.id`; None: that of the scope around it.
            attributes: Put on everything recorded in the scope, redacted like any data; None: none.
        """
        return self._pipeline.scopes.open(
            user_id=user_id,
            session_id=session_id,
            conversation_id=conversation_id,
            attributes=attributes,
        )

    def current_scope(self) -> Scope:
        """Return the innermost scope that is open here, else the process-wide one."""
        return self._pipeline.scopes.current()

    def flush(self, timeout_ms: float = 5000) -> FlushResult:
        """See TelemetryCollector.flush()."""
        return self.collector.flush(timeout_ms)

    async def aflush(self, timeout_ms: float = 5000) -> FlushResult:
        """Do what flush() does without blocking the event loop."""
        return await self.collector.aflush(timeout_ms)

    def shutdown(self, timeout_ms: float = 5000) -> FlushResult:
        """See TelemetryCollector.shutdown()."""
        return self.collector.shutdown(timeout_ms)

    async def ashutdown(self, timeout_ms: float = 5000) -> FlushResult:
        """Do what shutdown() does without blocking the event loop."""
        return await self.collector.ashutdown(timeout_ms)

    def __enter__(self) -> Telemetry:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.shutdown()

    async def __aenter__(self) -> Telemetry:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        await self.ashutdown()

    def is_running(self) -> bool:
        """Return whether this telemetry was configured and not shut down."""
        return isinstance(self._pipeline, Pipeline) and not self._pipeline.closed

    def rebind(self, config: TelemetryConfig) -> None:
        """Go on over a new pipeline, in the scopes that are open now; the old one is shut down."""
        before = self._pipeline
        self._pipeline = Pipeline(config, scopes=before.scopes)
        self.configured = config
        self.collector.rebind(self._pipeline)
        before.shutdown(REPLACE_TIMEOUT_MS)


class _ProcessTelemetry:
    """The one Telemetry of the process, and the lock under which it is configured."""

    def __init__(self) -> None:
        self.telemetry = Telemetry()
        self.lock = threading.RLock()
        _fork.renew_in_child(self)

    def after_fork(self) -> None:
        """Take a new lock in the child: a thread of the parent may have been configuring."""
        self.lock = threading.RLock()


_process: Final = _ProcessTelemetry()


def get_telemetry() -> Telemetry:
    """Return the process's Telemetry. It may be taken at import: until configure() its parts do nothing."""
    return _process.telemetry


def configure(
    service_name: str | None = None,
    *,
    config: TelemetryConfig | Mapping[str, Any] | None = None,
    set_global: bool = True,
    replace: bool = False,
    **settings: Any,
) -> Telemetry:
    """Configure the process's telemetry and return it.

    Arguments win over `CLIPPY_OTEL_*`, which win over `OTEL_*`, which win over the defaults; `OTEL_SDK_DISABLED=true`
    and `CLIPPY_OTEL_ENABLED=false` win over all of them.

    Args:
        service_name: The name of the service; None: `OTEL_SERVICE_NAME`, else `unknown_service:python`.
        config: The base that the settings override; None: the environment and the defaults.
        set_global: Whether OpenTelemetry's global providers are set. This version builds none yet, so nothing of
            OpenTelemetry's is touched either way.
        replace: Shut down what runs with other settings and go on with these (implied in a notebook).
        **settings: Fields of TelemetryConfig.

    Returns:
        The process's Telemetry, the same object every time.

    Raises:
        ConfigurationError: A setting is unknown or impossible, or other settings are in force and replace is False.
    """
    del set_global
    resolved = resolve(service_name, config=config, **settings)
    with _process.lock:
        telemetry = _process.telemetry
        if telemetry.is_running():
            if telemetry.configured == resolved:
                return telemetry
            if not (replace or _in_notebook()):
                msg = (
                    "configure: already configured with other settings; configure once, change live settings with "
                    "update_config(), or pass replace=True to start over"
                )
                raise ConfigurationError(msg)
        telemetry.rebind(resolved)
        return telemetry


def _in_notebook() -> bool:
    return "ipykernel" in sys.modules
