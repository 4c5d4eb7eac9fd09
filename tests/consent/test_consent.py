"""Consent in force: two processes of one state directory (here, two of its objects), and what it does without one."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from clippy_otel.consent import Consent, Decision
from clippy_otel.privacy.pseudonyms import Pseudonyms
from clippy_otel.privacy.redactor import Redactor
from clippy_otel.state import AUDIT_NAME, COUNTER_NAME, State

PSEUDONYMS = Pseudonyms("a key for the tests")
REDACTOR = Redactor(pseudonym=PSEUDONYMS.pseudonym)


class Told:
    """Notes what it is told of."""

    def __init__(self) -> None:
        self.decisions: list[Decision] = []
        self.heard: list[bool] = []

    def __call__(self, decisions: Sequence[Decision], /, *, is_heard: bool) -> None:
        """Note decisions."""
        self.decisions += decisions
        self.heard += [is_heard] * len(decisions)


def begin(path: Path | None, *, required: bool = False, told: Told | None = None) -> Consent:
    """Return consent as a process that begins has it."""
    consent = Consent(None if path is None else State(path), PSEUDONYMS, required=required)
    consent.begin(told or Told())
    return consent


def asks(consent: Consent) -> bool:
    """Return whether who records has to ask."""
    return consent.counter[0] != consent.free_at


def admits(consent: Consent) -> bool:
    """Return whether a record for the first purpose is accepted, about nobody."""
    return consent.gate.admits is None or consent.gate.admits(1, b"")


def when_written(consent: Consent, monkeypatch: pytest.MonkeyPatch, then: Callable[[], None]) -> None:
    """Do something each time when a decision is written down, and before it is read by who has made it."""
    counter = consent._counter
    assert counter is not None
    step = counter.step

    def stepped() -> None:
        step()
        then()

    monkeypatch.setattr(counter, "step", stepped)


def test_who_records_need_not_ask_where_nothing_is_restricted(tmp_path: Path) -> None:
    """Grants restrict nothing, and denials that are taken back no more."""
    consent = begin(tmp_path)
    assert not asks(consent)
    consent.decide(1, None, granted=True)
    assert not asks(consent)
    consent.decide(1, None, granted=False)
    assert asks(consent)
    consent.decide(1, None, granted=True)
    assert not asks(consent)
    assert asks(begin(tmp_path, required=True))


def test_others_see_a_decision_with_their_next_record(tmp_path: Path) -> None:
    """And are told of it once."""
    told = Told()
    one, other = begin(tmp_path), begin(tmp_path, told=told)
    one.decide(1, None, granted=False)
    assert asks(other)
    assert other.refuses(1, {}, {}, REDACTOR)
    assert not other.refuses(2, {}, {}, REDACTOR)
    one.decide(1, "ada", granted=True)
    assert not other.refuses(1, {"user.id": "ada"}, {}, REDACTOR)
    assert not other.refuses(1, {}, {"order": {"userId": "ada"}}, REDACTOR)
    assert other.refuses(1, {"user.id": "bob"}, {"userId": "ada"}, REDACTOR)
    assert told.decisions == [
        Decision(1, b"", granted=False),
        Decision(1, PSEUDONYMS.subject_hash("ada"), granted=True),
    ]
    assert told.heard == [True, True]


def test_who_decides_is_told_itself(tmp_path: Path) -> None:
    """It is not said to have heard of it."""
    told = Told()
    begin(tmp_path, told=told).decide(3, None, granted=False)
    assert (told.decisions, told.heard) == ([Decision(3, b"", granted=False)], [False])


def test_who_decides_does_not_leave_it_to_another_thread(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """A denial that a recording thread has read first, and not told of yet, is in force and told of at the return."""

    class Held(Told):
        def __call__(self, decisions: Sequence[Decision], /, *, is_heard: bool) -> None:
            if is_heard:
                reached.set()
                assert go_on.wait(60)
            super().__call__(decisions, is_heard=is_heard)

    told, reached, go_on = Held(), threading.Event(), threading.Event()
    consent = begin(tmp_path, told=told)
    reader = threading.Thread(target=consent.catch_up, daemon=True)
    request.addfinalizer(go_on.set)

    def read_by_another() -> None:
        reader.start()
        assert reached.wait(60)

    when_written(consent, monkeypatch, read_by_another)
    consent.decide(1, None, granted=False)
    denial = Decision(1, b"", granted=False)
    assert (told.decisions, told.heard) == ([denial], [False])
    assert not admits(consent)
    go_on.set()
    reader.join(60)
    assert (told.decisions, told.heard) == ([denial] * 2, [False, True])
    monkeypatch.undo()
    consent.decide(1, None, granted=True)
    assert admits(consent)


def test_a_denial_that_was_overtaken_is_not_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Who is held up in the middle of denying does not undo what another thread has granted meanwhile."""
    told = Told()
    consent = begin(tmp_path, told=told)

    def overtaken() -> None:
        monkeypatch.undo()
        thread = threading.Thread(target=consent.decide, args=(1, None), kwargs={"granted": True})
        thread.start()
        thread.join()

    when_written(consent, monkeypatch, overtaken)
    consent.decide(3, None, granted=False)
    assert told.decisions == [
        Decision(3, b"", granted=False),
        Decision(1, b"", granted=True),
        Decision(2, b"", granted=False),
    ]
    assert admits(consent)


