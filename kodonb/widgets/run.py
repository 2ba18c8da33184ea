"""The live view of a run."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, ClassVar, Final

from kodonb.display import run_html, run_text
from kodonb.display.markup import note
from kodonb.display.view import RunView
from kodonb.model.errors import InputsError, KodonbError, Problem
from kodonb.session.run import Run
from kodonb.session.submission import whoami
from kodonb.widgets import download, window
from kodonb.widgets.base import View
from kodonb.widgets.feed import Feed
from kodonb.widgets.loop import enqueue
from kodonb.widgets.messages import (
    Cancel,
    Done,
    Download,
    Events,
    Respond,
    Retry,
    Seal,
    Sealed,
    Sections,
    Started,
    Sync,
)
from kodonb.widgets.numbered import Numbered
from kodonb.widgets.sections import sections

_RATE: Final = 150_000  # bytes a second: a fraction of what a Jupyter server lets a kernel send


class RunWidget(View):
    """Shows a run while it goes on, and lets it be answered, cancelled and retried.

    Args:
        run: The run.
        ended: Called in the loop's thread when the run that is shown has ended, to put its static picture in the
            place of the view; without it the view stays live.
        view: What is known of the run already; it is read from the log by default.
    """

    script: ClassVar[str] = "run.js"

    def __init__(
        self, run: Run, ended: Callable[[RunWidget], Any] | None = None, view: RunView | None = None
    ) -> None:
        self._ended = ended
        self._begin(run, run.view() if view is None else view)
        super().__init__(self._numbered.state())
        for kind, handler in (
            (Sync, lambda asked: self._numbered.since(asked.after)),
            (Events, lambda asked: window.window(self.run, asked)),
            (Download, lambda asked: download.piece(self.run, asked)),
            (Seal, self._seal),
            (Cancel, self._cancel),
            (Retry, self._retry),
            (Respond, self._respond),
        ):
            self.handle(kind, handler)
        self.followed: Future[Any] = enqueue(self._watch(self.feed))

    def _begin(self, run: Run, view: RunView) -> None:
        self.run = run
        self.feed = Feed(run, view, self._draw)
        self._numbered = Numbered(run.id)
        self._numbered.push(sections(view))

    async def _watch(self, feed: Feed) -> None:
        try:
            await feed.follow()
        except KodonbError as error:
            self._tell(Sections(trouble=note(f"This view is not followed any more. {error}")))
            raise
        if self.feed is feed and self._ended is not None:
            self._ended(self)

    def _draw(self) -> float:
        """Tell what is new; return how many seconds its size is worth."""
        view, before = self.feed.view, self.state.get("sections", {}).get("head", {})
        size = self._tell(sections(view))
        if before.get("status") != view.status:
            # The trait is what a view shows before its first question is answered: it need not be of this second.
            self.state = self._numbered.state()
        return size / _RATE

    def _tell(self, made: Sections) -> int:
        """Send what is new; return its size in bytes."""
        new = self._numbered.push(made)
        if new is None:
            return 0
        push, size = new
        self.tell(push)
        return size

    def _seal(self, _: Seal) -> Sealed:
        view = self.feed.view
        if self._ended is None or not view.ended:
            return Sealed()
        return Sealed(html=run_html(view), plain=run_text(view))

    def _cancel(self, _: Cancel) -> Done:
        self.run.cancel()
        return Done()

    def _retry(self, _: Retry) -> Started:
        run = self.run.retry()
        self.show(run)
        return Started(run=run.id)

    def show(self, run: Run) -> None:
        """Move on to another run; views follow."""
        self._begin(run, run.view())
        self.state = self._numbered.state()
        self.followed = enqueue(self._watch(self.feed))

    def _respond(self, asked: Respond) -> Done:
        values = _texts(self.files.put_in(asked.values))
        self.run.session.answer(self.run.id, asked.lock, values, whoami())
        return Done()


def _texts(values: dict[str, Any]) -> dict[str, Any]:
    """Return values whose files have become text: an answer is JSON."""
    return {name: _text(name, value) if isinstance(value, bytes) else value for name, value in values.items()}


def _text(name: str, content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise InputsError(
            "the answer does not fit the question",
            [Problem(name, "only a file of text (UTF-8) can be an answer")],
            code="KN310",
            remedy="give the flow's parameters what is no text",
        ) from None
