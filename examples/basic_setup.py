"""The specification's basic setup: a collector, and the four components on it.

Run it beside any OTLP backend: python examples/basic_setup.py http://localhost:4318
"""

from __future__ import annotations

import asyncio
import sys
import time

from clippy_otel import (
    ErrorSeverity,
    ErrorTracking,
    HealthCheck,
    HealthStatus,
    PerformanceMetrics,
    TelemetryCollector,
    UsageAnalytics,
)


def use_collector(collector: TelemetryCollector) -> None:
    """Record events: the specification's mapping, or a name and its data."""
    collector.track(
        {
            "type": "feature.used",
            "timestamp": time.time() * 1000,
            "data": {"featureId": "proactive-suggestions"},
        }
    )
    collector.track("user.login", {"email": "user@example.com", "password": "secret123", "username": "john_doe"})
    collector.track_performance("api.latency", 150, unit="ms")


def use_performance(performance: PerformanceMetrics) -> None:
    """Record an AI operation that is over, and measure one while it lasts."""
    performance.track_ai_operation(total_ms=150, tokens=500, provider="openai", model="gpt-5")
    with performance.ai_operation(provider="openai", model="gpt-5") as operation:
        with operation.phase("context_gathering"):
            prompt = "how do I write a letter?"
        answer = "".join(operation.stream(["It looks ", "like you ", "are writing ", "a letter"]))
        operation.record_usage(input_tokens=len(prompt.split()), output_tokens=len(answer.split()))
    summary = performance.ai_operations_summary()
    print("AI operations:", summary.count, "tokens:", summary.total_tokens)


def use_analytics(analytics: UsageAnalytics) -> None:
    """Record what users do."""
    analytics.track_feature("chat", "started", {"userId": "user-123"})
    analytics.start_conversation("conv-1", "openai")
    analytics.track_message("conv-1", 50, "user")
    analytics.track_message("conv-1", 200, "assistant")
    analytics.end_conversation("conv-1")
    print("users of chat:", analytics.feature_adoption_stats()["chat"].total_users)
    print("requests to openai:", analytics.provider_stats()["openai"].requests)


def use_errors(errors: ErrorTracking) -> None:
    """Record an error with what led to it, and that it was recovered from."""
    errors.add_breadcrumb("Clicked send", category="user-action", data={"length": 50})
    try:
        raise ConnectionError("the model's API did not answer user@example.com")
    except ConnectionError as error:
        error_id = errors.capture_error(error, severity=ErrorSeverity.ERROR, context={"operation": "chat"})
    errors.track_recovery(error_id, success=True, context={"strategy": "retry", "attempts": 2})
    print("top error:", errors.error_groups()[0].message)


async def use_health(health: HealthCheck) -> None:
    """Register services, and ask how they are."""

    async def check_model() -> HealthStatus:
        return HealthStatus.HEALTHY

    health.register_service("model", check_model)
    health.register_service("cache", lambda: {"status": "degraded", "responseTime": 900}, critical=False)
    report = await health.ahealth_report(fresh=True)
    print("health:", report.status.value)


async def main(endpoint: str | None) -> None:
    """Set up, use each part, and clean up."""
    # 1. The collector
    collector = TelemetryCollector(
        enabled=True,
        service_name="basic-setup",
        transport="http",
        endpoint=endpoint,  # None: what OTEL_EXPORTER_OTLP_ENDPOINT says, else http://localhost:4318
        max_buffer_size=50,
        flush_interval_ms=30_000,
        sampling="always",
        redact_pii=True,
    )

    # 2. The components on it. They are made before they are used: analytics counts the AI operations of performance.
    performance = PerformanceMetrics(collector)
    analytics = UsageAnalytics(collector)
    errors = ErrorTracking(collector)
    health = HealthCheck(collector)

    # 3. Use
    use_collector(collector)
    use_performance(performance)
    use_analytics(analytics)
    use_errors(errors)
    await use_health(health)

    # A manual flush tells the truth: counts of what the backend acknowledged.
    result = await collector.aflush()
    print("pending:", result.pending, "ok:", result.ok)

    # 4. Clean up: the collector last, so that it delivers what the others have recorded.
    for component in (performance, analytics, errors, health):
        component.shutdown()
    await collector.ashutdown()
    for signal, row in collector.buffer_status().ledger.items():
        print(f"{signal}:", "all exported" if row.exported == row.offered else row.nonzero())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else None))
