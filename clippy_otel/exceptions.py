"""The exceptions of this package, all raised while configuring and never while recording.

ClippyOtelError
  └─ ConfigurationError (also a ValueError)
       └─ NotAvailableYetError
"""

from __future__ import annotations


class ClippyOtelError(Exception):
    """Base of every exception that this package raises."""


class ConfigurationError(ClippyOtelError, ValueError):
    """A setting is unknown, impossible or contradicts another one.

    The message names the setting, says what is allowed and never holds a secret.
    """


class NotAvailableYetError(ConfigurationError):
    """A setting of the public contract whose feature this version does not have yet."""

    def __init__(self, setting: str) -> None:
        super().__init__(f"{setting}: not available yet in this version; leave it out")