def test_it_outlives_the_process(tmp_path: Path) -> None:
    """The next one goes by it from its first record on."""
    consent = begin(tmp_path)
    consent.decide(7, None, granted=False)
    consent.decide(1, "ada", granted=True)
    after = begin(tmp_path)
    assert [after.decided(1, None), after.decided(1, "ada"), after.decided(2, "ada")] == [False, True, False]
    assert after.refuses(1, {}, {}, REDACTOR)


def test_no_id_is_kept(tmp_path: Path) -> None:
    """What stands in the directory is the pseudonym."""
    begin(tmp_path).decide(1, "ada.lovelace", granted=True)
    for path in tmp_path.iterdir():
        assert b"lovelace" not in path.read_bytes()


def test_files_are_private(tmp_path: Path) -> None:
    """Nobody else reads or changes who has decided what."""
    begin(tmp_path / "state").decide(1, None, granted=True)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "state").iterdir()}
    assert modes == {AUDIT_NAME: 0o600, COUNTER_NAME: 0o600}


def test_what_cannot_be_read_refuses_everything(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A denial may stand there; it is said once."""
    consent = begin(tmp_path)
    other = begin(tmp_path)
    other.decide(1, None, granted=True)
    (tmp_path / AUDIT_NAME).unlink()
    (tmp_path / AUDIT_NAME).mkdir()
    with caplog.at_level(logging.WARNING, logger="clippy_otel"):
        assert [consent.refuses(4, {}, {}, REDACTOR) for _ in range(3)] == [True] * 3
    assert len(caplog.records) == 1
    assert not consent.refuses(0, {}, {}, REDACTOR)


@pytest.mark.parametrize("required", [False, True])
def test_a_directory_that_cannot_be_used(*, required: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It holds in this process, and that is said where it matters: with the first decision, or where it is required."""
    (tmp_path / "state").write_text("a file")
    with caplog.at_level(logging.WARNING, logger="clippy_otel"):
        consent = begin(tmp_path / "state", required=required)
        assert len(caplog.records) == required
        consent.decide(1, None, granted=False)
        consent.decide(2, None, granted=True)
    assert consent.refuses(1, {}, {}, REDACTOR)
    assert not consent.refuses(2, {}, {}, REDACTOR)
    assert len(caplog.records) == 1


def test_a_damaged_counter_is_not_touched(tmp_path: Path) -> None:
    """What lies behind a file's end would end the process; what was decided is read all the same."""
    begin(tmp_path).decide(1, None, granted=False)
    (tmp_path / COUNTER_NAME).write_bytes(b"")
    assert begin(tmp_path).refuses(1, {}, {}, REDACTOR)


def test_what_was_decided_before_goes_on() -> None:
    """In the same process, where it was kept nowhere else."""
    before = begin(None)
    before.decide(1, "ada", granted=False)
    after = Consent(None, PSEUDONYMS)
    after.begin(Told(), before)
    assert after.refuses(1, {"user.id": "ada"}, {}, REDACTOR)
    assert asks(after)


def test_a_child_goes_by_it_too(tmp_path: Path) -> None:
    """By what was decided before the fork, and by what is decided afterwards."""
    consent = begin(tmp_path)
    consent.decide(1, None, granted=False)
    (asked, asking), (told, telling) = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        before = consent.refuses(1, {}, {}, REDACTOR)
        os.write(asking, b"x")
        os.read(told, 1)
        os._exit(0 if before and not consent.refuses(1, {}, {}, REDACTOR) else 1)
    os.read(asked, 1)
    consent.decide(1, None, granted=True)
    os.write(telling, b"x")
    assert os.waitpid(child, 0)[1] == 0
    for descriptor in (asked, asking, told, telling):
        os.close(descriptor)


def test_another_key_is_another_user(tmp_path: Path) -> None:
    """Decisions of users are theirs by the key of their pseudonyms."""
    begin(tmp_path).decide(1, "ada", granted=False)
    other = Consent(State(tmp_path), Pseudonyms("another key for tests"))
    other.begin(Told())
    assert other.decided(1, "ada") is None
