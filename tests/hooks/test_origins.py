"""Resources and scopes, redacted once for each redactor, and never by another one than was asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from clippy_otel.hooks import origins as module
from clippy_otel.hooks.origins import Origins, redact_resource, redact_scope
from clippy_otel.privacy.redactor import Redactor
from tests._hooks import HIDDEN, MAIL

REDACTOR = Redactor()
STRICT = Redactor(redact_fields=("team",))


def test_a_clean_origin_is_itself() -> None:
    """Nothing is copied where nothing is to be hidden."""
    resource, scope = Resource({"service.name": "shop"}), InstrumentationScope("app", attributes={"plan": "pro"})
    made = Origins()
    assert made.resource(resource, REDACTOR) is resource
    assert made.scope(scope, REDACTOR) is scope
    assert made.scope(None, REDACTOR) is None


def test_a_dirty_origin_is_another_one_once() -> None:
    """Its redacted form is one object; name, version and schema stay, and so does the original."""
    resource = Resource({"owner": MAIL, "n": 1}, "https://schemas.example/1")
    scope = InstrumentationScope("app", "1", "https://schemas.example/2", {"author": MAIL})
    made = Origins()
    shown = made.resource(resource, REDACTOR)
    assert (dict(shown.attributes), shown.schema_url) == ({"owner": HIDDEN, "n": 1}, "https://schemas.example/1")
    assert made.resource(resource, REDACTOR) is shown
    shown_scope = made.scope(scope, REDACTOR)
    assert (shown_scope.name, shown_scope.version) == ("app", "1")
    assert (shown_scope.schema_url, dict(shown_scope.attributes)) == ("https://schemas.example/2", {"author": HIDDEN})
    assert made.scope(scope, REDACTOR) is shown_scope
    assert resource.attributes["owner"] == dict(scope.attributes or {})["author"] == MAIL


def test_another_redactor_looks_anew() -> None:
    """What the one has let through, the other may not; back and forth."""
    resource, scope = Resource({"team": "blue"}), InstrumentationScope("app", attributes={"team": "blue"})
    made = Origins()
    for _ in range(2):
        assert made.resource(resource, REDACTOR) is resource
        assert made.resource(resource, STRICT).attributes == {"team": HIDDEN}
        assert dict(made.scope(scope, STRICT).attributes) == {"team": HIDDEN}


def test_without_a_redactor_nothing_changes() -> None:
    """redact_pii=False leaves resources as they are."""
    resource = Resource({"owner": MAIL})
    assert redact_resource(resource, None) is resource
    assert redact_scope(None, REDACTOR) is None


def test_what_is_kept_is_bounded_and_never_mistaken() -> None:
    """Scopes that come and go, at addresses that are used again, have their own forms."""
    made = Origins()
    for number in range(3 * module._MAX_KNOWN):
        clean = InstrumentationScope("app", attributes={"n": number})
        assert made.scope(clean, REDACTOR) is clean
        dirty = InstrumentationScope("app", attributes={"n": number, "author": MAIL})
        assert dict(made.scope(dirty, REDACTOR).attributes) == {"n": number, "author": HIDDEN}
        del clean, dirty
    assert len(made._redacted_by[1]) <= module._MAX_KNOWN


class Turning(Resource):
    """A resource at whose reading something else happens, once."""

    def __init__(self, attributes: dict[str, str], then: Callable[[], object]) -> None:
        super().__init__(attributes)
        self.then: Callable[[], object] | None = then

    @property
    def attributes(self) -> Any:
        """The attributes."""
        then, self.then = self.then, None
        if then is not None:
            then()
        return super().attributes


def test_a_change_in_the_middle_mixes_nothing() -> None:
    """Where another redactor comes while one is at it, neither is given what the other has let through."""
    made = Origins()
    resource = Turning({"team": "blue"}, lambda: strict.append(made.resource(resource, STRICT)))
    strict: list[Any] = []
    assert made.resource(resource, REDACTOR) is resource
    assert strict[0].attributes == {"team": HIDDEN}
    assert made.resource(resource, STRICT).attributes == {"team": HIDDEN}
    assert made.resource(resource, REDACTOR) is resource
