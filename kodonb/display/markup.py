"""Small pieces of HTML from which the pictures of runs, flows and lists are put together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kodonb.display.format import amount, line
from kodonb.display.svg import esc


def section(title: str, body: str) -> str:
    """Return a titled part; empty text if there is nothing in it.

    The title is no ``<h…>`` element: JupyterLab would list that in the notebook's table of contents.
    """
    head = f'<div class="kn-h" role="heading" aria-level="4">{esc(title)}</div>'
    return f"<section>{head}{body}</section>" if body else ""


def fold(title: str, body: str) -> str:
    """Return a part that is opened by a click; empty text if there is nothing in it."""
    return f"<details><summary>{esc(title)}</summary>{body}</details>" if body else ""


def pairs(rows: Iterable[tuple[str, str]], limit: int = 400) -> str:
    """Return names with their values, as a list of definitions; empty text if there are none."""
    found = [f"<dt>{esc(line(key, 80))}</dt><dd>{esc(line(value, limit))}</dd>" for key, value in rows]
    return f'<dl class="kn-pairs">{"".join(found)}</dl>' if found else ""


def table(head: Sequence[str], rows: Iterable[Sequence[str]], numeric: Iterable[int] = ()) -> str:
    """Return a table without its empty columns; empty text if it has no rows.

    Args:
        head: Titles of the columns, as text.
        rows: Cells as markup.
        numeric: Numbers of the columns that are aligned to the right.
    """
    cells, right = list(rows), set(numeric)
    used = [column for column in range(len(head)) if any(row[column] for row in cells)]
    mark = {column: ' class="kn-num"' if column in right else "" for column in used}
    body = "".join(f"<tr>{''.join(f'<td{mark[c]}>{row[c]}</td>' for c in used)}</tr>" for row in cells)
    titles = "".join(f'<th scope="col"{mark[c]}>{esc(head[c])}</th>' for c in used)
    return f"<table><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table>" if body else ""


def pre(said: str, limit: int, *, end: bool = False) -> str:
    """Return text as it is, cut at `limit` characters; with `end` its end is kept."""
    over = len(said) - limit
    if over <= 0:
        return f"<pre>{esc(said)}</pre>"
    if end:
        return more(over, "earlier characters are") + f"<pre>{esc(said[-limit:])}</pre>"
    return f"<pre>{esc(said[:limit])}</pre>" + more(over, "more characters are")


def note(said: str) -> str:
    """Return a remark in small print."""
    return f'<p class="kn-note">{esc(said)}</p>'


def more(count: int, what: str) -> str:
    """Return a remark that `count` things were left out; empty text if there are none."""
    if count == 1:
        what = what.removesuffix("s are") + " is"
    return note(f"{amount(count)} {what} not shown here.") if count > 0 else ""
