"""What agents are given here: files, sections, knowledge, the time, the event stream, and people to ask."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kodonb.flows.context import current
from kodonb.kumeo.agents.protocol import Answer, Context, M
from kodonb.kumeo.running.telling.telling import Telling

if TYPE_CHECKING:
    from pydantic import BaseModel

_MOST_QUESTIONS: Final = 1000  # that are open at once; further ones wait


class People:
    """Asks, without keeping the loop: each question waits in a thread of its own."""

    def __init__(self) -> None:
        self._threads: ThreadPoolExecutor | None = None

    async def ask(self, form: type[BaseModel], title: str, timeout: float | None) -> Answer:
        """Return what was answered, and by whom.

        Raises:
            RunTimeout: Time is up (KN303).
        """
        if self._threads is None:
            self._threads = ThreadPoolExecutor(_MOST_QUESTIONS, thread_name_prefix="kumeo-question")
        question = partial(copy_context().run, current().ask, form, title, timeout, None)
        found = await asyncio.get_running_loop().run_in_executor(self._threads, question)
        return Answer(found.value, found.by)

    def close(self) -> None:
        """Wait for nobody."""
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)


class WorkflowSite:
    """What one agent is given.

    Args:
        agent: Its id.
        folder: Folder of the program.
        sections: ``models``, ``schemas``, ``data`` and ``config``.
        contexts: Shared knowledge by type, opened.
        telling: Takes events.
        people: Asks.
        parked: Called with 1 when an event of the agent begins to wait for a person, and with -1 when it ends.
    """

    def __init__(  # noqa: PLR0917 - all of it is given by one place
        self,
        agent: str,
        folder: Path,
        sections: Mapping[str, Mapping[str, Any]],
        contexts: Mapping[str, Context],
        telling: Telling,
        people: People,
        parked: Callable[[int], None] = lambda _: None,
    ) -> None:
        self.agent = agent
        self.folder = folder
        self.sections = sections
        self.contexts = contexts
        self.environment: Mapping[str, str] = os.environ
        self._telling = telling
        self._people = people
        self._parked = parked

    def now(self) -> datetime:
        """Return the time, in UTC."""
        return datetime.now(UTC)

    def emit(self, kind: str, payload: Any) -> None:
        """Take an event."""
        self._telling.say(kind, payload)

    def metric(self, name: str, value: float) -> None:
        """Take a number: tokens and the like are summed up until they are told, of the rest the last is told."""
        self._telling.number(f"{self.agent}.{name}", value)

    async def ask(self, form: type[M], title: str, *, timeout: float | None) -> Answer:
        """Ask a person; other events go on meanwhile.

        Raises:
            RunTimeout: Time is up (KN303).
        """
        self._parked(1)
        try:
            return await self._people.ask(form, title, timeout)
        finally:
            self._parked(-1)
