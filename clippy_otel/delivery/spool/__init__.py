"""The spool: what could not be delivered, or must not be lost, on disk until it can be."""

from clippy_otel.delivery.spool.spool import Spool, SpoolSize

__all__ = ["Spool", "SpoolSize"]
