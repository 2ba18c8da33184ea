"""This process as a place where code of runs is executed."""

from __future__ import annotations

import os
import socket
import threading
from typing import Any, Final

import msgspec

from kodonb.events.artifacts import artifacts_for
from kodonb.events.sql import SqlLog
from kodonb.model.errors import RunError
from kodonb.model.event import Stored
from kodonb.model.module import Module
from kodonb.session.context import RunContext
from kodonb.session.memory import Memory
from kodonb.session.ray import actors
from kodonb.session.ray.link import Handler, Link
from kodonb.session.ray.timers import leisure
from kodonb.session.ray.wire import Peer

_NICE: Final = 15
"""How far code of runs steps back, so that events get through while it computes; as far as Ray lets all workers."""


class Place:
    """A worker process of a cluster, connected to its spooler.

    Args:
        role: ``runner`` or ``step``.
        name: Name of its actor, if it is one.
        handle: Answers what is asked of the run besides answers to questions.
    """

    def __init__(self, role: str, name: str = "", handle: Handler | None = None) -> None:
        self.settings = actors.home().settings
        self._handle_other = handle
        self._peer = Peer(role=role, pid=os.getpid(), node=socket.gethostname(), name=name)
        self.link = Link(actors.where, self._peer, self._handle)
        os.nice(_NICE)
        self._contexts: dict[tuple[str, str], RunContext] = {}

    def begin(self, run: str, source: str, retry_of: str | None = None) -> RunContext:
        """Return the context of a new source of a run."""
        from kodonb.session.ray.tasks import TaskCaller  # noqa: PLC0415 - steps are performed at places, and call steps

        self.link.introduce(msgspec.structs.replace(self._peer, run=run, source=source))
        recorder = self.link.recorder(run, source)
        artifacts, memory = artifacts_for(self.settings), Memory(self, retry_of)
        context = RunContext(recorder, artifacts, TaskCaller(), memory, leisure)
        self._contexts[run, source] = context
        return context

    def end(self, context: RunContext) -> None:
        """Wait until the log has everything the source emitted."""
        context.recorder.flush()
        self._contexts.pop((context.run, context.source), None)
        self.link.release(context.recorder)
        self.link.introduce(self._peer)

    def module(self, hash_: str) -> Module:
        """Return a captured module."""
        return msgspec.msgpack.decode(self.link.ask("module", hash_), type=Module)

    def steps(self, run: str) -> list[Stored]:
        """Return the step events of a run."""
        log = SqlLog(self.settings.store)
        try:
            return log.read(run, kinds=("step",))
        finally:
            log.close()

    def recall(self, key: str, since: int) -> bytes | None:
        """Return a cached result."""
        value: bytes | None = self.link.ask("recall", {"key": key, "since": since})
        return value

    def remember(self, key: str, at: int, value: bytes) -> None:
        """Keep a cached result."""
        self.link.ask("remember", {"key": key, "at": at, "value": value})

    def _handle(self, verb: str, body: Any) -> Any:
        if verb != "answer" and self._handle_other is not None:
            return self._handle_other(verb, body)
        context = self._contexts.get((body["run"], body["source"]))
        if verb != "answer" or context is None:
            raise RunError(f"{verb!r} finds nobody here", code="KN311", remedy="look at the run's status")
        context.questions.answer(body["lock"], body["value"], body["by"])
        return None


_guard = threading.Lock()
_places: list[Place] = []


def place() -> Place:
    """Return this worker's place; it connects when it is first needed."""
    with _guard:
        if not _places:
            _places.append(Place("step"))
        return _places[0]


def settle_at(place: Place) -> None:
    """Make a place of its own kind, such as a runner's, the one of this process."""
    with _guard:
        _places[:] = [place]
