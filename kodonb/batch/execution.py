"""Executes the cells of one notebook, and waits for the runs that they start."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec
from jupyter_client.kernelspec import NoSuchKernel
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from kodonb.batch import failures
from kodonb.batch.cells import Cell, code_cells, is_executed
from kodonb.batch.channel import Channel
from kodonb.batch.client import CellClient
from kodonb.batch.files import language
from kodonb.batch.outcome import CellOutcome, Outcome, RunOutcome
from kodonb.batch.plan import Plan
from kodonb.batch.told import Ended, Fence, Gone, Happened, Seen, Started, Told, Trouble
from kodonb.model.errors import KodonbError, NotebookError
from kodonb.model.event import Stored

OURS: Final = ("kodonb", "%%flow", "%flow", "%%kumeo")


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How a notebook is executed.

    Attributes:
        kernel: Name of its kernel; the notebook's own by default.
        cwd: Folder in which its kernel starts; the notebook's by default.
        timeout: Seconds that all of it may take.
        cell_timeout: Seconds that a cell may take.
        answers: Answers to questions of its runs (see `kodonb.batch.told.Begin`).
        patience: Seconds until a question that nobody answers ends its run.
    """

    kernel: str = ""
    cwd: Path | None = None
    timeout: float | None = None
    cell_timeout: float | None = None
    answers: dict[str, Any] = {}
    patience: float = 300.0


class Watcher:
    """Hears what happens in a job; what it does not care for it leaves as it is here."""

    def cell(self, outcome: Outcome, number: int, cell: Cell) -> None:
        """Begin of a code cell."""

    def done(self, outcome: Outcome) -> None:
        """End of a code cell, the last of `outcome.cells`."""

    def over(self, outcome: Outcome) -> None:
        """End of the notebook."""

    def run(self, outcome: Outcome, run: RunOutcome) -> None:
        """A run was started, or has ended."""

    def events(self, run: RunOutcome, events: list[Stored]) -> None:
        """Something happened in a run."""


