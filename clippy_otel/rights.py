"""`Telemetry.privacy`: what an application does for the people whom its records are about.

Consent is asked for with each record, kept in the state directory, and shared by all processes with it; see
`clippy_otel.consent`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from clippy_otel.exceptions import ConfigurationError

if TYPE_CHECKING:
    from clippy_otel.ports import HasRecorder
    from clippy_otel.privacy.redactor import Redactor

PurposeName = Literal["analytics", "performance", "errors"]


class PrivacyRights:
    """Consent, pseudonyms and redaction of one collector.

    Args:
        collector: Its recorder in force is used at each call.
    """

    def __init__(self, collector: HasRecorder) -> None:
        self._collector = collector

    @property
    def redactor(self) -> Redactor | None:
        """What every record goes through; None: `redact_pii=False`, nothing is redacted."""
        return self._collector.recorder.redactor

    def set_consent(self, granted: bool, *, purpose: PurposeName | None = None, user_id: str | None = None) -> None:  # noqa: FBT001 - the contract
        """Decide what may be recorded from now on, for good: it is on disk when this returns.

        Where consent is denied, nothing more of that is recorded after the return, and what was and is not sent yet is
        erased, in memory and in the spool; a request that is being sent right now finishes. The other processes of the
        state directory go by it from their next record on. Not to be called by a signal handler.

        Args:
            granted: True: it may; False: it may not.
            purpose: "analytics", "performance" or "errors"; None: all three.
            user_id: Whose decision it is, which wins over that for everybody; kept as the keyed pseudonym. None:
                everybody's.

        Raises:
            ConfigurationError: An argument is none of those, or nothing is configured yet.
        """
        if type(granted) is not bool:
            raise ConfigurationError(f"set_consent: True or False is allowed, not a {type(granted).__name__}")
        purposes, user = _mask(purpose), _user(user_id)
        consent = self._collector.recorder.consent
        if consent is None:
            raise ConfigurationError("set_consent: nothing is configured yet; call clippy_otel.configure() first")
        consent.decide(purposes, user, granted=granted)

    def consent(self, *, purpose: PurposeName, user_id: str | None = None) -> bool | None:
        """Return what was decided.

        Args:
            purpose: Which.
            user_id: Whose decision: the user's own, else that for everybody. None: that for everybody.

        Returns:
            None: nobody has decided. Then it is recorded, unless `require_consent` is set.

        Raises:
            ConfigurationError: An argument is none of those.
        """
        if purpose is None:
            raise ConfigurationError("consent: one purpose is needed")
        purposes, user = _mask(purpose), _user(user_id)
        consent = self._collector.recorder.consent
        return None if consent is None else consent.decided(purposes, user)

    def pseudonym(self, user_id: str) -> str:
        """Return what stands for a user in all records; the id itself with `user_ids="raw"` or without redaction."""
        return self._collector.recorder.pseudonym(user_id)


def _mask(purpose: object) -> int:
    from clippy_otel.consent import mask_of  # noqa: PLC0415 - for who asks, or decides

    return mask_of(purpose)


def _user(user_id: object) -> str | None:
    if user_id is not None and not (isinstance(user_id, str) and user_id):
        raise ConfigurationError("user_id: a text that is not empty is allowed, or None")
    return user_id
