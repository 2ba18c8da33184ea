"""Steps: functions of a flow that run as their own tasks."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any, Generic, ParamSpec, TypeVar, overload

import msgspec

from kodonb.flows.context import current
from kodonb.flows.future import Future, Futures
from kodonb.model.errors import FlowError
from kodonb.model.flow import Resources, StepMeta
from kodonb.model.units import seconds, size

P = ParamSpec("P")
T = TypeVar("T")


class Step(Generic[P, T]):
    """A function that can run as a task of its own.

    Calling it is a plain call; `submit` starts a task.

    Attributes:
        meta: How the step is executed.
        function: The function.
    """

    def __init__(self, function: Callable[P, T], meta: StepMeta) -> None:
        self.function = function
        self.meta = meta
        functools.update_wrapper(self, function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """Call the function right here."""
        return self.function(*args, **kwargs)

    def submit(self, *args: Any, **kwargs: Any) -> Future[T]:
        """Start the step as a task.

        Args:
            *args: Arguments of the function; futures of other steps become edges of the graph.
            **kwargs: The same by name.

        Returns:
            The future of its result.
        """
        self._check(args, kwargs)
        return current().call(self, args, kwargs)

    def map(self, *iterables: Iterable[Any], **constants: Any) -> Futures[T]:
        """Start one task for each item, or for each row of several iterables.

        Args:
            *iterables: Positional arguments, item by item; they must be of one length.
            **constants: The same named arguments for every call.
        """
        return Futures(self.submit(*items, **constants) for items in zip(*iterables, strict=True))

    def _check(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        try:
            inspect.signature(self.function).bind(*args, **kwargs)
        except TypeError as error:
            raise FlowError(
                f"step {self.meta.name}: {error}",
                remedy=f"call it as {self.meta.name}{inspect.signature(self.function)}",
            ) from None

    def __repr__(self) -> str:
        """Show name and signature."""
        return f"<Step {self.meta.name}{inspect.signature(self.function)}>"


@overload
def step(function: Callable[P, T], /) -> Step[P, T]: ...
@overload
def step(
    *,
    name: str | None = None,
    retries: int = 0,
    backoff: float | str = 0.1,
    timeout: float | str | None = None,
    cache: bool | float | str = False,
    num_cpus: float | None = None,
    num_gpus: float = 0,
    memory: int | str = 0,
) -> Callable[[Callable[P, T]], Step[P, T]]: ...
def step(
    function: Callable[P, T] | None = None,
    /,
    *,
    name: str | None = None,
    retries: int = 0,
    backoff: float | str = 0.1,
    timeout: float | str | None = None,
    cache: bool | float | str = False,
    num_cpus: float | None = None,
    num_gpus: float = 0,
    memory: int | str = 0,
) -> Any:
    """Make a function a step: `step(x)` is a plain call, `step.submit(x)` a task.

    Args:
        function: The function, when used without options.
        name: Name shown in events; the function's name by default.
        retries: How often it is tried again after an error or when its worker dies.
        backoff: Seconds (or ``"2s"``) before the first new try, doubled each time.
        timeout: Seconds (or ``"5m"``) that one attempt may take.
        cache: Whether, or for how long (seconds or ``"24h"``), a result may be reused by later runs
            for the same code and arguments.
        num_cpus: Logical CPUs an attempt occupies; 1 by default.
        num_gpus: Logical GPUs it occupies.
        memory: Bytes (or ``"2GiB"``) it occupies.

    Raises:
        FlowError: An option is malformed.
    """
    if retries < 0:
        raise FlowError(f"retries must not be negative, not {retries}")
    meta = StepMeta(
        name=name or "",
        retries=retries,
        backoff=seconds(backoff),
        timeout=None if timeout is None else seconds(timeout),
        cache=(float("inf") if cache else 0.0) if isinstance(cache, bool) else seconds(cache),
        resources=Resources(num_cpus=num_cpus, num_gpus=num_gpus, memory=size(memory)),
    )

    def decorate(target: Callable[P, T]) -> Step[P, T]:
        return Step(target, meta if name else _named(meta, target.__name__))

    return decorate if function is None else decorate(function)


def _named(meta: StepMeta, name: str) -> StepMeta:
    return msgspec.structs.replace(meta, name=name)
