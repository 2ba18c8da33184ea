"""The tree of a text.

Nodes keep where they stand; with the text, and the comments beside them, nothing of it is lost. Both dialects have one
tree, with nodes of their own for what is written in blocks.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

import msgspec

from kodonb.kumeo.syntax.lexis import Token
from kodonb.kumeo.syntax.source import Source


class Node(msgspec.Struct, frozen=True, gc=False):
    """A part of the text.

    Attributes:
        start: Number of its first character.
        end: Number of the character after it.
    """

    start: int
    end: int


class Word(Node, frozen=True, gc=False):
    """A name."""

    text: str


class Text(Node, frozen=True, gc=False):
    """A text in quotes; `value` is what it says, `raw` whether it stands in three quotes."""

    value: str
    raw: bool = False


class Number(Node, frozen=True, gc=False):
    """A number."""

    value: int | float


class Constant(Node, frozen=True, gc=False):
    """`true`, `false` or `null`."""

    value: bool | None


class Ref(Node, frozen=True, gc=False):
    """A name with dots in it, such as ``writer.output.title``."""

    text: str


class Lost(Node, frozen=True, gc=False):
    """What could not be read, and has been told already."""


class Arg(Node, frozen=True, gc=False):
    """An argument of a call; `name` is `None` where its place tells what it is."""

    name: Word | None
    value: Value


class Call(Node, frozen=True, gc=False):
    """A name with arguments, such as ``NATS("orders")``."""

    name: Word
    args: tuple[Arg, ...]


class Array(Node, frozen=True, gc=False):
    """Values in square brackets."""

    items: tuple[Value, ...]


class Pair(Node, frozen=True, gc=False):
    """A key with its value."""

    key: Word | Text
    value: Value

    @property
    def name(self) -> str:
        """The key, however it is written."""
        return self.key.text if isinstance(self.key, Word) else self.key.value


class Object(Node, frozen=True, gc=False):
    """Keys and values in braces, in their order."""

    pairs: tuple[Pair, ...]


Value = Text | Number | Constant | Ref | Call | Array | Object | Lost


class Section(Node, frozen=True, gc=False):
    """A section: ``target: NATS("out")``, or with brackets alone: ``preprocessors [ … ]``."""

    name: Word
    value: Value


class Block(Node, frozen=True, gc=False):
    """A part that is written as a block: ``agent writer { … }``."""

    kind: Word
    name: Word
    pairs: tuple[Pair, ...]


class Use(Node, frozen=True, gc=False):
    """``use Subworkflow as name``; four words that are no such sentence do not fit."""

    what: Word
    name: Word
    fits: bool


Item = Section | Block | Use


class Definition(Node, frozen=True, gc=False):
    """A workflow, subworkflow or integration; `inside` is where its body begins."""

    kind: Word
    name: Word | None
    items: tuple[Item, ...]
    inside: int


class Wrong(msgspec.Struct, frozen=True):
    """An error of syntax.

    Attributes:
        start: Where it is.
        end: Where it ends.
        message: What is wrong.
        remedy: What to do about it.
    """

    start: int
    end: int
    message: str
    remedy: str


class Tree(msgspec.Struct, frozen=True):
    """All of a text.

    Attributes:
        source: The text.
        definitions: What it defines, as far as it could be read.
        comments: Its comments, in order.
        wrong: Its errors of syntax, in order.
        lost: Where parts of it were lost, or may have got to another place, in order: at all errors of syntax but a
            missing comma.
    """

    source: Source
    definitions: tuple[Definition, ...]
    comments: tuple[Token, ...]
    wrong: tuple[Wrong, ...]
    lost: tuple[int, ...] = ()

    def lacks(self, node: Node) -> bool:
        """Whether parts of a node may be missing."""
        at = bisect_left(self.lost, node.start)
        return at < len(self.lost) and self.lost[at] <= node.end

    def is_broken(self, node: Node) -> bool:
        """Whether there is an error of syntax in a node."""
        at = bisect_left(self.wrong, node.start, key=_start)
        return at < len(self.wrong) and self.wrong[at].start <= node.end

    def touches(self, start: int, end: int) -> bool:
        """Whether an error of syntax touches a part of the text: what is said of that may follow from it."""
        return any(one.start <= end and one.end >= start for one in self.wrong)


def _start(wrong: Wrong) -> int:
    return wrong.start


def walk(value: Value) -> Iterator[Value]:
    """Yield a value and all values in it, in their order."""
    yield value
    match value:
        case Array(items=items):
            inner: tuple[Value, ...] = items
        case Object(pairs=pairs):
            inner = tuple(pair.value for pair in pairs)
        case Call(args=args):
            inner = tuple(arg.value for arg in args)
        case _:
            return
    for each in inner:
        yield from walk(each)
