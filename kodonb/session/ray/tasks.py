"""Steps as Ray tasks."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any, cast

import cloudpickle
import msgspec
import ray

from kodonb.flows.context import bound
from kodonb.flows.future import Future, put_in
from kodonb.flows.streams import captured
from kodonb.model.errors import StepFailed
from kodonb.model.flow import Resources, StepMeta
from kodonb.model.module import PREFIX
from kodonb.session.calls import Call, perform
from kodonb.session.context import FLOW, RunContext
from kodonb.session.failures import mark, step_failed
from kodonb.session.ray.place import place


class Task(msgspec.Struct, kw_only=True):
    """A call of a step as it travels.

    Attributes:
        run: Id of the run.
        id: Id of the call.
        meta: How it is executed.
        function: The function, or module and qualified name under which it is found there.
        arguments: Arguments with slots for the futures, whose values travel beside it.
        key: Key of the call.
    """

    run: str
    id: str
    meta: StepMeta
    function: Callable[..., Any] | tuple[str, str]
    arguments: Any
    key: str


class TaskFuture(Future[Any]):
    """The result of a step that runs as a Ray task; it stays where it is until it is asked for."""

    def __init__(
        self, call: Call, value: ray.ObjectRef[Any], done: ray.ObjectRef[Any], context: RunContext
    ) -> None:
        super().__init__(call.id, done.future(), call.key)
        self.ref = value
        self._done = done
        self._call = call
        self._context = context
        self._pending.add_done_callback(self._tell_end)

    def result(self, timeout: float | None = None) -> Any:
        """Wait for the result and fetch it."""
        if self._context.source.partition("~")[0] == FLOW:
            error = super().exception(timeout)
        else:
            error = self._wait_without_cpu(timeout)
        if error is not None:
            raise self._original(error)
        return ray.get(self.ref)

    def _wait_without_cpu(self, timeout: float | None) -> BaseException | None:
        # Only a wait that Ray knows of lets another step have this one's CPU meanwhile.
        ray.wait([self._done], timeout=timeout, fetch_local=False)
        return super().exception(0 if timeout is not None else None)

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """Wait, then return the error of the step, or `None`."""
        error = super().exception(timeout)
        return None if error is None else self._original(error)

    def __await__(self) -> Any:
        """Wait in an asynchronous flow."""
        import asyncio  # noqa: PLC0415 - only asynchronous flows need it

        return asyncio.to_thread(self.result).__await__()

    def cancel(self) -> None:
        """End the task if it still runs."""
        if not self.done():
            ray.cancel(self._done, force=False)

    def _tell_end(self, _: object) -> None:
        """Say of a step that could not say it itself how it ended: its worker died, or it never began."""
        error = self._pending.exception()
        if error is None:
            return
        origin = self._origin(error)
        if origin is None or origin.step == self.step:
            if origin is not None:
                return
            state = "cancelled" if isinstance(error, ray.exceptions.TaskCancelledError) else "error"
            told = {
                "type": "WorkerDied",
                "message": _first_line(error),
                "code": "KN304",
                "step": self.step,
                "inputs": self._call.inputs(),
                "traceback": "",
                "where": None,
            }
        else:
            state, told = (
                "cancelled",
                {"type": "StepFailed", "message": f"{origin.step} failed", "step": origin.step},
            )
        self._context.emit("step", self._call.told(state) | {"error": told})

    def _origin(self, error: BaseException) -> StepFailed | None:
        cause = getattr(error, "cause", None)
        return cause if isinstance(cause, StepFailed) else None

    def _original(self, error: BaseException) -> BaseException:
        origin = self._origin(error)
        if origin is None:
            return StepFailed(
                f"the worker of step {self.step} died: {_first_line(error)}",
                step=self.step,
                inputs=self._call.inputs(),
                remedy="give the step retries, or more memory",
            )
        body = getattr(origin, "original", None)
        try:
            return origin if body is None else mark(cloudpickle.loads(body), origin)
        except Exception:  # noqa: BLE001 - an exception class that cannot be rebuilt here is told by its text
            return origin


class TaskCaller:
    """Starts steps as Ray tasks."""

    def start(self, call: Call, context: RunContext) -> Future[Any]:
        """Start a call; values of futures go from worker to worker."""
        task = Task(
            run=call.run,
            id=call.id,
            meta=call.meta,
            function=_reference(call.function),
            arguments=call.arguments,
            key=call.key,
        )
        values = [f.ref if isinstance(f, TaskFuture) else f.result() for f in call.futures]
        remote = _remote().options(
            name=call.meta.name, max_retries=call.meta.retries, **options(call.meta.resources, 1)
        )
        value, done = remote.remote(task, *values)
        return TaskFuture(call, value, done, context)


def options(resources: Resources, num_cpus: float) -> dict[str, Any]:
    """Return resources as Ray's options."""
    found: dict[str, Any] = {"num_cpus": num_cpus if resources.num_cpus is None else resources.num_cpus}
    if resources.num_gpus:
        found["num_gpus"] = resources.num_gpus
    if resources.memory:
        found["memory"] = resources.memory
    return found


def _reference(function: Callable[..., Any]) -> Callable[..., Any] | tuple[str, str]:
    module, name = function.__module__, function.__qualname__
    if module.startswith(PREFIX) and "<locals>" not in name:
        return module, name
    return function


@functools.cache
def _remote() -> Any:
    return ray.remote(num_returns=2)(perform_task)


def perform_task(task: Task, *values: Any) -> tuple[Any, None]:
    """Perform a step in this worker; the second result only says that it is done."""
    here = place()
    attempt = ray.get_runtime_context().worker.core_worker.get_current_task_attempt_number() + 1
    context = here.begin(task.run, task.id if attempt == 1 else f"{task.id}~{attempt}")
    call = Call(
        id=task.id,
        meta=task.meta,
        function=_resolve(task.function),
        arguments=task.arguments,
        futures=[],
        key=task.key,
        run=task.run,
    )
    try:
        with bound(context, everywhere=True), captured(context.emit, everywhere=True):
            value, _ = perform(call, put_in(task.arguments, values), context, attempt)
    except Exception as error:  # noqa: BLE001 - the caller gets it
        raise _travelling(error, call) from None
    else:
        return value, None
    finally:
        here.end(context)


def _resolve(function: Callable[..., Any] | tuple[str, str]) -> Callable[..., Any]:
    if not isinstance(function, tuple):
        return function
    module, name = function
    __import__(module)
    found: Any = sys.modules[module]
    for part in name.split("."):
        found = getattr(found, part)
    return cast("Callable[..., Any]", getattr(found, "function", found))


def _travelling(error: Exception, call: Call) -> StepFailed:
    failed = step_failed(error, call.id, call.inputs())
    try:
        body = cloudpickle.dumps(error)
        cloudpickle.loads(body)
        failed.original = body  # type: ignore[attr-defined]
    except Exception:  # noqa: BLE001 - what cannot be pickled, or not be rebuilt, is told by its text
        return failed
    return failed


def _first_line(error: BaseException) -> str:
    if isinstance(error, ray.exceptions.RayTaskError) and error.cause is not None:
        return f"{type(error.cause).__name__}: {error.cause}"
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
