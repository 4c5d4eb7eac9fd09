"""A method of one object, replaced on that object, and put back.

The SDK's tracers, spans and loggers all hold the same object that fans out to processors. A function that shadows its
method is called for every one of them, also for those that were made, and for processors that were registered, before.
Where somebody has shadowed ours meanwhile it cannot be taken out: it then only passes on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

Method = Callable[..., Any]
_ABSENT: Final = object()


class Shadow:
    """One shadowed method.

    Args:
        owner: The object.
        name: The name of its method.
        make: Returns what is called instead, given the method that was there.

    Raises:
        AttributeError: The object has no such method, or takes no attributes.
    """

    def __init__(self, owner: Any, name: str, make: Callable[[Method], Method]) -> None:
        self._owner = owner
        self._name = name
        self._before = vars(owner).get(name, _ABSENT) if hasattr(owner, "__dict__") else _ABSENT
        self._original: Method = getattr(owner, name)
        self._current = make(self._original)
        self._installed: Method = self._call
        setattr(owner, name, self._installed)

    def _call(self, *args: Any, **kwargs: Any) -> Any:
        return self._current(*args, **kwargs)

    @property
    def original(self) -> Method:
        """The method that was there."""
        return self._original

    def exchange(self, make: Callable[[Method], Method]) -> None:
        """Have something else called instead, without a moment in which only the method that was there is called."""
        self._current = make(self._original)

    def is_in_place(self) -> bool:
        """Return whether ours is still what is called first."""
        return vars(self._owner).get(self._name) is self._installed

    def undo(self) -> None:
        """Put back what was there."""
        self._current = self._original
        if not self.is_in_place():
            return
        if self._before is _ABSENT:
            delattr(self._owner, self._name)
        else:
            setattr(self._owner, self._name, self._before)
