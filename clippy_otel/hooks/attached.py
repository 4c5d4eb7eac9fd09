"""Other people's providers, joined: our hooks before all of their processors, and out again at the end.

Nothing is replaced, and nothing of theirs is wrapped.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from clippy_otel import _exit
from clippy_otel._sdk import fan_outs as sdk_fan_outs
from clippy_otel.hooks.coverage import SignalCoverage, judged
from clippy_otel.hooks.logs import LogHook
from clippy_otel.hooks.shadow import Method, Shadow
from clippy_otel.hooks.spans import SpanHook

if TYPE_CHECKING:
    from clippy_otel.hooks.intake import Endings, Intake
    from clippy_otel.scope import Scopes


class Hook(Protocol):
    """What takes records in."""

    def take(self, record: Any) -> Any:
        """Take a record in, and return what others may see of it; None: nobody may see anything."""


def _before(hook: Hook) -> Callable[[Method], Method]:
    """Return what puts a hook before a method that fans records out."""

    def make(original: Method) -> Method:
        take = hook.take

        def fan_out(record: Any) -> None:
            shown = take(record)
            if shown is not None:
                original(shown)

        return fan_out

    return make


def _or_ours(hook: LogHook) -> Callable[[Method], Method]:
    """Return what says, in place of a fan-out of log records, whether there is anybody for a record: we are, too."""

    def make(original: Method) -> Method:
        def enabled(**asked: Any) -> bool:
            return hook.delivers() or bool(original(**asked))

        return enabled

    return make


class AttachedTraces:
    """Somebody's tracer provider.

    Args:
        provider: One of the SDK.
    """

    def __init__(self, provider: Any) -> None:
        self.provider = provider
        self._fan_out = sdk_fan_outs.span_fan_out(provider)
        self._shadow: Shadow | None = None
        self._hook: SpanHook | None = None

    def bind(self, intake: Intake, scopes: Scopes) -> None:
        """Stand before all processors, whenever they registered, for the spans that are open now too.

        Bound before, what ends meanwhile goes through either pipeline.

        Raises:
            AttributeError: Its fan-out is of a kind that takes no hook.
        """
        hook, before = SpanHook(intake, show=self._show, scopes=scopes), self._hook
        if self._shadow is None:
            self._shadow = Shadow(self._fan_out, "on_end", _before(hook))
        else:
            self._shadow.exchange(_before(hook))
        self._hook = hook
        if before is not None:
            before.end()

    def _show(self, span: Any) -> None:
        """Show the processors a span that has been taken in already."""
        if self._shadow is not None:
            self._shadow.original(span)

    def erase_held(self) -> None:
        """Forget the spans that wait for the end of their trace."""
        if self._hook is not None:
            self._hook.erase_held()

    @property
    def overflowed(self) -> int:
        """How many spans could not wait for the end of their trace, for a limit was reached."""
        return 0 if self._hook is None else self._hook.overflowed

    def release(self) -> Endings:
        """Leave the provider as it was; at the interpreter's exit not yet, for it ends after us.

        What is registered there is not ours to shut down.
        """
        hook, self._hook = self._hook, None
        if hook is not None:
            hook.end()
        if self._shadow is not None and not _exit.has_begun():
            self._shadow.undo()
        return ()

    def coverage(self, *, redacts: bool, delivered: bool) -> SignalCoverage:
        """Return what is covered now."""
        hooked = self._shadow is not None and self._shadow.is_in_place()
        reasons = [
            f"{name} sees spans before they end, unredacted" for name in sdk_fan_outs.live_span_watchers(self._fan_out)
        ]
        if not sdk_fan_outs.tells_processors(self._fan_out):
            reasons.append(f"who sees spans before they end, {type(self._fan_out).__name__} does not tell")
        if not hooked:
            reasons.append("somebody has put a method of their own in place of the hook on ended spans")
        if sdk_fan_outs.span_fan_out(self.provider) is not self._fan_out:
            hooked = False
            reasons.append("somebody has put a fan-out of their own in place of the one with the hook on ended spans")
        return judged(self.provider, hooked=hooked, redacts=redacts, delivered=delivered, reasons=tuple(reasons))


class AttachedLogs:
    """Somebody's logger provider; see AttachedTraces."""

    def __init__(self, provider: Any) -> None:
        self.provider = provider
        self._fan_out = sdk_fan_outs.log_record_fan_out(provider)
        self._shadow: Shadow | None = None
        self._asking: Shadow | None = None

    def bind(self, intake: Intake, scopes: Scopes) -> None:
        """Stand before all processors, whenever they registered; likewise.

        Raises:
            AttributeError: Its fan-out is of a kind that takes no hook.
        """
        hook = LogHook(intake, scopes=scopes)
        if self._shadow is None or self._asking is None:
            self._shadow = Shadow(self._fan_out, "on_emit", _before(hook))
            self._asking = Shadow(self._fan_out, "enabled", _or_ours(hook))
        else:
            self._shadow.exchange(_before(hook))
            self._asking.exchange(_or_ours(hook))

    def release(self) -> Endings:
        """Leave the provider as it was; at the interpreter's exit not yet, for it ends after us.

        What is registered there is not ours to shut down.
        """
        for shadow in (self._shadow, self._asking):
            if shadow is not None and not _exit.has_begun():
                shadow.undo()
        return ()

    def has_listeners(self) -> bool:
        """Return whether there is any processor."""
        return bool(sdk_fan_outs.processors_of(self._fan_out))

    def show(self, emitted: Any) -> None:
        """Show the processors a record that has been taken in already."""
        if self._shadow is not None:
            self._shadow.original(emitted)

    def coverage(self, *, redacts: bool, delivered: bool) -> SignalCoverage:
        """Return what is covered now."""
        hooked = self._shadow is not None and self._shadow.is_in_place()
        reasons = [] if hooked else ["somebody has put a method of their own in place of the hook on log records"]
        if sdk_fan_outs.log_record_fan_out(self.provider) is not self._fan_out:
            hooked = False
            reasons.append("somebody has put a fan-out of their own in place of the one with the hook on log records")
        return judged(self.provider, hooked=hooked, redacts=redacts, delivered=delivered, reasons=tuple(reasons))
