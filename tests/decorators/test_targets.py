"""What can be decorated stays what it was: its kind, name, signature and documentation; the rest is refused."""

from __future__ import annotations

import abc
import asyncio
import enum
import functools
import inspect
import pickle
import types
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from opentelemetry.trace import SpanKind

from clippy_otel import ConfigurationError, traced
from tests.decorators._spans import Spans, attributes_of


def plain(a: int, *, b: str = "x") -> str:
    """Return a text."""
    return b * a


async def coroutine(a: int) -> str:
    """Return a text, later."""
    return "x" * a


def generator(a: int) -> Iterator[int]:
    """Yield numbers."""
    yield from range(a)


async def async_generator(a: int) -> AsyncIterator[int]:
    """Yield numbers, later."""
    for number in range(a):
        yield number


@traced
def picklable() -> str:
    """Return a text."""
    return "pickled"


@pytest.mark.parametrize("function", [plain, coroutine, generator, async_generator], ids=lambda f: str(f.__name__))
@pytest.mark.parametrize("decorator", [traced, traced(), traced("x"), traced(name="x", kind="server")])
def test_a_function_stays_what_it_is(function: Any, decorator: Any) -> None:
    """Frameworks that look at it see no difference."""
    decorated = decorator(function)
    assert decorated is not function
    assert decorated.__wrapped__ is function
    for attribute in ("__name__", "__qualname__", "__module__", "__doc__", "__annotations__"):
        assert getattr(decorated, attribute) == getattr(function, attribute)
    assert inspect.signature(decorated) == inspect.signature(function)
    for kind in (inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction):
        assert kind(decorated) == kind(function)
    assert inspect.isfunction(decorated)


def test_what_a_function_makes_stays_what_it_is() -> None:
    """A coroutine, generator and async generator of a decorated function are real ones, with its name."""
    coro = traced(coroutine)(1)
    assert inspect.iscoroutine(coro)
    coro.close()
    assert inspect.isgenerator(traced(generator)(1))
    assert inspect.isasyncgen(traced(async_generator)(1))
    assert traced(generator)(1).__qualname__ == "generator"  # type: ignore[attr-defined]  # the annotation hides it


def test_a_decorated_function_can_be_pickled(spans: Spans) -> None:
    """By its name, as any function: it goes to a process pool."""
    assert pickle.loads(pickle.dumps(picklable))() == "pickled"  # noqa: S301 - our own bytes
    assert spans.names == ["picklable"]


class Shop:
    """All kinds of methods, each in both orders."""

    def __init__(self, name: str) -> None:
        self.name = name

    @traced
    def method(self, a: int) -> tuple[str, int]:
        """Return name and number."""
        return self.name, a

    @traced
    @classmethod
    def above_class(cls, a: int) -> tuple[str, int]:
        """Return class and number."""
        return cls.__name__, a

    @classmethod
    @traced
    def below_class(cls, a: int) -> tuple[str, int]:
        """Return class and number."""
        return cls.__name__, a

    @traced("static above")
    @staticmethod
    def above_static(a: int) -> int:
        """Return the number."""
        return a

    @staticmethod
    @traced("static below")
    def below_static(a: int) -> int:
        """Return the number."""
        return a

    @property
    @traced
    def below_property(self) -> str:
        """The name."""
        return self.name


class Branch(Shop):
    """A subclass: class methods get it."""


def test_methods_of_all_kinds(spans: Spans) -> None:
    """Bound to what they were bound to, on instances, classes and subclasses."""
    assert Branch("b").method(1) == ("b", 1)
    assert Branch.above_class(2) == ("Branch", 2)
    assert Branch("b").below_class(3) == ("Branch", 3)
    assert (Shop.above_static(4), Shop("s").below_static(5)) == (4, 5)
    assert Shop("s").below_property == "s"
    assert spans.names == [
        "Shop.method",
        "Shop.above_class",
        "Shop.below_class",
        "static above",
        "static below",
        "Shop.below_property",
    ]
    assert isinstance(inspect.getattr_static(Shop, "above_static"), staticmethod)
    assert isinstance(inspect.getattr_static(Shop, "above_class"), classmethod)
    assert Shop.above_class.__doc__ == "Return class and number."


def test_a_bound_method_a_partial_and_a_builtin(spans: Spans) -> None:
    """They are callables like others; a partial is named by what it calls, and is of its kind."""
    bound = traced(Shop("s").below_class)
    part = traced(functools.partial(plain, 2, b="y"))
    later = traced(functools.partial(functools.partial(coroutine), 3))
    assert bound(1) == ("Shop", 1)
    assert part() == "yy"
    assert inspect.iscoroutinefunction(later)
    assert asyncio.run(later()) == "xxx"
    assert traced(len)([1]) == 1
    assert traced(str.upper)("a") == "A"
    assert spans.names == ["Shop.below_class", "Shop.below_class", "plain", "coroutine", "len", "str.upper"]
    assert part.__name__ == "plain"
    assert [attributes_of(span)["code.function.name"] for span in spans.ended[-2:]] == ["builtins.len", "str.upper"]
    assert attributes_of(spans.named("plain"))["code.function.name"] == f"{__name__}.plain"


def test_a_callable_object_is_of_the_kind_of_its_call(spans: Spans) -> None:
    """It becomes a function, named by its class; what it keeps in itself is not copied."""

    class Asks:
        """Asks."""

        def __init__(self) -> None:
            self.state = "its own"

        async def __call__(self, a: int) -> int:
            return a

    asks = traced(Asks())
    assert inspect.iscoroutinefunction(asks)
    assert asyncio.run(asks(1)) == 1
    assert not hasattr(asks, "state")
    assert spans.only().name.endswith("<locals>.Asks")


