"""From pieces to text: what fits into a line is put into one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from kodonb.kumeo.writing.pieces import Body, Line, Remark

WIDTH: Final = 100
"""Most characters of a line that could be broken."""

_STEP: Final = "  "


def written(lines: Iterable[Line], tail: Iterable[Remark]) -> str:
    """Return the text of a program."""
    found: list[str] = []
    for number, line in enumerate(lines):
        if number:
            found.append("")
        found += _line(line, "", "", first=True)
    remarks = list(tail)
    for number, remark in enumerate(remarks):
        if found and (remark.gap or (number == 0 and found)):
            found.append("")
        found.append(remark.text)
    return "\n".join(found) + "\n" if found else ""


def _line(line: Line, indent: str, joint: str, *, first: bool) -> Iterator[str]:
    """Yield a line, or the lines that it needs.

    Args:
        line: What to write.
        indent: What stands before it.
        joint: What stands after it.
        first: Whether it is the first between its brackets: then no blank line stands before it.
    """
    for remark in line.before:
        if remark.gap and not first:
            yield ""
        yield f"{indent}{remark.text}"
        first = False
    if line.gap and not first:
        yield ""
    end = " ".join([joint, *line.after]) if line.after else joint
    flat = _flat(line)
    if flat is not None and len(indent) + len(flat) + len(joint) <= WIDTH:
        yield f"{indent}{flat}{end}"
    elif line.body is None:
        yield f"{indent}{line.text}{end}"
    else:
        yield f"{indent}{line.text}{line.body.opener}"
        yield from _inside(line.body, indent + _STEP)
        yield f"{indent}{line.body.closer}{end}"


def _inside(body: Body, indent: str) -> Iterator[str]:
    for number, line in enumerate(body.lines):
        yield from _line(line, indent, body.joint, first=not number)
    for number, remark in enumerate(body.tail):
        if remark.gap and (number or body.lines):
            yield ""
        yield f"{indent}{remark.text}"


def _flat(line: Line) -> str | None:
    """Return a line with all that it holds, if that may stand in one line."""
    if line.body is None:
        return line.text if "\n" not in line.text else None
    body = line.body
    if body.tail or (body.wide and body.lines):
        return None
    found = []
    for each in body.lines:
        inner = None if each.before or each.after else _flat(each)
        if inner is None:
            return None
        found.append(inner)
    pad = " " if found and body.opener.endswith("{") and not body.joint else ""
    inside = f"{body.joint} ".join(found)
    return f"{line.text}{body.opener}{pad}{inside}{pad}{body.closer}"
