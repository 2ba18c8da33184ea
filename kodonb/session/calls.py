"""Calls of steps: what is called, and how an attempt after another is made."""

from __future__ import annotations

import functools
import hashlib
import inspect
import secrets
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

from kodonb.capture import code_hash
from kodonb.events.kept import Kept, pickled
from kodonb.events.plain import encode, short
from kodonb.flows.context import bound
from kodonb.flows.future import Future, put_in, take_out
from kodonb.model.errors import Cancelled, KodonbError, RunError, RunTimeout
from kodonb.model.flow import StepMeta
from kodonb.session.failures import failure, mark, step_failed
from kodonb.session.interrupt import run_coroutine

if TYPE_CHECKING:
    from kodonb.flows.step import Step
    from kodonb.session.context import RunContext

_LONGEST_BACKOFF: Final = 60.0
_LATE: Final = "step timeout"
_SALT: Final = secrets.token_bytes(32)


class Caller(Protocol):
    """Starts steps: in threads, or on a cluster."""

    def start(self, call: Call, context: RunContext) -> Future[Any]:
        """Start a call and return at once."""


class Call(msgspec.Struct, kw_only=True):
    """A call of a step.

    Attributes:
        id: Id of the call within the run.
        meta: How it is executed.
        function: The step's function.
        arguments: Positional and named arguments, with a `Slot` for each future.
        futures: What the slots wait for.
        key: Same for the same code and arguments; empty when that cannot be known. With a secret among the arguments
            it is the same in this process only.
        run: Id of the run.
    """

    id: str
    meta: StepMeta
    function: Callable[..., Any]
    arguments: tuple[tuple[Any, ...], dict[str, Any]]
    futures: list[Future[Any]]
    key: str
    run: str

    @classmethod
    def of(
        cls, step: Step[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], id_: str, run: str
    ) -> Call:
        """Return the call of a step with these arguments."""
        arguments, futures = take_out((args, kwargs))
        return cls(
            id=id_,
            meta=step.meta,
            function=step.function,
            arguments=arguments,
            futures=futures,
            key=_key(step, arguments, futures),
            run=run,
        )

    def submitted(self) -> dict[str, Any]:
        """Return the payload of the event that says the step was submitted."""
        after = list(dict.fromkeys(future.step for future in self.futures))
        return self.told("submitted") | {"after": after, "inputs": self.inputs()}

    def told(self, state: str, attempt: int = 1) -> dict[str, Any]:
        """Return what every step event says."""
        return {"step": self.id, "name": self.meta.name, "state": state, "attempt": attempt}

    def inputs(self, arguments: tuple[Any, Any] | None = None) -> dict[str, str]:
        """Return short representations of the arguments by parameter name.

        Args:
            arguments: The arguments with every future's value in place; those of the call name the futures.
        """
        args, kwargs = self.arguments if arguments is None else arguments
        try:
            named = inspect.signature(self.function).bind(*args, **kwargs).arguments
        except (TypeError, ValueError):
            named = {str(i): value for i, value in enumerate(args)} | kwargs
        return {name: self._short(value) for name, value in named.items()}

    def _short(self, value: Any) -> str:
        return short(put_in(value, map(_Named, self.futures)) if self.futures else value, 200)


class _Named:
    """Stands for a future in what people read."""

    def __init__(self, future: Future[Any]) -> None:
        self._step = future.step

    def __repr__(self) -> str:
        return self._step


def perform(call: Call, arguments: tuple[Any, Any], context: RunContext, first: int = 1) -> tuple[Any, Kept]:
    """Run a step's function in this thread, with its retries and timeout.

    Args:
        call: The call.
        arguments: Positional and named arguments with every future's value in place.
        context: Context of the step.
        first: Number of the first attempt, if earlier ones died with their worker.

    Returns:
        The result, and its kept value.
    """
    last = call.meta.retries + 1
    for attempt in range(first, last + 1):
        began = time.monotonic()
        context.emit("step", call.told("running", attempt))
        try:
            value = _attempt(call, arguments, context)
            kept = context.keep(value)
        except Cancelled as error:
            context.emit("step", _ended(call, "cancelled", attempt, began) | {"error": failure(error)})
            raise
        except Exception as error:
            inputs = call.inputs(arguments)
            told = _ended(call, "error", attempt, began) | {"error": failure(error, call.id, inputs)}
            context.emit("step", told)
            if attempt >= last:
                mark(error, step_failed(error, call.id, inputs))
                raise
            context.pause(min(call.meta.backoff * 2 ** (attempt - first), _LONGEST_BACKOFF))
        else:
            context.emit("step", _ended(call, "finished", attempt, began) | {"value": kept, "key": call.key})
            if call.meta.cache and call.key:
                context.memory.remember(call.key, kept)
            return value, kept
    raise KodonbError(f"step {call.id} has no attempt left", code="KN304")


def _ended(call: Call, state: str, attempt: int, began: float) -> dict[str, Any]:
    return call.told(state, attempt) | {"seconds": round(time.monotonic() - began, 6)}


def _attempt(call: Call, arguments: tuple[Any, Any], context: RunContext) -> Any:
    args, kwargs = arguments
    limit = call.meta.timeout
    with bound(context), context.interruptible() as block:
        timer = threading.Timer(limit, block.interrupt, (_LATE,)) if limit else None
        if timer is not None:
            timer.daemon = True
            timer.start()
        try:
            value = call.function(*args, **kwargs)
            return run_coroutine(value) if inspect.iscoroutine(value) else value
        except SystemExit as error:
            # A step that wants to end the process must not take its worker along without a word.
            raise RunError(
                f"step {call.id} called sys.exit({error.code!r})",
                code="KN304",
                remedy="return from the step, or raise an error",
            ) from error
        except Cancelled:
            if block.reason != _LATE:
                raise
            raise RunTimeout(
                f"step {call.id} took longer than {limit:g} s",
                remedy="give the step more time, or less to do",
            ) from None
        finally:
            if timer is not None:
                timer.cancel()


def _key(step: Step[..., Any], arguments: Any, futures: list[Future[Any]]) -> str:
    try:
        body, secret = pickled(arguments)
    except Exception:  # noqa: BLE001 - whatever cannot be pickled simply has no key
        return ""
    upstream = [getattr(future, "key", "") for future in futures]
    if "" in upstream:
        return ""
    parts = [step.meta.name.encode(), _code(step).encode(), body, *(key.encode() for key in upstream)]
    if secret:
        # Keys are in the log: nobody shall find a password by trying which one gives the key.
        parts.append(_SALT)
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


@functools.lru_cache(maxsize=256)
def _code(step: Step[..., Any]) -> str:
    # The closure of the step alone: editing the rest of the flow leaves its kept results valid.
    try:
        return code_hash(step)
    except KodonbError:
        return encode([step.function.__module__, step.function.__qualname__]).decode()
