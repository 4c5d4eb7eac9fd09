"""Decisions about consent, as they are asked for with each record: those for everybody, and those of users.

By purpose a user's own decision wins over the one for everybody; what nobody has decided is allowed, unless consent is
required. A record about several users is refused where one of them has denied it, and else allowed where one has
granted it.

Bounded: 100,000 users, by the hashes of their ids, in some 13 MB. Those who came first give way, and are looked up
again where all decisions are kept; where they are kept nowhere, such a user is refused.
Any thread may ask; only one at a time may change anything, looking up included.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from clippy_otel.exceptions import ConfigurationError
from clippy_otel.ports import Purpose

MAX_USERS: Final = 100_000
SUBJECT_BYTES: Final = 8
ALL_PURPOSES: Final = int(Purpose.ANALYTICS | Purpose.PERFORMANCE | Purpose.ERRORS)
PURPOSES: Final = {
    "analytics": int(Purpose.ANALYTICS),
    "performance": int(Purpose.PERFORMANCE),
    "errors": int(Purpose.ERRORS),
}

# Somebody's decisions are one number: a mask of what is granted, and above it one of what is denied.
UNDECIDED: Final = 0
ALL_DENIED: Final = ALL_PURPOSES << 3
_DENIED_BITS: Final = 3


def mask_of(purpose: object) -> int:
    """Return a purpose by its name as a mask; None: all of them.

    Raises:
        ConfigurationError: There is no such purpose.
    """
    if purpose is None:
        return ALL_PURPOSES
    mask = PURPOSES.get(purpose) if isinstance(purpose, str) else None
    if mask is None:
        raise ConfigurationError(f"purpose: one of {', '.join(PURPOSES)} is allowed, not {purpose!r:.80}")
    return mask


class Decision(NamedTuple):
    """What was decided.

    Attributes:
        purposes: For what: a mask of Purpose.
        subject: Whose it is: the keyed hash of a user; b"": for everybody.
        granted: False: denied.
    """

    purposes: int
    subject: bytes
    granted: bool

    def after(self, decided: int) -> int:
        """Return somebody's decisions with this one, the last of them."""
        granted, denied = self.purposes, self.purposes << _DENIED_BITS
        return decided & ~(granted | denied) | (granted if self.granted else denied)


class Decisions:
    """What was decided so far.

    Args:
        required: Whether what nobody has decided is refused.
        look_up: Returns the decisions of a user who is not known here.
        max_users: How many are known at most, at least 2.
    """

    def __init__(self, *, required: bool, look_up: Callable[[bytes], int], max_users: int = MAX_USERS) -> None:
        self._required = required
        self._look_up = look_up
        self._everybody = UNDECIDED
        self._has_denials = self._has_forgotten = False  # of users
        # Two generations: when the young one is full it becomes the old one, and the old one goes.
        self._max_young = max_users // 2
        self._young: dict[bytes, int] = {}
        self._old: dict[bytes, int] = {}

    @property
    def knows_users(self) -> bool:
        """Whether any user has decided anything."""
        return bool(self._young or self._old)

    @property
    def allows_all(self) -> bool:
        """Whether everything is allowed, whoever it is about."""
        return not (self._has_denials or self._refused_to(UNDECIDED))

    def allow(self, purposes: int, subjects: bytes) -> bool:
        """Return whether a record may be.

        Args:
            purposes: A mask; 0: it needs nobody's consent.
            subjects: The hashes of the users it is about, one after the other; b"": of nobody who is known.
        """
        decided = UNDECIDED
        if subjects and self.knows_users:
            for at in range(0, len(subjects), SUBJECT_BYTES):
                decided |= self._of(subjects[at : at + SUBJECT_BYTES])
        return not purposes & self._refused_to(decided)

    def decided(self, purpose: int, subject: bytes) -> bool | None:
        """Return what holds for one purpose: the user's own decision, else that for everybody, else None."""
        for decided in (self._of(subject) if subject else UNDECIDED, self._everybody):
            if decided & (purpose | purpose << _DENIED_BITS):
                return bool(decided & purpose)
        return None

    def denied_to(self, subject: bytes) -> int:
        """Return for which purposes nothing may be recorded that is about a user, or about nobody who is known."""
        return ALL_PURPOSES & self._refused_to(self._of(subject) if subject else UNDECIDED)

    def add(self, decision: Decision) -> None:
        """Note a decision, the last so far."""
        subject = decision.subject
        if not subject:
            self._everybody = decision.after(self._everybody)
            return
        self._has_denials = self._has_denials or not decision.granted
        known = self._known(subject)
        if known is not None:  # else it is looked up when it is asked for
            self.learn(subject, decision.after(known))

    def take_over(self, before: Decisions) -> None:
        """Begin with what was decided before."""
        self._everybody, self._has_denials = before._everybody, before._has_denials
        self._young, self._old = dict(before._young), dict(before._old)
        self._has_forgotten = before._has_forgotten

    def learn(self, subject: bytes, decided: int) -> None:
        """Know a user's decisions."""
        if len(self._young) >= self._max_young and subject not in self._young:
            # In this order: whoever asks meanwhile finds the user, or looks for it.
            self._has_forgotten = self._has_forgotten or bool(self._old)
            self._old = self._young
            self._young = {}
        self._young[subject] = decided

    def _refused_to(self, decided: int) -> int:
        """Return what is refused to whom with these decisions of their own."""
        denied = self._everybody >> _DENIED_BITS
        if self._required:
            denied = ALL_PURPOSES & ~self._everybody
        return decided >> _DENIED_BITS | denied & ~decided

    def _of(self, subject: bytes) -> int:
        known = self._known(subject)
        return self._look_up(subject) if known is None else known

    def _known(self, subject: bytes) -> int | None:
        known = self._young.get(subject)
        if known is None:
            known = self._old.get(subject)
            if known is None and not self._has_forgotten:
                return UNDECIDED
        return known
