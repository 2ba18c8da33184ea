"""What a run offers to the code that runs in it: the context of sessions."""

from __future__ import annotations

import base64
import itertools
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import Future as Pending
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import msgspec

from kodonb.events.artifacts import Artifacts
from kodonb.events.kept import LIMIT, Kept, keep, recall
from kodonb.events.recorder import Recorder
from kodonb.flows.context import Answered
from kodonb.flows.future import Future
from kodonb.model.errors import Cancelled
from kodonb.session.calls import Call, Caller
from kodonb.session.interrupt import Interruptible
from kodonb.session.memory import Memory
from kodonb.session.questions import Questions

if TYPE_CHECKING:
    from pydantic import BaseModel

    from kodonb.flows.step import Step


FLOW = "flow"
"""Source of a flow function; ``flow~2`` is the second runner that carries the run."""


class RunContext:
    """Binds user code of one source to its recorder, its questions and the way steps are started.

    Args:
        recorder: Takes the events.
        artifacts: Takes what is too large for them.
        caller: Starts steps.
        memory: Results of earlier steps.
        leisure: Entered while the run waits for an answer and nothing else goes on.
    """

    def __init__(
        self,
        recorder: Recorder,
        artifacts: Artifacts,
        caller: Caller,
        memory: Memory,
        leisure: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self.recorder = recorder
        self.run = recorder.run
        self.source = recorder.source
        self.artifacts = artifacts
        self.questions = Questions(recorder)
        self.outstanding: set[Future[Any]] = set()
        self.before_end: list[Callable[[], object]] = []
        self.memory = memory
        self.cancelled = ""
        self._stopped = threading.Event()
        self._block: Interruptible | None = None
        self._caller = caller
        self._leisure = leisure
        self._guard = threading.Lock()
        self._counts: defaultdict[str, Iterator[int]] = defaultdict(lambda: itertools.count(1))

    def emit(self, kind: str, payload: Any) -> None:
        """Take an event; large parts of a display become artifacts."""
        if kind == "display":
            payload = {**payload, "mime": {k: self._aside(k, v) for k, v in payload["mime"].items()}}
        self.recorder.emit(kind, payload)

    def _aside(self, mime: str, value: Any) -> Any:
        if not isinstance(value, str):
            value_bytes = msgspec.json.encode(value)
        elif mime.startswith("image/") and mime != "image/svg+xml":
            value_bytes = base64.b64decode(value)
        else:
            value_bytes = value.encode("utf-8", "surrogatepass")
        if len(value_bytes) <= LIMIT:
            return value
        return {"artifact": self.artifacts.put(value_bytes), "bytes": len(value_bytes)}

    def keep(self, value: Any) -> Kept:
        """Return a kept value from which `value` comes back."""
        return keep(value, self.artifacts)

    def ask(self, model: type[BaseModel], title: str, timeout: float | None, default: Any) -> Answered:
        """Park the run until the question is answered."""
        with nullcontext() if self.outstanding else self._leisure():
            return self.questions.ask(model, title, timeout, default)

    def cancel(self, reason: str) -> None:
        """End what is done in this context: its questions, the steps it started, its code."""
        self.cancelled = self.cancelled or reason
        self._stopped.set()
        self.questions.cancel(reason)
        for future in list(self.outstanding):
            future.cancel()
        block = self._block
        if block is not None:
            block.interrupt(reason)

    @contextmanager
    def interruptible(self) -> Iterator[Interruptible]:
        """Let the code of the block be ended by `cancel`."""
        block = self._block = Interruptible()
        if self.cancelled:
            block.interrupt(self.cancelled)
        try:
            with block:
                yield block
        finally:
            self._block = None

    def pause(self, seconds: float) -> None:
        """Sleep until the next attempt.

        Raises:
            Cancelled: This context is cancelled.
        """
        if self._stopped.wait(seconds):
            raise Cancelled(self.cancelled)

    def call(self, step: Step[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Future[Any]:
        """Start a step."""
        call = Call.of(step, args, kwargs, self._id(step.meta.name), self.run)
        self.recorder.emit("step", call.submitted())
        known = self.memory.find(call.key, call.meta.cache)
        if known is not None:
            return self._known(call, *known)
        future = self._caller.start(call, self)
        self.outstanding.add(future)
        future.then(self.outstanding.discard)
        return future

    def _known(self, call: Call, state: str, kept: Kept) -> Future[Any]:
        self.recorder.emit("step", call.told(state) | {"value": kept, "key": call.key})
        pending: Pending[Any] = Pending()
        pending.set_result(recall(kept, self.artifacts))
        return Future(call.id, pending, call.key)

    def _id(self, name: str) -> str:
        # Ids follow the order of calls and name their caller, so that two processes never make the same one.
        with self._guard:
            number = next(self._counts[name])
        return f"{self._caller_id()}{name}#{number}"

    def _caller_id(self) -> str:
        source, _, attempt = self.source.partition("~")
        if source == FLOW:
            return f"{attempt}/" if attempt else ""
        return f"{source}/"
