"""The version of this package; the build reads it here, and so does what goes over the wire."""

from __future__ import annotations

__version__ = "0.1.0"
