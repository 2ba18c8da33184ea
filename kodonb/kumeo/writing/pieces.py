"""What the formatter puts together before it knows where lines break."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Remark:
    """A comment of its own line; `gap` says whether a blank line stands before it."""

    text: str
    gap: bool


@dataclass(slots=True)
class Body:
    """Lines between brackets.

    Attributes:
        opener: What stands before them, such as ``LLM(``.
        closer: What stands after them.
        lines: They.
        tail: Comments after the last one.
        joint: What separates them.
        wide: Whether each has a line of its own in any case.
    """

    opener: str
    closer: str
    lines: list[Line] = field(default_factory=list)
    tail: list[Remark] = field(default_factory=list)
    joint: str = ","
    wide: bool = False


@dataclass(slots=True)
class Line:
    """Something that has a line of its own where there is room for no more.

    Attributes:
        text: What it begins with, such as ``id: ``, or all of it.
        body: What follows in brackets.
        before: Comments of lines before it.
        after: Comments at the end of it.
        gap: Whether a blank line stands before it, after the comments.
    """

    text: str
    body: Body | None = None
    before: list[Remark] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    gap: bool = False
