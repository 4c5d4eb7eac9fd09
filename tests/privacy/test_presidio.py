"""The adapter for Presidio: its patterns and validators, without a language model."""

from __future__ import annotations

import subprocess
import sys

import pytest

from clippy_otel.exceptions import ConfigurationError
from clippy_otel.privacy import DEFAULT_RULES, Redactor, presidio

pytest.importorskip("presidio_analyzer")


def test_rules_for_what_is_asked() -> None:
    """Validated as Presidio does, in any place of a text."""
    subject = Redactor(presidio.rules(["UK_NHS", "ES_NIF"]), placeholder="#")
    assert subject.redact_text("NHS 943 476 5919, not 943 476 5918; nif 12345678Z") == "NHS #, not 943 476 5918; nif #"
    assert [rule.name for rule in presidio.rules(["UK_NHS", "ES_NIF"])] == ["presidio_es_nif", "presidio_uk_nhs"]


def test_all_that_there_are() -> None:
    """With names of their own, so that they go beside the built-in ones."""
    rules = presidio.rules()
    assert len(rules) > 40
    assert Redactor((*DEFAULT_RULES, *rules)).redact_text("nothing in here") == "nothing in here"
    assert "presidio_url" not in {rule.name for rule in rules}  # its patterns are not linear


def test_the_score_decides_where_nothing_is_validated() -> None:
    """A pattern that is unlikely by itself does not count unless it is asked for."""
    with pytest.raises(ConfigurationError, match="US_PASSPORT"):
        presidio.rules(["US_PASSPORT"])
    (rule,) = presidio.rules(["US_PASSPORT"], min_score=0.1)
    assert Redactor([rule], placeholder="#").redact_text("passport A12345678") == "passport #"


@pytest.mark.parametrize("entities,score", [("UK_NHS", 0.5), (5, 0.5), (["NO_SUCH"], 0.5), (None, 2), (None, "x")])
def test_what_is_refused(entities: object, score: object) -> None:
    """It says which argument it is."""
    with pytest.raises(ConfigurationError, match=r"^(entities|min_score)"):
        presidio.rules(entities, min_score=score)  # type: ignore[arg-type] # the point


def test_without_presidio_it_says_what_to_install() -> None:
    """And importing this module does not import it."""
    code = (
        "import sys; sys.modules['presidio_analyzer'] = None\n"
        "from clippy_otel.privacy import presidio\n"
        "try: presidio.rules()\n"
        "except ValueError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "presidio-analyzer is not installed: pip install 'clippy-otel[presidio]'\n"


def test_no_model_is_loaded() -> None:
    """Neither spaCy's nor anybody else's: nothing is downloaded."""
    code = (
        "import sys\nfrom clippy_otel.privacy import presidio\npresidio.rules()\n"
        "print([name for name in sys.modules if '_core_web' in name])"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
