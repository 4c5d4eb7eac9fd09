"""Every private name of the OpenTelemetry SDK and its exporters that this package uses, and nothing else.

They are private: any minor release of OpenTelemetry may change them, hence the narrow version range in pyproject.toml
and tests/sdk, which fails by name where one is gone or behaves differently.

- `attributes`: attributes as they are kept, of spans, events, links and log records
- `ended_spans`: spans that have ended, and their events, read and changed
- `exporters`: the stock OTLP exporters' HTTP sessions and gRPC channels
- `fan_outs`: what hands records to a provider's processors
- `log_records`: log records, copied
- `methods`: whether a method is still the SDK's
- `metrics`: measurements, metric readers and what they collect from
- `providers`: providers, global and behind others, and their resource; loaded at start, so it imports nothing heavy
- `started_spans`: tracers, and spans that have just started
- `suppression`: contexts in which no instrumentation records
"""
