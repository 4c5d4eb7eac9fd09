"""A program in which much goes wrong with personal data and secrets in it: python _own_log_program.py SETTINGS.

What this package says of it goes to standard error, by `debug` at its wordiest.
"""

from __future__ import annotations

import contextlib
import json
import sys
from typing import Any

import pytest

import clippy_otel
from clippy_otel import ConfigurationError, HealthStatus
from tests.wire._kinds import KINDS

LINES = {kind: make("log", 7) for kind, make in KINDS.items()}
TEXT = "\n".join(canary.line for canary in LINES.values())
KEY = "cnryheaderkey0123"
PASSWORD = "cnryuserinfo"


class CanaryError(Exception):
    """An error whose text is full of data."""

    def __init__(self) -> None:
        super().__init__(TEXT)


class Hostile:
    """An object that cannot be shown."""

    def __str__(self) -> str:
        raise CanaryError

    __repr__ = __str__


def refuse(_: object) -> Any:
    """Raise, whatever it is called with."""
    raise CanaryError


def go_wrong(telemetry: clippy_otel.Telemetry) -> None:
    """Call each part with what it cannot use, and with what raises."""
    collector, performance, analytics = telemetry.collector, telemetry.performance, telemetry.analytics
    anything: Any = TEXT
    hostile: Any = Hostile()
    collector.track(anything, {"a": Hostile(), TEXT: TEXT, "password": PASSWORD})
    collector.track(anything, anything)
    collector.track_performance(TEXT, anything, unit=TEXT, attributes=anything)
    collector.count(TEXT, anything, unit=TEXT)
    with telemetry.scope(user_id=TEXT, attributes={"a": Hostile()}):
        collector.track_error(CanaryError(), context={"a": TEXT})
        telemetry.errors.capture_error(anything, severity=anything, context=anything, user=anything)
    telemetry.errors.add_breadcrumb(hostile, category=anything, level=anything, data=anything)
    performance.measure(TEXT, TEXT, TEXT)
    performance.track_ai_operation(total_ms=anything, tokens=anything, provider=anything, error=CanaryError())
    performance.record_web_vital(TEXT, anything, id=anything)
    with performance.ai_operation(provider=TEXT) as operation:
        for _ in operation.stream([1], usage=refuse):
            operation.record_content(input=Hostile(), output=TEXT)
    analytics.track_message(TEXT, anything, anything)
    analytics.track_provider_request(TEXT, anything, anything, anything)
    telemetry.health.register_service("raising", lambda: refuse(None))
    telemetry.health.register_service("wrong", lambda: anything)
    for name in ("raising", "wrong"):
        telemetry.health.check_now(name)
    telemetry.health.on_change(lambda *_: refuse(None))
    telemetry.health.register_service("worse", lambda: HealthStatus.UNHEALTHY)
    telemetry.health.check_now("worse")
    telemetry.logger_provider.get_logger("host").emit(body=hostile, attributes={"a": TEXT})
    tracer = telemetry.tracer_provider.get_tracer("host")
    with contextlib.suppress(CanaryError), tracer.start_as_current_span(TEXT):
        raise CanaryError


def misconfigure() -> None:
    """Give settings that are wrong, with secrets in them; what is said of it is printed as an application would."""
    wrong: list[dict[str, Any]] = [
        {"endpoint": f"http://bob:{PASSWORD}@[broken"},
        {"endpoint": f"http://bob:{PASSWORD}@h/?q=1"},
        {"headers": {"authorization": f"Bearer {KEY}\n"}},
        {"store": f"postgres://bob:{PASSWORD}@h/d"},
        {"pseudonym_key": KEY.encode()[:5]},
    ]
    for settings in wrong:
        with pytest.raises(ConfigurationError) as refused:
            clippy_otel.configure("shop", **settings)
        sys.stderr.write(f"refused: {refused.value}\n")


def main(settings: str) -> None:
    """Have it all go wrong, deliver, and end."""
    misconfigure()
    telemetry = clippy_otel.configure("shop", debug=True, set_global=False, **json.loads(settings))
    go_wrong(telemetry)
    sys.stderr.write(f"{telemetry.config!r}\n{telemetry.coverage()!r}\n")
    telemetry.flush(3000)
    telemetry.collector.update_config(before_send=lambda _: refuse(None))
    telemetry.collector.track("refused", {"a": TEXT})
    telemetry.shutdown(2000)


if __name__ == "__main__":
    main(*sys.argv[1:])
