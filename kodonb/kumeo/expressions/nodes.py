"""The tree of an expression."""

from __future__ import annotations

from typing import Literal

import msgspec

Comparison = Literal["==", "!=", "<", "<=", ">", ">=", "in", "not in"]
Sign = Literal["+", "-", "*", "/", "%"]
Scalar = str | int | float | bool | None


class Node(msgspec.Struct, frozen=True, gc=False):
    """A part of an expression."""


class Constant(Node, frozen=True, gc=False):
    """A number, a text, `true`, `false`, `null`, or a duration as its seconds."""

    value: Scalar


class Items(Node, frozen=True, gc=False):
    """A list."""

    items: tuple[Expression, ...]


class Name(Node, frozen=True, gc=False):
    """A field of what the expression is evaluated on, or a variable of a loop."""

    name: str


class Member(Node, frozen=True, gc=False):
    """``of.name``, or ``of?.name``."""

    of: Expression
    name: str
    optional: bool = False


class Index(Node, frozen=True, gc=False):
    """``of[at]``."""

    of: Expression
    at: Expression


class Not(Node, frozen=True, gc=False):
    """``not of``."""

    of: Expression


class Minus(Node, frozen=True, gc=False):
    """``-of``."""

    of: Expression


class And(Node, frozen=True, gc=False):
    """All of these hold."""

    items: tuple[Expression, ...]


class Or(Node, frozen=True, gc=False):
    """One of these holds."""

    items: tuple[Expression, ...]


class First(Node, frozen=True, gc=False):
    """``a ?? b``: the first that is not null."""

    items: tuple[Expression, ...]


class Compare(Node, frozen=True, gc=False):
    """A comparison."""

    sign: Comparison
    left: Expression
    right: Expression


class Chain(Node, frozen=True, gc=False):
    """Several comparisons in a row, such as ``0 <= x <= 9``; every operand is evaluated once."""

    signs: tuple[Comparison, ...]
    operands: tuple[Expression, ...]


class Arithmetic(Node, frozen=True, gc=False):
    """A calculation."""

    sign: Sign
    left: Expression
    right: Expression


class Apply(Node, frozen=True, gc=False):
    """A call of a function."""

    function: str
    arguments: tuple[Expression, ...]


class Each(Node, frozen=True, gc=False):
    """``all(body for name in over)``, or `any`."""

    function: Literal["all", "any"]
    body: Expression
    name: str
    over: Expression


Expression = (
    Constant
    | Items
    | Name
    | Member
    | Index
    | Not
    | Minus
    | And
    | Or
    | First
    | Compare
    | Chain
    | Arithmetic
    | Apply
    | Each
)
