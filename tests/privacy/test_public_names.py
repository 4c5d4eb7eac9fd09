"""The package's public names: each is there, is documented, and costs nothing before it is used."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from clippy_otel import privacy
from clippy_otel.privacy import presidio


def functions() -> Iterator[tuple[str, object]]:
    """Yield every public function and method, with its class's docstring for a constructor."""
    for name in (*privacy.__all__, "presidio"):
        member = getattr(privacy, name) if name != "presidio" else presidio.rules
        if inspect.isclass(member):
            yield name, member
            yield from (
                (f"{name}.{method}", getattr(member, method))
                for method in vars(member)
                if not method.startswith("_") and callable(getattr(member, method))
            )
        elif callable(member):
            yield name, member


def test_names_are_there() -> None:
    """Those of `__all__`, and no other lazy one."""
    assert all(getattr(privacy, name) is not None for name in privacy.__all__)
    with pytest.raises(AttributeError, match="no_such_name"):
        privacy.no_such_name  # noqa: B018 - reading it is the test


@pytest.mark.parametrize("name,function", list(functions()))
def test_each_is_documented(name: str, function: object) -> None:
    """Its arguments too, where its first line does not tell them; times and sizes with their unit."""
    written = inspect.getdoc(function) or ""
    assert written.splitlines()[0].endswith((".", ":")), name
    if inspect.isclass(function):
        arguments = [each for each in inspect.signature(function).parameters if each not in ("args", "kwargs")]
        assert [each for each in arguments if not re.search(rf"^ +{each}: ", written, re.MULTILINE)] == []
    for unit, words in (("_ms", "illisecond"), ("_bytes", "bytes")):
        for argument in re.findall(rf"^ +(\w+{unit}): (.*)", written, re.MULTILINE):
            assert words in argument[1]


def test_what_is_not_used_is_not_loaded() -> None:
    """Neither the optional rules nor what the extras bring, save RE2's own module where it is installed."""
    unused = "'optional' in name or 'presidio' in name or name == 'hashlib'"
    code = f"import sys, clippy_otel.privacy; print([name for name in sys.modules if {unused}])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
