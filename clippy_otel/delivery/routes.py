"""What differs between the signals on their way over OTLP: names in the environment, the method, the answer's form."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from clippy_otel import _guard
from clippy_otel.ports import Signal

Compression = Literal["none", "deflate", "gzip"]

HTTP_COMPRESSIONS: Final[tuple[Compression, ...]] = ("none", "gzip", "deflate")
# Receivers in Go, the Collector among them, know no deflate here: they would refuse every request.
GRPC_COMPRESSIONS: Final[tuple[Compression, ...]] = ("none", "gzip")


class ResponseForm(NamedTuple):
    """The protobuf message that answers a signal's export requests."""

    module: str
    name: str
    rejected: str  # the field of its partial_success that counts refused records


class Route(NamedTuple):
    """One signal's."""

    environment: str  # in the names of OTEL_EXPORTER_OTLP_*
    method: str  # what a gRPC peer is called with
    response: ResponseForm

    def compression(self, known: tuple[Compression, ...]) -> Compression:
        """Return what OTEL_EXPORTER_OTLP_[SIGNAL_]COMPRESSION says; gzip where it says nothing that is known."""
        for name in (f"OTEL_EXPORTER_OTLP_{self.environment}_COMPRESSION", "OTEL_EXPORTER_OTLP_COMPRESSION"):
            value = os.environ.get(name, "").strip().lower()
            for compression in known:
                if value == compression:
                    return compression
            if value:
                # OpenTelemetry's rule for a value that is not known: warn, and go on as if it were not set.
                signal = self.environment.lower()
                _guard.logger.warning("%s: must be one of %s; it is ignored for %s", name, ", ".join(known), signal)
        return "gzip"


def _route(package: str, service: str, *, environment: str, rejected: str) -> Route:
    return Route(
        environment,
        f"/opentelemetry.proto.collector.{package}.v1.{service}Service/Export",
        ResponseForm(
            f"opentelemetry.proto.collector.{package}.v1.{package}_service_pb2",
            f"Export{service}ServiceResponse",
            rejected,
        ),
    )


ROUTES: Final[Mapping[Signal, Route]] = {
    "logs": _route("logs", "Logs", environment="LOGS", rejected="rejected_log_records"),
    "spans": _route("trace", "Trace", environment="TRACES", rejected="rejected_spans"),
    "metrics": _route("metrics", "Metrics", environment="METRICS", rejected="rejected_data_points"),
}
