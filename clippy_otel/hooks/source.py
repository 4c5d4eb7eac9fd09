"""Where this package's own records come from: the resource of this process, redacted, and their encoded envelope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clippy_otel import _fork, semconv
from clippy_otel._version import __version__
from clippy_otel.otlp.encode import encode_resource, encode_scope
from clippy_otel.ports import Envelope
from clippy_otel.resource import DISTRO, make_resource, with_attribute

if TYPE_CHECKING:
    from opentelemetry.sdk.resources import Resource

    from clippy_otel.hooks.targets import Targets
    from clippy_otel.ports import IdSource
    from clippy_otel.rules import LiveRules


class Source:
    """The origin of one pipeline's own records; in a forked child it has a `service.instance.id` of its own.

    Args:
        rules: The pipeline's.
        ids: Where an instance id comes from where the SDK can give none.
        targets: What is joined: its resource is gone on from; None: nothing.
        resource: The process's, as configured and detected already; None: it is made now.

    Attributes:
        envelope: Of the events; None until the next one asks for it.
    """

    def __init__(
        self, rules: LiveRules, ids: IdSource, targets: Targets | None, resource: Resource | None = None
    ) -> None:
        self._rules = rules
        self._ids = ids
        self._targets = targets
        self._resource = resource
        self._is_parents = False
        self.envelope: Envelope | None = None
        self.make_envelope()
        _fork.renew_in_child(self)

    def after_fork(self) -> None:
        """Have the child's first record make its own resource and envelope."""
        self._is_parents = True
        self.forget_envelope()

    def forget_envelope(self) -> None:
        """Have the next record make a new one: other fields of the resource are to be redacted."""
        self.envelope = None

    def make_envelope(self) -> Envelope:
        """Encode what all events share, and keep it."""
        resource = self.resource()
        scope = encode_scope(semconv.DISTRO_NAME, __version__, DISTRO)
        envelope = Envelope("logs", encode_resource(dict(resource.attributes)), scope, resource.schema_url or "")
        self.envelope = envelope
        return envelope

    def resource(self) -> Resource:
        """Return the resource of this process, as it may leave it."""
        from clippy_otel.hooks.origins import redact_resource  # noqa: PLC0415 - with the SDK

        if self._resource is None or self._is_parents:
            self._resource, self._is_parents = self._made(), False
        redacted: Resource = redact_resource(self._resource, self._rules.redactor())
        return redacted

    def _made(self) -> Resource:
        joined = None if self._targets is None else self._targets.resource()
        try:
            return make_resource(self._rules.current.config, joined)
        except RuntimeError:  # a forked child's last words: at its exit the SDK's detectors can start no thread
            return with_attribute(self._resource, semconv.SERVICE_INSTANCE_ID, self._ids.session_id())
