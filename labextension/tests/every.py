"""Print the form of a flow with every kind of parameter, as the tests of the form use it.

Run from the repository's root::

    python labextension/tests/every.py > labextension/tests/every.json
"""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import json
import sys
from typing import Annotated, Any, Literal

from pydantic import AnyUrl, BaseModel, Field, Secret, SecretStr

from kodonb.flows.form import form_of


class Colour(enum.Enum):
    """What it looks like."""

    red = "red"
    green = "green"


class Budget(BaseModel):
    """How much may be spent."""

    limit: float = Field(gt=0, le=100, description="most, in euro")
    note: str | None = None


class Cat(BaseModel):
    """Has lives."""

    kind: Literal["cat"] = "cat"
    lives: int = 9


class Dog(BaseModel):
    """Has a name."""

    kind: Literal["dog"]
    name: str


class Tree(BaseModel):
    """Contains itself."""

    name: str
    children: list[Tree] = []


class Thing:
    """Nothing that a form could make."""


def every(  # noqa: D417 - one description is enough for the tests
    *,
    topic: str,
    budget: Budget,
    pet: Annotated[Cat | Dog, Field(discriminator="kind")],
    colour: Colour,
    key: SecretStr,
    data: bytes,
    count: Annotated[int, Field(ge=1, le=10, multiple_of=1)] = 3,
    ratio: Annotated[float, Field(gt=0, lt=1)] = 0.5,
    price: decimal.Decimal = decimal.Decimal("1.10"),
    eager: bool = False,
    maybe: bool | None = None,
    level: Literal["low", "high"] | None = "low",
    many: set[Colour] = {Colour.red},  # noqa: B006 - never changed
    several: list[Literal["a", "b"]] = ["a"],  # noqa: B006
    day: dt.date = dt.date(2026, 1, 31),
    at: dt.time = dt.time(12, 0),
    when: dt.datetime | None = None,
    wait: dt.timedelta = dt.timedelta(hours=2),
    names: list[str] = ["ada"],  # noqa: B006
    pairs: dict[str, int] = {"a": 1},  # noqa: B006
    options: dict[str, Any] = {},  # noqa: B006
    anything: Any = None,
    mixed: int | str = 4,
    url: AnyUrl | None = None,
    text: str = "a\nb",
    essay: Annotated[str, Field(max_length=4000, description="a long text")] = "",
    spare: Budget | None = None,
    base: Budget = Budget(limit=3),  # noqa: B008
    tree: Tree | None = None,
    size: tuple[int, int] = (1, 2),
    thing: Thing | None = None,
    nick: str | None = "x",
    points: list[Budget] = [],  # noqa: B006
    pin: Secret[int] | None = None,
    born: Secret[dt.date] | None = None,
    agreed: Secret[bool] | None = None,
    rank: Secret[Literal["low", "high"]] | None = None,
    codes: Secret[list[int]] | None = None,
    account: Secret[Budget] | None = None,
    either: Secret[int | str] | None = None,
    ranks: list[Secret[Literal["low", "high"]]] = [],  # noqa: B006
    accounts: dict[str, Secret[Budget]] = {},  # noqa: B006
) -> None:
    """Do everything.

    Args:
        topic: what it is about
    """


if __name__ == "__main__":
    sys.stdout.write(json.dumps(form_of(every).schema, indent=2) + "\n")
