"""Results of steps that are still being computed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future as Pending
from concurrent.futures import TimeoutError as PendingTimeout
from typing import Any, Generic, TypeVar

from kodonb.model.errors import RunTimeout

T = TypeVar("T")


class Future(Generic[T]):
    """The result of a step call, now or later.

    Pass it as an argument to another step (also inside lists, tuples and dicts) to make that step
    wait for it; ask for `result()`, or `await` it.

    Attributes:
        step: Id of the step call, e.g. ``"train#3"``.
        key: Same for the same code and arguments; empty when that is not known.
    """

    def __init__(
        self, step: str, pending: Pending[T], key: str = "", stop: Callable[[], object] | None = None
    ) -> None:
        self.step = step
        self.key = key
        self._pending = pending
        self._stop = stop

    def result(self, timeout: float | None = None) -> T:
        """Wait for the result.

        Args:
            timeout: Seconds to wait at most.

        Raises:
            StepFailed: The step raised or its worker died.
            RunTimeout: The time is up; the step goes on.
        """
        try:
            return self._pending.result(timeout)
        except PendingTimeout:
            if self._pending.done():
                raise
            raise RunTimeout(f"step {self.step} has no result after {timeout:g} s") from None

    def done(self) -> bool:
        """Whether a result or an error is there."""
        return self._pending.done()

    def cancelled(self) -> bool:
        """Whether the step was cancelled before it began."""
        return self._pending.cancelled()

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """Wait, then return the error of the step, or `None` when it succeeded."""
        return self._pending.exception(timeout)

    def cancel(self) -> None:
        """Ask the step to end; one that is done stays done."""
        if not self._pending.cancel() and not self.done() and self._stop is not None:
            self._stop()

    def then(self, callback: Callable[[Future[T]], object]) -> None:
        """Call back in some thread when the result is there, at once if it is already."""
        self._pending.add_done_callback(lambda _: callback(self))

    def __await__(self) -> Generator[Any, None, T]:
        """Wait in an asynchronous flow."""
        return asyncio.wrap_future(self._pending).__await__()

    def __repr__(self) -> str:
        """Name the step and whether it is done."""
        return f"<Future {self.step} {'done' if self.done() else 'pending'}>"


class Futures(list[Future[T]]):
    """The futures of `step.map`, in the order of its inputs."""

    def results(self, timeout: float | None = None) -> list[T]:
        """Wait for all results, in order."""
        return [future.result(timeout) for future in self]

    def __await__(self) -> Generator[Any, None, list[T]]:
        """Wait for all results in an asynchronous flow."""
        return self._gather().__await__()

    async def _gather(self) -> list[T]:
        return [await future for future in self]


class Slot:
    """Stands in call arguments for the n-th future."""

    __slots__ = ("index",)

    def __init__(self, index: int) -> None:
        self.index = index

    def __reduce__(self) -> tuple[type[Slot], tuple[int]]:
        """Travel as the index alone."""
        return Slot, (self.index,)

    def __repr__(self) -> str:
        """Stand for a value that is not here."""
        return "…"


def take_out(tree: Any) -> tuple[Any, list[Future[Any]]]:
    """Replace every future in nested lists, tuples and dicts by a `Slot`; return both."""
    futures: list[Future[Any]] = []

    def walk(node: Any) -> Any:
        if isinstance(node, Future):
            futures.append(node)
            return Slot(len(futures) - 1)
        return _rebuilt(node, walk)

    return walk(tree), futures


def put_in(tree: Any, values: Iterable[Any]) -> Any:
    """Replace every `Slot` of a tree made by `take_out` by its value."""
    found = list(values)

    def walk(node: Any) -> Any:
        return found[node.index] if isinstance(node, Slot) else _rebuilt(node, walk)

    return walk(tree)


def _rebuilt(node: Any, walk: Callable[[Any], Any]) -> Any:
    if type(node) in (list, Futures):
        return [walk(item) for item in node]
    if type(node) is tuple:
        return tuple(walk(item) for item in node)
    if type(node) is dict:
        return {key: walk(item) for key, item in node.items()}
    return node
