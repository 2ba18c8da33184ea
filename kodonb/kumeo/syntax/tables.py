"""The LALR tables, as lark has made them of kumeo.lark.

They are a file of the package, so that reading a workflow neither imports lark nor builds anything.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

import msgspec


class Rule(msgspec.Struct, frozen=True):
    """A rule of the grammar.

    Attributes:
        make: What is made of its parts (see `kodonb.kumeo.syntax.growing`).
        origin: Its name, by which the state after it is found.
        size: How many parts it has.
    """

    make: str
    origin: str
    size: int


class Tables(msgspec.Struct, frozen=True):
    """All that a parser is driven by.

    Attributes:
        terminals: Name -> regular expression.
        rules: The rules; rule n is named by -n-1 in the states.
        start: The state that parsing begins in.
        end: The state that it ends in.
        states: For each state: symbol -> next state, or a rule as a number below zero.
    """

    terminals: dict[str, str]
    rules: list[Rule]
    start: int
    end: int
    states: list[dict[str, int]]


@lru_cache(maxsize=1)
def tables() -> Tables:
    """Return the tables."""
    return msgspec.json.decode(files(__package__).joinpath("tables.json").read_bytes(), type=Tables)