def test_attributes_of_a_function_are_kept() -> None:
    """Marks that other decorators have left stay to be found."""

    def marked() -> None: ...

    marked.__dict__["route"] = "/orders"
    assert traced(marked).__dict__["route"] == "/orders"


class Base:
    """What a class inherits from."""

    def inherited(self) -> None:
        """Do nothing."""


class Service(Base):
    """All that may stand in a class."""

    constant = 5

    class Nested:
        """A class of its own."""

        def method(self) -> None:
            """Do nothing."""

    def __init__(self) -> None:
        self._private()

    def __len__(self) -> int:
        return 1

    def _private(self) -> None: ...

    @property
    def value(self) -> int:
        """A property."""
        return len(self)

    def public(self) -> int:
        """Do nothing."""
        return 1

    async def later(self) -> int:
        """Do nothing, later."""
        return 2

    def stream(self) -> Iterator[int]:
        """Yield a number."""
        yield 3

    @staticmethod
    def static() -> int:
        """Do nothing."""
        return 4

    @classmethod
    def of_class(cls) -> type[Service]:
        """Return the class."""
        return cls

    @traced("named")
    def named_itself(self) -> int:
        """Do nothing."""
        return 6


def test_a_class_is_its_public_methods(spans: Spans) -> None:
    """Those that it defines itself, of all kinds; the class stays the same object."""
    assert traced(Service) is Service
    service = Service()
    service.inherited()
    service.Nested().method()
    assert (service.value, len(service), service.constant) == (1, 1, 5)
    assert spans.ended == []
    assert [service.public(), asyncio.run(service.later()), *service.stream(), Service.static()] == [1, 2, 3, 4]
    assert Service.of_class() is Service
    assert service.named_itself() == 6
    assert spans.names == [
        "Service.public",
        "Service.later",
        "Service.stream",
        "Service.static",
        "Service.of_class",
        "named",
    ]


def test_a_class_is_decorated_with_options(spans: Spans) -> None:
    """A name stands for the class's; attributes and kind hold for all, capture for who has the parameter."""

    @traced("shop", capture=("order_id",), attributes={"tier": 1}, kind="server")
    class Orders:
        def place(self, order_id: str) -> None: ...

        @staticmethod
        def cancel(reason: str, order_id: str) -> None: ...

        def count(self) -> None: ...

    class Ours(Orders): ...

    Ours().place("1")
    Ours.cancel("no", order_id="2")
    Ours().count()
    assert [(span.name, attributes_of(span).get("clippy.argument.order_id")) for span in spans.ended] == [
        ("shop.place", "1"),
        ("shop.cancel", "2"),
        ("shop.count", None),
    ]
    assert {(span.kind, attributes_of(span)["tier"]) for span in spans.ended} == {(SpanKind.SERVER, 1)}


def test_an_enum_and_an_abstract_class_stay_what_they_are(spans: Spans) -> None:
    """Members are no methods, and abstract methods stay abstract."""

    @traced
    class Colour(enum.Enum):
        RED = 1

        def describe(self) -> str:
            return self.name

    @traced
    class Abstract(abc.ABC):
        @abc.abstractmethod
        def method(self) -> None: ...

    class Unfinished(Abstract): ...

    assert Colour(1).describe() == "RED"
    assert list(Colour) == [Colour.RED]
    with pytest.raises(TypeError, match="abstract"):
        Unfinished()  # type: ignore[abstract]
    assert len(spans.ended) == 1


class Sealed(type):
    """A metaclass whose classes cannot be changed."""

    def __setattr__(cls, name: str, value: object) -> None:
        raise AttributeError(name)


class Closed(metaclass=Sealed):
    """A class that cannot be changed."""

    def method(self) -> None:
        """Do nothing."""


def _kind(value: object) -> str:
    return type(value).__name__


@pytest.mark.parametrize("target", [5, ["a list"], property(lambda _: 1), object(), Closed, ...], ids=_kind)
def test_what_cannot_be_decorated_is_refused_at_once(target: Any) -> None:
    """A value, a property (the decorator belongs below it) and a class that does not let its methods be replaced."""
    with pytest.raises(ConfigurationError, match="traced"):
        traced(target)


def test_a_coroutine_made_of_a_generator_is_refused() -> None:
    """Wrapped as either of the two it would not be the other."""

    @types.coroutine
    def old() -> Iterator[None]:
        yield

    with pytest.raises(ConfigurationError, match="async def"):
        traced(old)


@pytest.mark.parametrize(
    "options",
    [
        {"name": ""},
        {"name": " "},
        {"kind": "Server"},
        {"kind": 1},
        {"attributes": ["tier"]},
        {"attributes": {5: 1}},
        {"attributes": {"": 1}},
    ],
    ids=repr,
)
def test_impossible_options_are_refused_at_once(options: dict[str, Any]) -> None:
    """Before anything is decorated, naming the option."""
    with pytest.raises(ConfigurationError, match=next(iter(options))):
        traced(**options)


def test_a_class_without_the_parameter_is_refused() -> None:
    """A name in capture that no method has is a mistake."""

    class Service:
        def method(self, order: str) -> None: ...

    with pytest.raises(ConfigurationError, match="order_id"):
        traced(capture=("order_id",))(Service)
