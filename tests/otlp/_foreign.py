"""Values of an application's own types: ordinary, unusual and hostile ones."""

from __future__ import annotations

import dataclasses
import enum
import sys
import uuid
from collections import deque, namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import numpy as np
import pydantic
from hypothesis import strategies as st

from tests.otlp._messages import SCALARS

WHEN = datetime(2024, 1, 2, 3, 4, 5, 678, tzinfo=timezone.utc)


class Colour(enum.Enum):
    """An Enum whose values need a conversion themselves, or not."""

    RED = "red"
    DAWN = WHEN


class Level(enum.IntEnum):
    """An int that is an Enum."""

    HIGH = 3


class Label(str):
    """A str subclass that lies about itself."""

    __slots__ = ()

    def __str__(self) -> str:
        return "a lie"


class Count(int):
    """An int subclass."""

    def __int__(self) -> int:
        return -1


class Ratio(float):
    """A float subclass."""


class Blob(bytes):
    """A bytes subclass."""


class Address(pydantic.BaseModel):
    """A model inside a model."""

    city: str


class User(pydantic.BaseModel):
    """A model with a field that it keeps to itself."""

    name: str
    password: str = pydantic.Field(exclude=True)
    address: Address


class Names(pydantic.RootModel[list[str]]):
    """A model that is a list."""


class DumpsItself:
    """Something with a `model_dump` that knows no arguments."""

    def model_dump(self) -> dict[str, int]:
        """Return the fields."""
        return {"a": 1}


@dataclasses.dataclass
class Point:
    """A dataclass with a field that is never set."""

    x: int
    when: datetime
    never: int = dataclasses.field(init=False)


class Silent:
    """An object whose text cannot be had."""

    def __str__(self) -> str:
        raise RuntimeError("no")


class NotText:
    """An object whose text is none."""

    def __str__(self) -> str:
        return 5  # type: ignore[return-value]  # noqa: PLE0307 - the fault that it stands for


class Endless(Sequence[int]):
    """A Sequence that does not end."""

    def __getitem__(self, index: Any) -> Any:
        return index

    def __len__(self) -> int:
        return sys.maxsize


class Raising(Mapping[str, int]):
    """A Mapping that cannot be read."""

    def __getitem__(self, key: str) -> int:
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        raise OSError("gone")

    def __len__(self) -> int:
        return 1


class HostileMeta(type):
    """A metaclass that answers nothing."""

    def __hash__(cls) -> int:
        raise RuntimeError("no hash")

    @property
    def __name__(cls) -> str:  # type: ignore[override]
        raise RuntimeError("no name")


class Hostile(metaclass=HostileMeta):
    """An object of a hostile metaclass, whose own class is a trap as well."""

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        raise RuntimeError("no class")


Pair = namedtuple("Pair", "left right")  # noqa: PYI024 - the untyped form is what many applications have


# What an encoder must take, each made anew; and all of it mixed with ordinary values.
HOSTILE: list[Callable[[], Any]] = [
    object,
    Silent,
    NotText,
    Raising,
    Hostile,
    Endless,
    lambda: (number for number in range(3)),
    lambda: 10**5000,
    lambda: "\ud800" * 20_000,
    lambda: float("nan"),
    lambda: Decimal("NaN"),
    lambda: uuid.UUID(int=5),
    lambda: WHEN,
    lambda: np.int64(5),
    lambda: np.zeros((3, 3)),
    lambda: np.array([object(), WHEN], dtype=object),
    lambda: User(name="a", password="b", address=Address(city="c")),
    lambda: Point(1, WHEN),
    lambda: Colour.DAWN,
    lambda: ValueError(Silent()),
    lambda: bytearray(20_000),
    lambda: memoryview(b"x"),
    lambda: {Silent(): Silent()},
    lambda: {1: {2: {3: Silent}}},
    lambda: {"\ud800": "\udfff"},
    lambda: {("a", 10**5000): 1},
    lambda: type,
    lambda: ...,
    lambda: lambda: 1,
]
ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.integers(0, len(HOSTILE) - 1).map(lambda index: HOSTILE[index]())
    | SCALARS
    | st.integers()
    | st.text(st.characters()),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters()) | st.integers() | st.none() | st.binary(), inner, max_size=4)
        | st.tuples(inner, inner)
        | st.builds(deque, st.lists(inner, max_size=3))
    ),
    max_leaves=10,
)
