"""`Telemetry.privacy`: what may be decided, what is answered, and what is refused at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import clippy_otel
from clippy_otel import ConfigurationError, PrivacyRights, Telemetry, TelemetryCollector
from clippy_otel.testing import capture


def test_what_was_decided_is_answered() -> None:
    """By purpose and user: the user's own decision, else that for everybody, else nothing."""
    with capture() as captured:
        privacy = captured.telemetry.privacy
        assert privacy.consent(purpose="analytics") is None
        privacy.set_consent(True)
        privacy.set_consent(False, purpose="errors")
        privacy.set_consent(True, purpose="errors", user_id="ada")
        assert [privacy.consent(purpose=purpose) for purpose in ("analytics", "performance", "errors")] == [
            True,
            True,
            False,
        ]
        assert privacy.consent(purpose="errors", user_id="ada") is True
        assert privacy.consent(purpose="errors", user_id="bob") is False
        assert privacy.consent(purpose="analytics", user_id="ada") is True


@pytest.mark.parametrize("granted", [1, 0, None, "granted", "", "denied", object()])
def test_anything_but_a_bool_is_refused(granted: Any) -> None:
    """What is nearly a yes is no consent."""
    with capture() as captured, pytest.raises(ConfigurationError, match="True or False"):
        captured.telemetry.privacy.set_consent(granted)


@pytest.mark.parametrize("purpose", ["marketing", "", 1, True])
def test_an_unknown_purpose_is_refused(purpose: Any) -> None:
    """Whether it is set or asked for."""
    with capture() as captured:
        with pytest.raises(ConfigurationError, match="analytics"):
            captured.telemetry.privacy.set_consent(True, purpose=purpose)
        with pytest.raises(ConfigurationError, match="analytics"):
            captured.telemetry.privacy.consent(purpose=purpose)
        with pytest.raises(ConfigurationError, match="one purpose"):
            captured.telemetry.privacy.consent(purpose=None)  # type: ignore[arg-type] # on purpose


@pytest.mark.parametrize("user_id", ["", 5, b"ada", ["ada"]])
def test_what_is_no_user_is_refused(user_id: Any) -> None:
    """A decision of nobody would be one for everybody; and the message does not show it."""
    with capture() as captured:
        with pytest.raises(ConfigurationError, match="not empty") as caught:
            captured.telemetry.privacy.set_consent(False, user_id=user_id)
        assert "ada" not in str(caught.value)
        assert captured.telemetry.privacy.consent(purpose="analytics") is None


def test_before_configure() -> None:
    """A decision that would be lost is refused; asked, nobody has decided."""
    privacy = Telemetry().privacy
    with pytest.raises(ConfigurationError, match="configure"):
        privacy.set_consent(True)
    assert privacy.consent(purpose="errors") is None
    assert privacy.pseudonym("ada") == ""


def test_pseudonyms_and_the_redactor_are_those_of_the_records() -> None:
    """What stands for a user in a record is what is answered."""
    with capture() as captured:
        captured.telemetry.collector.track("seen", {"userId": "ada"})
        assert captured.events[0]["data"]["userId"] == captured.telemetry.privacy.pseudonym("ada")
        redactor = captured.telemetry.privacy.redactor
        assert redactor is not None
        assert redactor.redact_text("to ada@example.com") == "to [REDACTED]"
    with capture(redact_pii=False) as captured:
        assert captured.telemetry.privacy.redactor is None
        assert captured.telemetry.privacy.pseudonym("ada") == "ada"


def test_consent_of_a_collector_that_stands_alone(tmp_path: Path) -> None:
    """It is kept in its state directory, and goes on with the next one."""
    events: list[Any] = []
    for granted in (False, None):
        collector = TelemetryCollector(
            transport="custom", custom_transport=events.extend, state_directory=tmp_path, flush_on=()
        )
        if granted is not None:
            PrivacyRights(collector).set_consent(granted)
        collector.track("seen")
        assert collector.shutdown().ok
        assert collector.buffer_status().ledger["logs"].consent_denied == 1
    assert events == []


@pytest.mark.usefixtures("own_process_telemetry")
def test_it_may_be_taken_before_configure() -> None:
    """It is about whatever is configured later."""
    privacy = clippy_otel.get_telemetry().privacy
    telemetry = clippy_otel.configure("shop", transport="custom", custom_transport=print, set_global=False)
    try:
        privacy.set_consent(False, purpose="analytics")
        assert telemetry.privacy.consent(purpose="analytics") is False
    finally:
        telemetry.shutdown()
