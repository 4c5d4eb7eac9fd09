"""Zero code: under `opentelemetry-instrument` the process's telemetry is attached to what the environment has set up.

The entry point `opentelemetry_pre_instrument` comes here: the global providers exist by then, and nothing is
instrumented yet. Nothing else imports this module, so the installed package alone changes no process.

Settings come from `CLIPPY_OTEL_*`. Those of redaction, sampling, the logging bridge and debugging hold; those of
delivery say nothing here, for the setup's own exporters deliver. An application that calls configure() or attach()
itself goes on with its own settings.

Guarantee: nothing is raised, for a hook that raises ends all instrumentation while raw data goes on to be exported.
What is not redacted as asked is said once on the logger `clippy_otel`, at CRITICAL, and by coverage(). Settings that
cannot be used leave redaction on, with its defaults.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from clippy_otel import _guard
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.ports import SIGNALS

if TYPE_CHECKING:
    from clippy_otel.config import TelemetryConfig
    from clippy_otel.telemetry import Telemetry


def attach_without_code() -> None:
    """Attach to OpenTelemetry's global providers, unless the environment switches telemetry off. Never raises."""
    try:
        if not _is_switched_off():
            _attach()
    except Exception as error:  # noqa: BLE001 - whatever it is, the application must start
        _guard.swallowed("attaching without code", error)
        _say(f"nothing is redacted: attaching failed ({type(error).__name__})")


def _is_switched_off() -> bool:
    from clippy_otel.config import is_disabled  # noqa: PLC0415 - the setting, and nothing of what it switches off

    try:
        return is_disabled()
    except ConfigurationError:  # neither true nor false: resolve() says so
        return False


def _attach() -> None:
    from clippy_otel.hooks.targets import Targets  # noqa: PLC0415 - for who has not switched it off
    from clippy_otel.telemetry import Setup, get_telemetry, join  # noqa: PLC0415 - likewise

    telemetry, targets = get_telemetry(), Targets()
    if all(targets.found(signal) is None for signal in SIGNALS):
        telemetry.failure = "nothing is redacted: no provider of OpenTelemetry's SDK is set up"
        _say(f"{telemetry.failure} (is opentelemetry-distro installed?)")
        return
    config, failure = _settings()
    try:
        join(Setup(config, targets, delivers=False, without_code=True))
    except Exception as error:
        telemetry.failure = f"nothing is redacted: attaching failed ({type(error).__name__})"
        raise
    if failure is not None:
        telemetry.failure = failure
        _say(failure)
    if config.redact_pii:
        for reason in _unreached(telemetry):
            _say(f"not redacted: {reason}")


def _settings() -> tuple[TelemetryConfig, str | None]:
    """Return the environment's settings; where they cannot be used the defaults, and why."""
    from clippy_otel.config import resolve  # noqa: PLC0415 - as above

    try:
        return resolve(delivers=False), None
    except ConfigurationError as error:
        return resolve(environ={}, delivers=False), f"the settings are not used, redaction has its defaults: {error}"


def _unreached(telemetry: Telemetry) -> list[str]:
    """Return of each signal that is not redacted at all why that is so."""
    return [signal.reasons[-1] for signal in telemetry.coverage() if signal.redacted == "none"]


def _say(failure: str) -> None:
    _guard.logger.critical("clippy_otel: %s", failure)
