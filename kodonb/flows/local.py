"""What the verbs do outside a run."""

from __future__ import annotations

import asyncio
import inspect
import itertools
import json
import sys
from typing import TYPE_CHECKING, Any

from kodonb.flows.context import Answered, bound
from kodonb.flows.future import Future, put_in, take_out
from kodonb.flows.threads import Threads

if TYPE_CHECKING:
    from pydantic import BaseModel

    from kodonb.flows.step import Step


class LocalContext:
    """No run: events are printed where a person would want to see them, steps run in threads."""

    run = ""
    source = "local"

    def __init__(self) -> None:
        self._threads: Threads | None = None
        self._count = itertools.count(1)

    def emit(self, kind: str, payload: Any) -> None:
        """Print displays and actions; let bookkeeping such as progress and metrics pass."""
        if kind == "display":
            show(payload["mime"])
        elif kind in {"action", "agent", "result", "error"}:
            sys.stdout.write(f"{kind}: {_short(payload)}\n")

    def keep(self, value: Any) -> dict[str, Any]:
        """Return what `emit` prints of a result."""
        return {"repr": repr(value)}

    def ask(self, model: type[BaseModel], title: str, timeout: float | None, default: Any) -> Answered:
        """Put the question on the terminal, field by field."""
        if default is not None and (timeout is not None or not sys.stdin.isatty()):
            return Answered(default)
        sys.stdout.write(f"{title or model.__name__}\n")
        answers = {name: input(f"  {name}: ") for name in model.model_fields}
        return Answered(model.model_validate_strings({name: text for name, text in answers.items() if text}))

    def call(self, step: Step[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Future[Any]:
        """Run the step in a thread of this process."""
        self._threads = self._threads or Threads()
        tree, futures = take_out((args, kwargs))

        def perform() -> Any:
            args, kwargs = put_in(tree, [future.result() for future in futures])
            with bound(self):
                value: Any = step.function(*args, **kwargs)
                return asyncio.run(value) if inspect.iscoroutine(value) else value

        return self._threads.start(f"{step.meta.name}#{next(self._count)}", perform, futures)


def show(mime: dict[str, Any]) -> None:
    """Show a MIME bundle in the notebook, or its text on the terminal."""
    ipython = sys.modules.get("IPython")
    if ipython is not None and ipython.get_ipython() is not None:
        sys.modules["IPython.display"].display(mime, raw=True)
    else:
        sys.stdout.write(f"{mime.get('text/plain', '')}\n")


def _short(payload: Any) -> str:
    if isinstance(payload, dict) and set(payload) == {"repr"}:
        return str(payload["repr"])
    return payload if isinstance(payload, str) else json.dumps(payload, default=repr)


LOCAL = LocalContext()
