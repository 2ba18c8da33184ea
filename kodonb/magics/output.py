"""What magics put into a cell's output."""

from __future__ import annotations

import html
import sys
import uuid
from collections.abc import Iterable, Mapping, Sequence
from threading import RLock
from typing import TYPE_CHECKING, Any, Final

from IPython.core.getipython import get_ipython
from IPython.display import Code, display, update_display

from kodonb.session.run import Run

if TYPE_CHECKING:
    from kodonb.session.base import Session


def say(text: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def show(text: str, markup: str, *, key: str | None = None, again: bool = False) -> None:
    """Show something as text and as HTML.

    Args:
        text: What it is as text.
        markup: What it is as HTML.
        key: Under which it can be replaced.
        again: Whether it replaces what has that key.
    """
    bundle = {"text/plain": text, "text/html": markup}
    if again:
        update_display(bundle, raw=True, display_id=key)  # type: ignore[no-untyped-call]
    else:
        display(bundle, raw=True, display_id=key)  # type: ignore[no-untyped-call]


WIDGET: Final = "application/vnd.jupyter.widget-view+json"
"""Shows a widget wherever widgets are shown; JupyterLab says "model not found" when its kernel is gone."""

VIEW: Final = "application/vnd.kodonb.view+json"
"""Shows a widget where kodonb's JupyterLab extension is, which falls back to the HTML beside it; nothing elsewhere."""


class Place:
    """An output of a cell that can be replaced at any time and from any thread.

    Args:
        key: Its display id; a new one by default.

    Attributes:
        key: Its display id.
        lock: Who holds it is the only one that shows something here.
    """

    def __init__(self, key: str | None = None) -> None:
        self.key = key or f"kodonb-{uuid.uuid4().hex}"
        self.lock = RLock()
        self._shown = False

    def show(
        self,
        text: str,
        markup: str,
        model: str | None = None,
        types: Iterable[str] = (VIEW, WIDGET),
        about: Mapping[str, Any] | None = None,
    ) -> None:
        """Show something, or something else.

        Args:
            text: What it is as text.
            markup: What it is as HTML.
            model: Id of the widget that shows it where that is possible.
            types: MIME types that lead to the widget.
            about: What is to be known of it where the widget is gone; kept as the output's metadata.
        """
        bundle: dict[str, Any] = {"text/plain": text, "text/html": markup}
        if model is not None:
            bundle |= {mime: {"version_major": 2, "version_minor": 0, "model_id": model} for mime in types}
        with self.lock:
            shown = update_display if self._shown else display
            metadata = {"kodonb": dict(about)} if about else {}
            shown(bundle, metadata=metadata, raw=True, display_id=self.key)  # type: ignore[no-untyped-call]
            self._shown = True


def show_code(source: str) -> None:
    """Show Python code, highlighted where that is possible."""
    display(Code(source, language="python"))  # type: ignore[no-untyped-call]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> tuple[str, str]:
    """Return a table as text and as HTML."""
    from kodonb.display.markup import table as markup  # noqa: PLC0415 - drawing is loaded when something is drawn
    from kodonb.display.style import framed  # noqa: PLC0415 - as above

    cells = [list(row) for row in rows]
    widths = [max(len(row[column]) for row in [list(head), *cells]) for column in range(len(head))]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in [list(head), *cells]]
    return "\n".join(lines), framed(markup(head, [[html.escape(cell) for cell in row] for row in cells]))


class ShownRun(Run):
    """A run whose picture stands in the output of its cell already.

    So a magic can return it, for ``run = %flow run …`` and for ``_``, without its picture appearing twice.

    Args:
        id: Id of the run.
        session: How it is reached.
    """

    def __init__(self, id: str, session: Session) -> None:  # noqa: A002 - as in Run
        super().__init__(id, session)
        self._cell = _cell()

    @property
    def shown(self) -> bool:
        """Whether this is the cell in whose output it stands."""
        return bool(self._cell == _cell())


def _cell() -> Any:
    return getattr(get_ipython(), "execution_count", None)
