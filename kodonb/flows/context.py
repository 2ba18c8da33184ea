"""The seam between user code and what carries it.

User code calls `kodonb.emit`, `kodonb.ask`, `step.submit`; each looks up the current `Context`.
A session binds one around a flow or step. Outside a run the `LocalContext` does something
sensible in this process.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from pydantic import BaseModel

    from kodonb.flows.future import Future
    from kodonb.flows.step import Step


class Answered(NamedTuple):
    """What became of a question.

    Attributes:
        value: An instance of the model that was asked for.
        by: Who answered; empty if that is not known, or if it is the default.
    """

    value: Any
    by: str = ""


class Context(Protocol):
    """What a run offers to the code that runs in it."""

    @property
    def run(self) -> str:
        """Id of the run; empty outside a run."""

    @property
    def source(self) -> str:
        """Name under which this code emits."""

    def emit(self, kind: str, payload: Any) -> None:
        """Take an event; blocks only while the event log is slower than the flow."""

    def keep(self, value: Any) -> dict[str, Any]:
        """Return a kept value (see the event reference) from which `value` comes back."""

    def ask(self, model: type[BaseModel], title: str, timeout: float | None, default: Any) -> Answered:
        """Park the run until the question is answered with an instance of `model`."""

    def call(self, step: Step[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Future[Any]:
        """Start a step and return at once."""


_current: ContextVar[Context | None] = ContextVar("kodonb_context", default=None)
_everywhere: list[Context] = []


def current() -> Context:
    """Return the context of this task or thread, of this process, or the local one."""
    return _current.get() or (_everywhere[-1] if _everywhere else _local())


def in_run() -> bool:
    """Whether the calling code runs in a run."""
    return bool(current().run)


@contextmanager
def bound(context: Context, *, everywhere: bool = False) -> Iterator[None]:
    """Make a context current for the block.

    Args:
        context: The context.
        everywhere: Also for threads of this process that have none of their own.
    """
    token = _current.set(context)
    if everywhere:
        _everywhere.append(context)
    try:
        yield
    finally:
        if everywhere:
            _everywhere.remove(context)
        _current.reset(token)


def _local() -> Context:
    from kodonb.flows.local import LOCAL  # noqa: PLC0415 - the local context is made of what stands on this seam

    return LOCAL
