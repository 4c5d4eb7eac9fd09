"""Consent in force: in this process, and in all processes of its state directory.

Who records asks with each record, in two steps: whether anything is restricted at all, or something was decided
elsewhere meanwhile (one comparison, 30 ns), and only then whether this record may be: 1 us, and where users have
decided and no scope says whose the record is, as long as redacting it takes. A decision of another process is read with
the first record after it.

Fails closed: where decisions cannot be read, or not in time, what is asked about is refused.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

from clippy_otel import _fork, _guard, semconv
from clippy_otel.clock import SYSTEM_CLOCK
from clippy_otel.consent.audit import Audit
from clippy_otel.consent.counter import Counter
from clippy_otel.consent.decisions import ALL_DENIED, Decision, Decisions
from clippy_otel.consent.users import users_in
from clippy_otel.otlp import plain
from clippy_otel.ports import Gate
from clippy_otel.state import AUDIT_NAME, COUNTER_NAME, make_private

if TYPE_CHECKING:
    from clippy_otel.ports import Clock
    from clippy_otel.privacy.pseudonyms import Pseudonyms
    from clippy_otel.privacy.redactor import Redactor
    from clippy_otel.state import State


class OnChange(Protocol):
    """Told of decisions."""

    def __call__(self, decisions: Sequence[Decision], /, *, is_heard: bool) -> None:
        """Put them into effect; is_heard: they were made elsewhere, and who records waits for this."""


# Another thread reads what was decided elsewhere, or looks a user up: milliseconds, unless it is held up itself.
_LOCK_TIMEOUT_S: Final = 0.05
_NEVER: Final = -1  # no counter's number


class Consent:
    """What was decided about consent.

    Args:
        state: Where it is kept; None: in this process alone.
        pseudonyms: Those of the state directory: decisions of users are kept by them.
        required: Whether what nobody has decided is refused.
        clock: For the audit.

    Attributes:
        counter: Its first item is another number when something was decided, here or elsewhere.
        free_at: That number as long as everything is allowed: whoever records compares the two, and asks refuses()
            where they differ.
        gate: What is in force, for who accepts what was recorded a moment ago.
    """

    def __init__(
        self, state: State | None, pseudonyms: Pseudonyms, *, required: bool = False, clock: Clock = SYSTEM_CLOCK
    ) -> None:
        self._state = state
        self._pseudonyms = pseudonyms
        self._is_required = required
        self._clock = clock
        self._on_change: OnChange | None = None
        self._audit: Audit | None = None
        self._counter: Counter | None = None
        self._why = ""  # it cannot be kept
        self._has_warned = False
        self._decisions = Decisions(required=required, look_up=self._look_up)
        self.counter: Sequence[int] = (0,)
        self._seen = 0
        self.free_at = _NEVER if required else 0
        self.gate = Gate()
        # Re-entrant, so that a signal handler waits for no frame beneath it.
        self._lock = threading.RLock()
        self._reader: int | None = None  # the thread that reads what is new
        _fork.renew_in_child(self)

    def after_fork(self) -> None:
        """Take a new lock in the child; where a thread of the parent was reading, read all of it again."""
        self._lock = threading.RLock()
        if self._reader is not None:
            self._reader = None
            self._open()

    def begin(self, on_change: OnChange, before: Consent | None = None) -> None:
        """Read what was decided so far, and keep up with it.

        Args:
            on_change: Called with what was decided since, in its order, with no lock held: at the decision where it is
                made here, else with the first record after it. It is in force already. A denial that is made here may
                be told of twice, where another thread has read it first.
            before: What this follows in the same process; None: nothing.
        """
        if before is not None:
            self._decisions.take_over(before._decisions)  # noqa: SLF001 - of the same class
        self._open()
        self._publish(self._seen)
        self.catch_up()
        self._tell_why()
        self._on_change = on_change

    def refuses(
        self, purpose: int, scope_attributes: Mapping[str, Any], data: Mapping[str, Any], redactor: Redactor | None
    ) -> bool:
        """Return whether a record may not be.

        Args:
            purpose: What it is for: a mask of Purpose.
            scope_attributes: Of the scope that is open; its user is the record's.
            data: Not redacted yet; it says whom the record is about where the scope does not.
            redactor: That in force; None: none is.

        Raises:
            Exception: Whatever something foreign in the data raises when it is read.
        """
        if not purpose:
            return False
        if not self.catch_up():
            return True
        decisions, subjects = self._decisions, b""
        if decisions.knows_users:
            user_id = scope_attributes.get(semconv.USER_ID)
            subjects = self.subjects([plain.text(user_id)] if user_id else users_in(data, redactor))
        return not decisions.allow(purpose, subjects)

    def subjects(self, user_ids: Iterable[str]) -> bytes:
        """Return the keyed hashes of users, one after the other."""
        return self._pseudonyms.subjects(user_ids)

    def admits(self, purposes: int, subjects: bytes) -> bool:
        """Return whether a record of these purposes, about these users, may be; by what is known in this process."""
        return self._decisions.allow(purposes, subjects)

    def decided(self, purpose: int, user_id: str | None) -> bool | None:
        """Return what holds for one purpose: the user's own decision, else that for everybody, else None."""
        self.catch_up()
        subject = b"" if user_id is None else self._pseudonyms.subject_hash(user_id)
        return self._decisions.decided(purpose, subject)

    def decide(self, purposes: int, user_id: str | None, *, granted: bool) -> None:
        """Put a decision in force, in all processes of the state directory, for good.

        Where it cannot be kept, it is in force in this process all the same.
        """
        subject = b"" if user_id is None else self._pseudonyms.subject_hash(user_id)
        pseudonym = None if user_id is None else self._pseudonyms.pseudonym(user_id)
        decision = Decision(purposes, subject, granted)
        is_kept = self._keep(decision, pseudonym)
        with self._lock:
            fresh = self._read() if is_kept else None
            if fresh is None:
                fresh = [decision]
                self._decisions.add(decision)
                self._publish(self._seen)
            elif not granted and decision not in fresh:
                # Another thread has read it, and may be about to tell: this one does not wait. What was granted again
                # since then stays so.
                denied = purposes & self._decisions.denied_to(subject)
                fresh += [decision._replace(purposes=denied)] if denied else []
        self._tell_why()
        self._tell(fresh, is_heard=False)

    def catch_up(self) -> bool:
        """Read what was decided elsewhere since the last time; return whether all of it is known now."""
        if self.counter[0] == self._seen:
            return True
        # A frame beneath this one that is reading goes on afterwards.
        if self._reader == threading.get_ident() or not self._lock.acquire(timeout=_LOCK_TIMEOUT_S):
            return False
        try:
            fresh = self._read()
        finally:
            self._lock.release()
        self._tell_why()
        if fresh is None:
            return False
        self._tell(fresh, is_heard=True)
        return True

    def _open(self) -> None:
        """Open what is kept. Where that cannot be, it is said where it matters: now, or with the first decision."""
        if self._state is None:
            return
        try:
            make_private(self._state.path)
            self._audit, self._seen = Audit(self._state.path / AUDIT_NAME), _NEVER
            self._counter = Counter(self._state.path / COUNTER_NAME)
            self.counter = self._counter.view
        except OSError as error:
            if self._is_required:
                self._note(error)

    def _keep(self, decision: Decision, pseudonym: str | None) -> bool:
        """Write a decision down and have others see it; return whether it is to be read like theirs."""
        if self._audit is None:
            self._note(None)
            return False
        is_kept = False
        try:
            self._audit.append(decision, pseudonym, self._clock.time_ns())
            is_kept = True
            if self._counter is not None:
                self._counter.step()
        except OSError as error:
            self._note(error)
        return is_kept

    def _read(self) -> list[Decision] | None:
        """Put in force what is new in the audit, under the lock, and return it; None where it cannot be read."""
        if self._audit is None:
            return None
        self._reader = threading.get_ident()
        fresh: list[Decision] = []
        try:
            number = self.counter[0]  # before what it stands for is read: what comes meanwhile is read twice
            for decision in self._audit.new():
                self._decisions.add(decision)
                if self._on_change is not None:
                    fresh.append(decision)
            self._publish(number)
        except OSError as error:
            self._note(error)
            return None
        finally:
            self._reader = None
        return fresh

    def _publish(self, number: int) -> None:
        allows_all = self._decisions.allows_all
        self.gate.admits = None if allows_all else self.admits
        self._seen = number
        self.free_at = number if allows_all else _NEVER

    def _tell(self, fresh: Sequence[Decision], *, is_heard: bool) -> None:
        if fresh and self._on_change is not None:
            with _guard.host_safe("consent"):
                self._on_change(fresh, is_heard=is_heard)

    def _look_up(self, subject: bytes) -> int:
        """Return the decisions of a user who is not known in memory."""
        if self._audit is None or not self._lock.acquire(timeout=_LOCK_TIMEOUT_S):
            return ALL_DENIED
        try:
            decided = self._audit.of(subject)
            self._decisions.learn(subject, decided)
        except OSError as error:
            self._note(error)
            return ALL_DENIED
        finally:
            self._lock.release()
        return decided

    def _note(self, error: OSError | None) -> None:
        """Remember why consent cannot be kept, for _tell_why()."""
        self._why = "there is no state directory" if error is None else error.strerror or type(error).__name__

    def _tell_why(self) -> None:
        """Say it, the first time; no lock is held, for logging is the application's."""
        if self._why and not self._has_warned:
            self._has_warned = True
            _guard.logger.warning("consent cannot be kept (%s): it holds in this process alone", self._why)
