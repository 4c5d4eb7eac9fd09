"""Methods of the SDK's classes: whether they are still its own."""

from __future__ import annotations

import sys
from types import FunctionType


def is_sdks_own(method: object, kind: type) -> bool:
    """Return whether a method of a class of the SDK is the SDK's, and not what an instrumentation has put in its place.

    It is told by where it was made: a wrapper often has the name and the module of what it wraps.

    Args:
        method: As it is found in the class.
        kind: The class, or one that inherits the method and is of the same module.
    """
    module = sys.modules.get(kind.__module__)
    return type(method) is FunctionType and module is not None and method.__globals__ is vars(module)
