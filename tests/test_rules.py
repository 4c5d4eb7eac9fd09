"""The rules in force: one snapshot, swapped as a whole, its parts kept where their settings are."""

from __future__ import annotations

import os
import threading
from typing import Any

import pytest

from clippy_otel import semconv
from clippy_otel.config import resolve
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.otlp.encode import encode_log_attribute
from clippy_otel.privacy import Rule
from clippy_otel.privacy.pseudonyms import Pseudonyms
from clippy_otel.rules import LiveRules
from clippy_otel.testing import FakeClock

MAIL = "alice@example.com"


def live(**settings: Any) -> LiveRules:
    """Return rules of a configuration."""
    config = resolve(config=None, environ={}, **{"service_name": "test", **settings})
    return LiveRules(config, FakeClock(), Pseudonyms("a key for the tests"))


def redacted(rules: LiveRules, attributes: dict[str, Any]) -> Any:
    """Return attributes as they may go out."""
    redactor = rules.redactor()
    assert redactor is not None
    return redactor.redact_attributes(attributes)


def test_the_first_rules_are_those_of_the_configuration() -> None:
    """Redactor and sampler follow from it."""
    rules = live(redact_fields=("team",), keep_fields=("owner",), placeholder="***", sampling="never")
    assert redacted(rules, {"team": "x", "owner": MAIL, "to": MAIL}) == {"team": "***", "owner": MAIL, "to": "***"}
    assert rules.current.redactor is rules.redactor()
    assert not rules.current.sampler.keeps_all
    assert rules.current.config.service_name == "test"


def test_the_weight_is_what_one_record_stands_for() -> None:
    """Only where some are left out by probability."""
    rules = live(sampling="probabilistic", sampling_rate=0.25)
    kept = rules.current.sampler.base.kept
    assert kept == (None, 4.0, encode_log_attribute(semconv.SAMPLING_WEIGHT, 4.0))
    for settings in ({"sampling_rate": 1.0}, {"sampling_rate": 0.0}, {"sampling": "throttled"}, {"sampling": "always"}):
        rules.update(settings)
        assert rules.current.sampler.base.kept == (None, None, b"")


def test_user_ids_become_pseudonyms_or_stay() -> None:
    """As configured; without redaction nothing is touched."""
    made = redacted(live(), {"user.id": "u1"})["user.id"]
    assert made == Pseudonyms("a key for the tests").pseudonym("u1")
    assert redacted(live(user_ids="raw"), {"user.id": "u1"}) == {"user.id": "u1"}
    assert live(redact_pii=False).redactor() is None


def test_redaction_rules_stand_beside_the_built_in_ones() -> None:
    """One of the same name takes the place of the built-in one; a pseudonym is keyed, whatever user ids are."""
    employee = Rule("employee", "EMP-[0-9]{6}", action="pseudonym")
    rules = live(redaction_rules=[employee, Rule("email", "no such thing")], user_ids="raw")
    made = redacted(rules, {"a": "EMP-123456", "b": MAIL, "c": "4111 1111 1111 1111"})
    assert made == {"a": Pseudonyms("a key for the tests").pseudonym("EMP-123456"), "b": MAIL, "c": "[REDACTED]"}


def test_an_update_is_another_snapshot() -> None:
    """Who has read the rules before goes on with those; the configurations before and after are returned."""
    rules = live()
    before = rules.current
    old, new = rules.update({"max_buffer_size": 7, "redact_fields": ("team",)})
    assert (old, new) == (before.config, rules.current.config)
    assert (old.max_buffer_size, new.max_buffer_size) == (50, 7)
    assert before.redactor is not None
    assert before.redactor.redact_attributes({"team": "x"}) == {"team": "x"}
    assert redacted(rules, {"team": "x"}) == {"team": "[REDACTED]"}


def test_parts_whose_settings_are_the_same_are_kept() -> None:
    """A redactor knows what it has seen clean, and a sampler what it has let pass."""
    rules = live()
    before = rules.current
    rules.update({"flush_interval_ms": 1})
    assert rules.current.redactor is before.redactor
    assert rules.current.sampler is before.sampler
    rules.update({"keep_fields": ("owner",)})
    assert rules.current.redactor is not before.redactor
    assert rules.current.sampler is before.sampler
    rules.update({"sampling": "never"})
    assert rules.current.sampler is not before.sampler


def test_a_throttles_window_outlives_a_change() -> None:
    """Another limit does not let everything pass once more."""
    rules = live(sampling="throttled", max_events_per_window=2)
    assert [_keeps(rules) for _ in range(2)] == [True, True]
    rules.update({"max_events_per_window": 3})
    assert [_keeps(rules) for _ in range(2)] == [True, False]


def _keeps(rules: LiveRules) -> bool:
    sampler = rules.current.sampler
    return sampler.judge(sampler.base, 1, None, None, is_error=False).refused is None


@pytest.mark.parametrize("changes", [{"transport": "console"}, {"samplng": "never"}, {"sampling": "sometimes"}])
def test_what_cannot_be_changed_changes_nothing(changes: dict[str, Any]) -> None:
    """A bad change raises and leaves what is in force, also where it comes with good ones."""
    rules = live()
    before = rules.current
    with pytest.raises(ConfigurationError):
        rules.update({"max_buffer_size": 7, **changes})
    assert rules.current is before


def test_changes_from_several_threads_are_all_in_force() -> None:
    """None is lost to another one that was made at the same moment."""
    rules = live()
    names = ("max_buffer_size", "flush_interval_ms", "max_events_per_window", "throttle_window_ms")
    threads = [
        threading.Thread(target=lambda name=name: [rules.update({name: value}) for value in range(1, 51)])
        for name in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [getattr(rules.current.config, name) for name in names] == [50] * 4


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_may_change_them_even_where_the_lock_was_held() -> None:
    """A thread of the parent that was changing them does not hang the child."""
    rules = live()
    with rules._changing:
        child = os.fork()
        if child == 0:
            rules.update({"max_buffer_size": 7})
            os._exit(0 if rules.current.config.max_buffer_size == 7 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert rules.current.config.max_buffer_size == 50
