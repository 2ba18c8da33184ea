"""What is wrong with a text, as text and as HTML."""

from __future__ import annotations

import html
from collections.abc import Sequence

from kodonb.capture.sources import place
from kodonb.kumeo.checks.checking import Checked
from kodonb.kumeo.diagnostics import text
from kodonb.kumeo.diagnostics.diagnostic import Diagnostic
from kodonb.kumeo.syntax.source import Source
from kodonb.model.errors import KumeoError


def remarks_text(checked: Checked) -> str:
    """Return what is wrong as text: place, message, the line with a caret, and the way out."""
    return "\n".join(text.lines(checked.diagnostics, checked.tree.source))


def remarks_html(checked: Checked) -> str:
    """Return the same as HTML, to be put into a frame."""
    return "".join(_one(each, checked.tree.source) for each in checked.diagnostics)


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
