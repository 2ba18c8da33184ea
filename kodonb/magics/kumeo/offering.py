"""Completion and explanations in cells that begin with `%%kumeo`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from IPython.core.completer import SimpleCompletion, SimpleMatcherResult

from kodonb.kumeo.editing import complete, hover

if TYPE_CHECKING:
    from IPython.core.completer import CompletionContext

_HEAD: Final = re.compile(r"\s*%%kumeo\b[^\n]*\n")


def body(cell: str) -> tuple[str, int] | None:
    """Return the text of a cell in Kumeo, and the number of characters above it; `None` if it is no such cell."""
    head = _HEAD.match(cell)
    return (cell[head.end() :], head.end()) if head else None


def completed(context: CompletionContext) -> SimpleMatcherResult | None:
    """Return what may stand at the cursor; `None` if that is not in a text in Kumeo."""
    found = body(context.full_text)
    at = _offset(context)
    if found is None or at < found[1]:
        return None
    text, above = found
    items = complete(text, at - above)
    start = items[0].start if items else at - above
    return SimpleMatcherResult(
        completions=[SimpleCompletion(item.text, type=item.kind) for item in items],
        matched_fragment=text[start : at - above],
        suppress=True,
        ordered=True,
    )


def explained(cell: str, offset: int) -> str | None:
    """Return an explanation in Markdown of what stands at a place; empty if there is none.

    Args:
        cell: The cell.
        offset: Number of characters before the cursor.

    Returns:
        `None` if the place is not in a text in Kumeo.
    """
    found = body(cell)
    if found is None or offset < found[1]:
        return None
    text, above = found
    # A cursor behind the last letter of a word is at that word too.
    said = hover(text, offset - above) or hover(text, max(0, offset - above - 1))
    return said.markdown if said is not None else ""


def _offset(context: CompletionContext) -> int:
    lines = context.full_text.split("\n")[: context.cursor_line]
    return sum(len(line) + 1 for line in lines) + context.cursor_position
