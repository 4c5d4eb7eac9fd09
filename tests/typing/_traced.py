"""What type checkers see of `traced`: this file is checked, never run (see test_traced.py)."""

from __future__ import annotations

import functools
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Generator, Sized
from typing import TYPE_CHECKING, Any, TypeVar

from opentelemetry.trace import SpanKind
from typing_extensions import Self, assert_type

from clippy_otel import traced

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")


@traced
def plain(a: int, *, b: str = "x") -> list[str]:
    """Return texts."""
    return [b] * a


@traced("called", capture=("a",), attributes={"tier": 1}, kind=SpanKind.CLIENT)
async def coroutine(a: int) -> str:
    """Return a text."""
    return str(a)


@traced()
def generator(a: int) -> Generator[int, str, bytes]:
    """Yield a number."""
    assert_type((yield a), str)
    return b""


@traced(name="named", capture=["a"], kind="server")
async def async_generator(a: int) -> AsyncGenerator[int, str]:
    """Yield a number."""
    assert_type((yield a), str)


@traced
async def async_iterator() -> AsyncIterator[bytes]:
    """Yield bytes."""
    yield b""


@traced
def generic(items: Sequence[T]) -> T:
    """Return the first one."""
    return items[0]


@traced("shop")
class Shop:
    """A decorated class."""

    def __init__(self, name: str) -> None:
        self.name = name

    @traced
    def chained(self, a: int) -> Self:
        """Return itself."""
        self.name *= a
        return self

    @traced("later")
    async def later(self, a: int = 1) -> dict[str, int]:
        """Return numbers."""
        return {self.name: a}

    @traced
    @staticmethod
    def above_static(a: int) -> float:
        """Return a number."""
        return float(a)

    @staticmethod
    @traced()
    def below_static(a: int) -> float:
        """Return a number."""
        return float(a)

    @traced("above")
    @classmethod
    def above_class(cls, name: str) -> Self:
        """Return an instance."""
        return cls(name)

    @classmethod
    @traced
    def below_class(cls, name: str) -> Self:
        """Return an instance."""
        return cls(name)

    @property
    @traced
    def below_property(self) -> bytes:
        """Return bytes."""
        return b""


class Branch(Shop):
    """A subclass."""


def results() -> None:
    """Whatever was decorated has the type that it had."""
    assert_type(plain(1, b="y"), list[str])
    _ = assert_type(coroutine(a=1), Coroutine[Any, Any, str])
    assert_type(generator(1), Generator[int, str, bytes])
    assert_type(async_generator(1), AsyncGenerator[int, str])
    assert_type(async_iterator(), AsyncIterator[bytes])
    assert_type(generic([1.5]), float)
    assert_type(generic("text"), str)
    assert_type(Shop, type[Shop])
    assert_type(Branch("b").chained(1), Branch)
    __ = assert_type(Branch("b").later(1), Coroutine[Any, Any, dict[str, int]])
    assert_type(Shop.above_static(1), float)
    assert_type(Shop("s").below_static(1), float)
    assert_type(Branch.above_class("b"), Branch)
    assert_type(Branch("b").below_class("b"), Branch)
    assert_type(Shop("s").below_property, bytes)
    assert_type(traced(functools.partial(int, "7"))(), int)
    assert_type(traced(len), Callable[[Sized], int])


def mistakes() -> None:
    """Each of these is an error for the type checker: were it none, its `ignore` would be one."""
    plain("1")  # type: ignore[arg-type]
    plain(1, c=2)  # type: ignore[call-arg]
    coroutine(1).upper()  # type: ignore[attr-defined]
    Shop("s").chained("1")  # type: ignore[arg-type]
    Shop.above_static("1")  # type: ignore[arg-type]
    Shop.above_class(1)  # type: ignore[arg-type]
    Shop()  # type: ignore[call-arg]
    traced(5)  # type: ignore[call-overload]
    traced("name", colour="red")  # type: ignore[call-overload]
    traced("name")(5)  # type: ignore[call-overload]
