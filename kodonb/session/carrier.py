"""Carries a run from starting to its end, in this process."""

from __future__ import annotations

import inspect
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from typing import Any, Final

from kodonb.capture import load
from kodonb.events.kept import recall, unpickled
from kodonb.flows.context import bound
from kodonb.flows.form import form_of
from kodonb.flows.streams import captured
from kodonb.flows.threads import join
from kodonb.model.errors import Cancelled, KodonbError, RunTimeout
from kodonb.model.module import Module
from kodonb.session.context import RunContext
from kodonb.session.failures import failure
from kodonb.session.interrupt import Interruptible, run_coroutine
from kodonb.session.submission import Launch

TIMEOUT: Final = "timeout"


class Carrier:
    """One run in this process.

    Args:
        launch: What to run.
        context: Context of the flow function.
        own: Whether the process serves this run alone, so that all of its threads and output belong to it.
    """

    def __init__(self, launch: Launch, context: RunContext, *, own: bool) -> None:
        self.launch = launch
        self.context = context
        self._own = own
        self._block = Interruptible()
        self._cancelled = ""

    def cancel(self, reason: str) -> None:
        """End the run as soon as its code lets itself be ended."""
        self._cancelled = self._cancelled or reason
        self.context.questions.cancel(reason)
        for future in list(self.context.outstanding):
            future.cancel()
        self._block.interrupt(reason)

    def carry(self, module: Module | Callable[..., Any]) -> None:
        """Run the flow; when this returns, the log has everything the run emitted, its final status included."""
        context = self.context
        running = {"status": "running", "pid": os.getpid(), "attempt": self.launch.attempt}
        context.emit("status", running)
        before = set(threading.enumerate())
        try:
            with self._bound():
                with self._timer():
                    value = self._attempts(module)
                kept = context.keep(value)
                self._settle_children(before)
            final, status = kept, {"status": "finished"}
        except Cancelled as error:
            final, status = self._ended_by(error)
        except BaseException as error:  # noqa: BLE001 - sys.exit in a flow ends the run, not the runner
            # Cancelling ends the steps too, and what a flow makes of that may be any error.
            final, status = self._ended_by(error) if self._cancelled else self._failed(error)
        context.emit("final", final)
        context.emit("status", status)
        context.recorder.flush()

    @contextmanager
    def _bound(self) -> Iterator[None]:
        with bound(self.context, everywhere=self._own), captured(self.context.emit, everywhere=self._own):
            yield

    def _attempts(self, module: Module | Callable[..., Any]) -> Any:
        retries = self.launch.meta.retries
        for attempt in range(retries + 1):
            try:
                with self._block:
                    return self._call(module)
            except Exception as error:
                if attempt == retries or self._cancelled:
                    raise
                self.context.emit("error", failure(error))
                self._drop_steps()
                self.context.memory.replay(self.launch.run)
        raise KodonbError("no attempt left")

    def _timer(self) -> Any:
        return _Timer(self.launch.meta.timeout, lambda: self.cancel(TIMEOUT))

    def _call(self, module: Module | Callable[..., Any]) -> Any:
        function = inspect.unwrap(
            getattr(load(module), module.entry) if isinstance(module, Module) else module
        )
        return complete(function(**form_of(function).validate(self._given())), self.context)

    def _given(self) -> dict[str, Any]:
        told, secrets = self.launch.inputs, self.launch.secrets
        given = {n: recall(kept, self.context.artifacts) for n, kept in told.items() if n not in secrets}
        return given | {name: unpickled(body) for name, body in secrets.items()}

    def _ended_by(self, error: BaseException) -> tuple[dict[str, Any], dict[str, Any]]:
        reason = self._cancelled or str(error) or "cancelled"
        self._drop_steps()
        if reason == TIMEOUT:
            limit = self.launch.meta.timeout
            late = RunTimeout(f"the run took longer than {limit:g} s", remedy="raise the flow's timeout")
            return self._failed(late)
        told = failure(error) | {"type": "Cancelled", "message": reason, "code": "KN302"}
        return {"error": told}, {"status": "cancelled", "reason": reason, "code": "KN302"}

    def _failed(self, error: BaseException) -> tuple[dict[str, Any], dict[str, Any]]:
        self._drop_steps()
        told = failure(error)
        told["code"] = told["code"] or "KN301"
        reason = f"{told['type']}: {told['message']}"[:500]
        return {"error": told}, {"status": "error", "reason": reason, "code": told["code"]}

    def _drop_steps(self) -> None:
        for future in list(self.context.outstanding):
            future.cancel()
        self._wait_steps()

    def _wait_steps(self) -> None:
        for future in list(self.context.outstanding):
            with suppress(CancelledError):
                future.exception()

    def _settle_children(self, before: set[threading.Thread]) -> None:
        """Wait for what the flow started and did not wait for, as Python does at the end of a program."""
        with self._block:
            self._wait_steps()
            for wait in self.context.before_end:
                wait()
            if self._own:
                join(thread for thread in threading.enumerate() if thread not in before)


def complete(made: Any, context: RunContext | None) -> Any:
    """Return what a flow function made, whatever kind of function it is.

    What a generator yields becomes `result` events; its result is what it returns, or else the list of what it yielded.
    """
    if inspect.iscoroutine(made):
        return run_coroutine(made)
    if inspect.isasyncgen(made):
        return run_coroutine(_gather(made, context))
    if not inspect.isgenerator(made):
        return made
    yielded: list[Any] = []
    while True:
        try:
            value = next(made)
        except StopIteration as stop:
            return yielded if stop.value is None else stop.value
        yielded.append(value)
        _tell(value, context)


async def _gather(made: AsyncIterator[Any], context: RunContext | None) -> list[Any]:
    yielded = []
    async for value in made:
        yielded.append(value)
        _tell(value, context)
    return yielded


def _tell(value: Any, context: RunContext | None) -> None:
    if context is not None:
        context.emit("result", context.keep(value))


class _Timer:
    def __init__(self, limit: float | None, call: Callable[[], None]) -> None:
        self._timer = None if limit is None else threading.Timer(limit, call)
        if self._timer is not None:
            self._timer.daemon = True

    def __enter__(self) -> None:
        if self._timer is not None:
            self._timer.start()

    def __exit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
