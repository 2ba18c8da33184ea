"""The kernel of one notebook, from its first cell to its last."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from jupyter_client.kernelspec import NoSuchKernel
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from kodonb.batch import failures
from kodonb.batch.client import CellClient
from kodonb.batch.files import Notebook
from kodonb.model.errors import KodonbError, NotebookError

T = TypeVar("T")

_SILENT: Final = logging.getLogger(__name__)
_SILENT.setLevel(logging.CRITICAL + 1)  # what nbclient logs, a report tells


class Reply(NamedTuple):
    """What a cell answered: its outputs, and what it raised, if it did: name, message and traceback."""

    outputs: list[Any]
    raised: tuple[str, str, str] | None


class Kernel:
    """Executes cells of a notebook in its folder; started by the first of them.

    Args:
        notebook: The notebook; its cells are changed in place.
        path: Its file.
        name: Name of the kernel; the notebook's own by default.
        timeout: Seconds that a cell may take.
    """

    def __init__(self, notebook: Notebook, path: Path, name: str, timeout: float | None) -> None:
        self._notebook = notebook
        self._path = path
        self._name = name or notebook.metadata.get("kernelspec", {}).get("name") or "python3"
        self._client = CellClient(notebook, self._name, str(path.parent), timeout)
        self._client.allow_errors = True  # they are looked at here
        self._client.on_cell_executed = self._take
        self._client.log = _SILENT
        self._timeout = timeout
        # A loop of its own, and not the current one: what other tests do with loops is no matter here.
        self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self._started = False
        self._over: KodonbError | None = None
        self._reply: dict[str, Any] = {}

    def execute(self, place: int, where: str) -> Reply:
        """Execute a cell.

        Args:
            place: Its place in the notebook, from 0.
            where: Its name for people.

        Raises:
            NotebookError: The kernel did not start (KN603) or died (KN604), now or earlier, or the cell took too
                long (KN602).
        """
        if self._over is None:
            try:
                return self._run(self._execute(place))
            except DeadKernelError:
                self._over = failures.dead(where)
            except CellTimeoutError:
                self._over = self._late(where)
            except KodonbError as error:
                self._over = error
            self._run(self._client.end(at_once=True))
        raise self._over

    async def _execute(self, place: int) -> Reply:
        if not self._started:
            await self._start()
        cell = self._notebook.cells[place]
        self._reply = {}
        await self._client.async_execute_cell(cell, place)
        self._client.cut(place, cell)
        return Reply(list(cell.outputs), _raised(self._reply))

    async def _start(self) -> None:
        try:
            await self._client.begin(dict(os.environ))
        except NoSuchKernel:
            error = failures.unknown_kernel(self._name, self._path.name)
            error.remedy = (error.remedy or "").replace("--kernel", "--notebooks-kernel")
            raise error from None
        except (RuntimeError, TimeoutError, OSError) as reason:
            raise failures.unstarted(self._name, self._path.name, reason) from None
        self._started = True

    def _take(self, *, cell: Any, cell_index: int, execute_reply: dict[str, Any]) -> None:  # noqa: ARG002 - as called
        self._reply = execute_reply["content"]

    def _late(self, where: str) -> NotebookError:
        return NotebookError(
            f"the cell has not ended after {self._timeout:g} s; its kernel was stopped",
            where=where,
            remedy="give it more time (notebooks_timeout)",
        )

    def _run(self, what: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(what)

    def stop(self) -> None:
        """Stop the kernel."""
        if self._started and self._over is None:
            self._run(self._client.end(at_once=False))
        self._runner.close()


def _raised(reply: dict[str, Any]) -> tuple[str, str, str] | None:
    # Not by outputs of the kind `error`: not every error leaves one.
    if reply.get("status") != "error":
        return None
    return reply.get("ename", ""), reply.get("evalue", ""), "\n".join(reply.get("traceback", ()))
