"""What a flow says while it runs: events, displays, questions."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, TypeVar

from kodonb.flows.context import current
from kodonb.flows.mime import bundle
from kodonb.model.errors import UsageError
from kodonb.model.event import KINDS
from kodonb.model.units import seconds

if TYPE_CHECKING:
    from pydantic import BaseModel

M = TypeVar("M", bound="BaseModel")

_RESERVED: Final = frozenset({"meta", "inputs", "status", "step", "final", "lock", "lease"})


def emit(kind: str, payload: Any = None) -> None:
    """Emit an event.

    Args:
        kind: One of `kodonb.model.event.KINDS` that is not reserved for kodonb itself.
        payload: Anything that JSON can express; other objects become their `repr`.

    Raises:
        UsageError: The kind is unknown or reserved (KN005).
    """
    if kind in _RESERVED or kind not in KINDS:
        free = ", ".join(k for k in KINDS if k not in _RESERVED)
        raise UsageError(f"{kind!r} is not a kind that flows emit", code="KN005", remedy=f"use one of {free}")
    current().emit(kind, payload)


def result(value: Any) -> None:
    """Emit a result on the way; the value comes back whole from the event."""
    context = current()
    context.emit("result", context.keep(value))


def action(payload: Any) -> None:
    """Emit what the flow or an agent is doing."""
    current().emit("action", payload)


def debug(payload: Any) -> None:
    """Emit something that helps to understand the run later."""
    current().emit("debug", payload)


def metric(name: str, value: float, step: float | None = None) -> None:
    """Emit a number to be plotted.

    Args:
        name: Name of the series.
        value: The number.
        step: Place on the horizontal axis; order of emission by default.
    """
    current().emit("metric", {"name": name, "value": float(value), "step": step})


def display(obj: Any) -> None:
    """Show an object as a notebook would: DataFrame, figure, anything with a rich representation."""
    current().emit("display", {"mime": bundle(obj)})


def markdown(text: str) -> None:
    """Show Markdown."""
    current().emit("display", {"mime": {"text/markdown": text, "text/plain": text}})


def html(text: str) -> None:
    """Show HTML."""
    current().emit("display", {"mime": {"text/html": text, "text/plain": text}})


def text(text: str) -> None:
    """Show plain text."""
    current().emit("display", {"mime": {"text/plain": text}})


def ask(
    model: type[M], title: str = "", *, timeout: float | str | None = None, default: M | None = None
) -> M:
    """Park the run until somebody answers.

    Outside a run the question is put on the terminal.

    Args:
        model: Pydantic model of the answer; its fields make the form.
        title: The question.
        timeout: Seconds (or ``"24h"``) to wait; for ever by default.
        default: The answer when time is up.

    Returns:
        The validated answer.

    Raises:
        RunTimeout: Time is up and there is no default (KN303).
    """
    found = current().ask(model, title, None if timeout is None else seconds(timeout), default)
    answer: M = found.value
    return answer


async def ask_async(
    model: type[M], title: str = "", *, timeout: float | str | None = None, default: M | None = None
) -> M:
    """Do what `ask` does without blocking the event loop of an asynchronous flow."""
    return await asyncio.to_thread(ask, model, title, timeout=timeout, default=default)
