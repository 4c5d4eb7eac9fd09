"""Our side of the OpenTelemetry SDK: what is done to spans, log records and measurements before anybody sees them."""
