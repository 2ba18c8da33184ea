"""Names as code uses them."""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal["read", "bind", "delete", "soon"]


class Use(NamedTuple):
    """A name where it is read, bound or deleted.

    Attributes:
        name: The name.
        kind: What happens to it; ``"soon"`` says that a loop that begins here binds it.
        line: Line in the cell, from 1.
        column: Column, from 1.
        excused: Whether it may be missing: the code around is prepared for that.
    """

    name: str
    kind: Kind
    line: int
    column: int
    excused: bool = False


class Names(NamedTuple):
    """What a cell reads and binds.

    Attributes:
        now: What happens when the cell is executed, in order.
        later: Names that bodies of functions read when they are called.
        sets: Names that functions bind through `global`.
        asked: Names that the code asks for by text, as in ``"x" in globals()``.
        words: Words in texts, which may mean names, as in ``frame.query("x > @limit")``.
        opaque: Whether any name may be bound, e.g. by ``from x import *`` or `exec`.
    """

    now: tuple[Use, ...] = ()
    later: tuple[Use, ...] = ()
    sets: frozenset[str] = frozenset()
    asked: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    opaque: bool = False