class Execution:
    """Executes one notebook.

    Args:
        planned: The notebook; its cells are changed in place.
        outcome: What became of it is written here as it goes on.
        options: How.
        watcher: Hears of what happens.
        keep: Called after each cell, to write the notebook.
    """

    def __init__(
        self,
        planned: Plan,
        outcome: Outcome,
        options: Options,
        watcher: Watcher,
        keep: Callable[[], Any],
    ) -> None:
        self._notebook = planned.notebook
        self._environment = planned.environment
        self._outcome = outcome
        self._options = options
        self._watcher = watcher
        self._keep = keep
        self._loop = asyncio.get_running_loop()
        self._runs: dict[str, RunOutcome] = {}
        self._troubles: dict[str, KodonbError] = {}
        self._seen: set[str] = set()
        self._over: set[str] = set()
        self._news = asyncio.Event()
        self._fence = asyncio.Event()
        self._relayed = self._gone = False
        self._number = 0

    async def perform(self) -> None:
        """Execute the cells and wait for their runs.

        Raises:
            NotebookError: A cell or a run failed (KN602), the kernel did not start (KN603) or died (KN604), or
                nobody answered a question (KN607).
            RunTimeout: Time is up (KN303).
        """
        try:
            async with asyncio.timeout(self._options.timeout):
                await self._perform()
        except TimeoutError:
            raise failures.late(self._name, self._where(), self._options.timeout or 0, self._open()) from None

    async def _perform(self) -> None:
        kernel = self._options.kernel or self._notebook.metadata.get("kernelspec", {}).get("name", "python3")
        folder = self._options.cwd or Path(self._outcome.notebook).parent
        client = CellClient(self._notebook, kernel, str(folder), self._options.cell_timeout)
        channel = Channel(self._hear) if self._is_ours() else None
        whole = False
        try:
            await self._begin(client, channel, kernel)
            await self._execute(client)
            client.set_widgets_metadata()
            await self._runs_end(client)
            whole = True
        finally:
            await asyncio.shield(client.end(at_once=not whole))
            if channel is not None:
                channel.close()

    def _is_ours(self) -> bool:
        sources = (cell.source for cell in code_cells(self._notebook))
        return language(self._notebook) == "python" and any(word in text for text in sources for word in OURS)

    async def _begin(self, client: CellClient, channel: Channel | None, kernel: str) -> None:
        quiet = {"KODONB_WIDGETS": "off", **self._environment}
        try:
            await client.begin(os.environ | quiet)
        except NoSuchKernel:
            raise failures.unknown_kernel(kernel, self._name) from None
        except (RuntimeError, TimeoutError, OSError) as error:
            if _cancelled():
                raise asyncio.CancelledError from None
            raise failures.unstarted(kernel, self._name, error) from None
        if channel is not None:
            source = channel.source(self._options.answers, self._options.patience)
            self._relayed = await client.ask(source)
            if not self._relayed:
                self._outcome.warnings.append(
                    f"kernel {kernel!r} has no kodonb: runs in it are not waited for"
                )

    async def _execute(self, client: CellClient) -> None:
        for place, cell in enumerate(self._notebook.cells):
            if not is_executed(cell):
                continue
            self._number += 1
            self._watcher.cell(self._outcome, self._number, cell)
            began = time.perf_counter()
            error = await self._cell(client, place, cell)
            client.cut(place, cell)
            self._note(cell, time.perf_counter() - began, error)
            if error is not None:
                raise self._trouble() or error

    def _trouble(self) -> KodonbError | None:
        """Return why a run of this cell was cancelled from here: that is what its error comes from."""
        here = (run.run for run in self._outcome.runs if run.cell == self._number)
        return next((self._troubles[run] for run in here if run in self._troubles), None)

    async def _cell(self, client: CellClient, place: int, cell: Cell) -> KodonbError | None:
        """Execute a cell; return why it failed."""
        try:
            await client.async_execute_cell(cell, place, execution_count=self._number)
        except CellExecutionError as error:
            return failures.cell(self._where(), cell, error)
        except CellTimeoutError:
            return failures.late(self._name, self._where(), self._options.cell_timeout or 0, self._open())
        except DeadKernelError:
            if _cancelled():  # nbclient takes its own end for the kernel's
                raise asyncio.CancelledError from None
            return failures.dead(self._where())
        return None

    def _note(self, cell: Cell, took: float, error: KodonbError | None) -> None:
        title = next(iter(cell.source.strip().splitlines()), "")
        said = "" if error is None else f"{error.code}: {error.message}"
        self._outcome.cells.append(
            CellOutcome(number=self._number, id=cell.get("id", ""), title=title, seconds=took, error=said)
        )
        self._keep()
        self._watcher.done(self._outcome)

    async def _runs_end(self, client: CellClient) -> None:
        """Wait for the runs that no cell waited for: their failure is the job's."""
        await self._fenced(client)
        while self._open():
            self._news.clear()
            await self._news.wait()
            if self._gone:
                raise failures.dead(self._where())
        for run in self._outcome.runs:
            if run.status != "finished" and run.run not in self._seen:
                raise self._troubles.get(run.run) or failures.run(self._name, run)

    async def _fenced(self, client: CellClient) -> None:
        """Wait until everything that the kernel has told so far is here."""
        if not self._relayed:
            return
        self._fence.clear()
        if not await client.ask("__import__('kodonb.batch.relay', fromlist=['']).fence()"):
            raise failures.dead(self._where())
        await self._fence.wait()

    def _open(self) -> list[str]:
        return [run for run in self._runs if run not in self._over]

    @property
    def _name(self) -> str:
        return Path(self._outcome.notebook).name

    def _where(self) -> str:
        return f"{self._name}, cell {self._number}"

    # What the kernel tells, in the channel's thread

    def _hear(self, told: Told) -> None:
        self._loop.call_soon_threadsafe(self._take, told)

    def _take(self, told: Told) -> None:
        match told:
            case Started(run, flow, count):
                self._runs[run] = RunOutcome(run=run, flow=flow, cell=count)
                self._outcome.runs.append(self._runs[run])
                self._keep()  # whatever ends this job, its runs can be found
                self._watcher.run(self._outcome, self._runs[run])
            case Happened(run, events):
                told_status = [stored for stored in events if stored.kind == "status"]
                if told_status:
                    self._runs[run].status = str(msgspec.json.decode(told_status[-1].payload)["status"])
                self._watcher.events(self._runs[run], events)
            case Trouble(run, code, message, remedy):
                where = f"{self._name}, cell {self._runs[run].cell}"
                self._troubles[run] = NotebookError(message, code=code, where=where, remedy=remedy)
            case Ended(run, status, reason):
                self._runs[run].status, self._runs[run].reason = status, reason
                self._over.add(run)
                self._news.set()
                self._watcher.run(self._outcome, self._runs[run])
            case Seen(run):
                self._seen.add(run)
            case Fence():
                self._fence.set()
            case Gone():
                self._gone = True
                self._news.set()
                self._fence.set()


def _cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
