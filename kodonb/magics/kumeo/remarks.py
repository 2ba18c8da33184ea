"""What is wrong with a text, as text and as HTML."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from kodonb.capture.sources import place
from kodonb.kumeo.checks.checking import Checked
from kodonb.kumeo.diagnostics import text
from kodonb.kumeo.diagnostics.diagnostic import Diagnostic
from kodonb.kumeo.running.foreseeing import foreseen
from kodonb.kumeo.syntax.source import Source
from kodonb.magics.kumeo.texts import Written
from kodonb.model.errors import KumeoError


class Remarks(NamedTuple):
    """What is to be said of a text.

    Attributes:
        found: What is wrong or doubtful, and what will keep it from being set going where it lies, by place.
        source: The text.
    """

    found: list[Diagnostic]
    source: Source


def remarks(written: Written, checked: Checked) -> Remarks:
    """Return what is to be said of a text that was checked."""
    told = [*checked.diagnostics, *foreseen(checked, Path(written.folder))]
    return Remarks(sorted(told, key=lambda one: (one.line, one.column)), checked.tree.source)


def remarks_text(told: Remarks) -> str:
    """Return what is wrong as text: place, message, the line with a caret, and the way out."""
    return "\n".join(text.lines(told.found, told.source))


def remarks_html(told: Remarks) -> str:
    """Return the same as HTML, to be put into a frame."""
    return "".join(_one(each, told.source) for each in told.found)


def _one(one: Diagnostic, source: Source) -> str:
    tone = "bad" if one.severity == "error" else "wait"
    excerpt = "\n".join(text.excerpt(one, source))
    where = f"{place(one.file, one.line)}, column {one.column}"
    return (
        f'<div class="kn-call kn-{tone}" role="note"><strong>{one.code} {html.escape(one.message)}</strong>'
        f'<p class="kn-note">{one.severity} in {html.escape(where)}</p><pre>{html.escape(excerpt)}</pre>'
        f'<p class="kn-note">do: {html.escape(one.remedy)}</p></div>'
    )


def counted(diagnostics: Sequence[Diagnostic]) -> str:
    """Return how many errors and warnings there are, in words."""
    return text.summary(1, diagnostics).partition(": ")[2]


def refusal(checked: Checked) -> KumeoError:
    """Return the one error that a text with errors is refused with; all of them are told already."""
    first, *others = checked.errors
    more = f" ({len(others)} more {'errors' if len(others) > 1 else 'error'} above)" if others else ""
    return KumeoError(
        f"{first.message}{more}", code=first.code, where=place(first.file, first.line), remedy=first.remedy
    )
