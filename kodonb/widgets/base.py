"""What all widgets have in common: questions of the front end, each with its one reply."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Final

import anywidget
import msgspec
import traitlets

from kodonb.display.style import STYLE
from kodonb.model.errors import InputsError, KodonbError, SessionError
from kodonb.widgets.files import Files
from kodonb.widgets.loop import enqueue
from kodonb.widgets.messages import Asked, Done, Failure, Problem, Record, Reply, Upload

STATIC: Final = Path(__file__).parent / "static"
"""Where the front end is, once it is built."""

_log = logging.getLogger(__name__)

Handler = Callable[[Any], Any]
"""Takes a question and returns the record that replies to it; called in a thread, so it may wait."""


def built() -> bool:
    """Whether the front end is there; a wheel has it, a checkout only after its first build."""
    return (STATIC / "run.js").is_file()


class View(anywidget.AnyWidget):
    """A widget whose state is one trait and whose questions are answered in the loop.

    Handlers of messages only hand them over, so a front end is served whatever the kernel does.
    """

    script: ClassVar[str]
    """File of its front end in `STATIC`."""

    _css: ClassVar[str] = STYLE
    state = traitlets.Dict().tag(sync=True)

    def __init__(self, state: dict[str, Any]) -> None:
        # Read when the first one is made: a checkout may not have been built when this module is loaded.
        self._esm = _source(self.script)
        super().__init__(state=state)
        self.files = Files()
        self._handlers: dict[type[Record], Handler] = {}
        self.on_msg(self._received)

    def handle(self, kind: type[Record], handler: Handler) -> None:
        """Say who answers a kind of question."""
        self._handlers[kind] = handler

    def tell(self, message: Record) -> None:
        """Send a push or a reply; called in the loop."""
        self.send(msgspec.to_builtins(message))

    def _received(self, _: Any, content: Any, buffers: list[memoryview]) -> None:
        enqueue(self._answer(content, [bytes(each) for each in buffers or ()]))

    async def _answer(self, content: Any, buffers: list[bytes]) -> None:
        number = content.get("id") if isinstance(content, dict) else None
        if not isinstance(number, int):
            return  # nobody waits for a reply
        try:
            asked = msgspec.convert(content, Asked)
            if isinstance(asked, Upload):
                self.files.take(asked, b"".join(buffers))
                made: Any = Done()
            else:
                made = await asyncio.to_thread(self._handlers[type(asked)], asked)
        except Exception as error:  # noqa: BLE001 - whoever asked gets it
            self.tell(Reply(re=number, error=failure(error)))
        else:
            self.tell(Reply(re=number, ok=made))


@cache
def _source(script: str) -> str:
    return (STATIC / script).read_text(encoding="utf-8")


def failure(error: Exception) -> Failure:
    """Return an error as the front end shows it."""
    if isinstance(error, msgspec.ValidationError | KeyError):
        error = SessionError(
            "kernel and front end do not understand each other",
            code="KN405",
            remedy="reload the page; update kodonb where one of them is older",
        )
    if not isinstance(error, KodonbError):
        _log.error("a widget's question failed", exc_info=error)
        return Failure(code="", message=f"{type(error).__name__}: {error}", where="", remedy="", problems=())
    problems = error.problems if isinstance(error, InputsError) else ()
    return Failure(
        code=error.code,
        message=error.message,
        where=error.where or "",
        remedy=error.remedy or "",
        problems=tuple(Problem(field=p.field, message=p.message) for p in problems),
    )
