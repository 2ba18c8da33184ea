"""Flows that tests serve."""

from __future__ import annotations

import datetime as dt
import enum
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import BaseModel, Field, SecretStr

import kodonb as kb


class Colour(enum.Enum):
    red = "red"
    blue = "blue"


class Options(BaseModel):
    """How deep it goes."""

    depth: Annotated[int, Field(ge=1, le=9)] = 3
    colour: Colour = Colour.red
    inner: Options | None = None


class Place(BaseModel):
    name: Annotated[str, Field(min_length=1, alias="Name")]
    when: dt.date | None = None


@dataclass
class Point:
    x: int
    y: float = 0.0


class Answer(BaseModel):
    """Shall it go on?"""

    yes: bool
    why: str = ""


@kb.flow(
    tags=("sums",), author="ada", organization="lovelace ltd", version="1.2", summary="Doubles a number."
)
def double(n: Annotated[int, Field(ge=0, le=10**6)], note: str = "") -> int:
    return 2 * n


@kb.flow
def describe(place: Place, options: Options, points: list[Point] | None = None) -> dict[str, str]:
    """Describes a place."""
    return {"place": place.name, "depth": str(options.depth), "points": str(len(points or ()))}


@kb.flow
def locate(count: Annotated[int, Field(ge=0, le=5)] = 1) -> list[Point]:
    return [Point(i) for i in range(count)]


@kb.flow
def place(name: Annotated[str, Field(min_length=1, max_length=20)] = "here") -> Place:
    return Place(Name=name, when=dt.date(2026, 1, 31))


@kb.flow
def counts(n: int = 3) -> Iterator[int]:
    yield from range(n)


@kb.flow
async def counts_later(n: int = 3) -> AsyncIterator[int]:
    for i in range(n):
        yield i


@kb.flow
def frame() -> pd.DataFrame:
    return pd.DataFrame({"a": np.arange(3)})


@kb.flow
def hides(password: SecretStr) -> SecretStr:
    return password


@kb.flow
def large(size: int = 100_000):
    return {"text": "x" * size}


@kb.flow
def fails(message: str = "no luck"):
    raise ValueError(message)


@kb.flow
def asks(title: str = "Go on?") -> str:
    answer = kb.ask(Answer, title)
    return "yes" if answer.yes else "no"


@kb.flow
def measure(data: bytes) -> int:
    return len(data)


gates: dict[str, threading.Event] = {}


def gate(name: str) -> threading.Event:
    """Return what flows of this process wait for."""
    return gates.setdefault(name, threading.Event())


@kb.flow
def emits(n: int = 3, behind: str = ""):
    """Emits events, a number of them behind a gate."""
    import tests.serve.samples as here  # a run executes a copy of this module; the gates are in this one

    for i in range(n):
        kb.emit("debug", i)
    if behind:
        here.gate(behind).wait(20)
        for i in range(n, 2 * n):
            kb.emit("debug", i)
    return n
