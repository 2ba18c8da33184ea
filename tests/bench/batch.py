"""What executing notebooks costs beside bare nbclient and beside papermill."""

from __future__ import annotations

import asyncio
import logging
import os
import statistics
import tempfile
import warnings
from collections.abc import Awaitable, Callable
from pathlib import Path

import nbformat
import psutil
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from kodonb.batch.execution import Watcher
from kodonb.batch.job import Job, perform
from kodonb.batch.many import perform_all
from tests.bench.cluster import Clusters
from tests.bench.measure import Measure, medians, seconds

_BUSY = """import time
until = time.process_time() + {seconds}
while time.process_time() < until:
    sum(range(1000))
"""
_WAIT = "import time\ntime.sleep(6)"


def measure(clusters: Clusters) -> list[Measure]:
    """Measure a notebook of 50 cells, sixteen that compute, and what one more costs in memory."""
    logging.getLogger("papermill").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        os.environ.setdefault("JUPYTER_PREFER_ENV_PATH", "1")
        return [*_cells(home, 3 if clusters.quick else 9), _many(home, quick=clusters.quick), _memory(home)]


def _cells(home: Path, rounds: int) -> list[Measure]:
    path = _notebook(home / "cells.ipynb", *[f"x = {number}\nprint(x)" for number in range(50)])
    ours, bare, papermill = medians(
        lambda: seconds(lambda: asyncio.run(perform(Job(path=path, output=home / "ours.ipynb")))),
        lambda: seconds(lambda: _nbclient(path, home / "bare.ipynb")),
        lambda: seconds(lambda: _papermill(path, home / "papermill.ipynb")),
        rounds=rounds,
    )
    return [
        Measure(name="a notebook of 50 cells", value=ours, unit="s", beside="nbclient", baseline=bare,
                ratio_at_most=1.05),
        Measure(name="a notebook of 50 cells", value=ours, unit="s", beside="papermill", baseline=papermill,
                ratio_at_most=1.0),
    ]  # fmt: skip


def _many(home: Path, *, quick: bool) -> Measure:
    count, each = (4, 1) if quick else (16, 2)
    paths = [_notebook(home / f"busy{n}.ipynb", _BUSY.format(seconds=each)) for n in range(count)]
    jobs = [Job(path=path, output=home / f"done-{path.name}") for path in paths]
    ours = seconds(lambda: asyncio.run(perform_all(jobs, len(os.sched_getaffinity(0)), Watcher())))
    papermill = seconds(lambda: [_papermill(path, home / f"papermill-{path.name}") for path in paths])
    return Measure(name=f"{count} notebooks of {each} s CPU each", value=ours, unit="s",
                   beside="papermill, one by one", baseline=papermill, ratio_at_most=0.6)  # fmt: skip


def _memory(home: Path) -> Measure:
    paths = [_notebook(home / f"wait{n}.ipynb", _WAIT) for n in range(4)]

    async def ours(count: int) -> None:
        await perform_all(
            [Job(path=path, output=home / f"w-{path.name}") for path in paths[:count]], 4, Watcher()
        )

    async def bare(count: int) -> None:
        clients = [NotebookClient(nbformat.read(path, as_version=4)) for path in paths[:count]]
        await asyncio.gather(*(client.async_execute() for client in clients))

    return Measure(name="memory of one more notebook", value=_growth(ours), unit="MB", beside="nbclient",
                   baseline=_growth(bare), ratio_at_most=1.1)  # fmt: skip


def _growth(work: Callable[[int], Awaitable[None]]) -> float:
    """Return how many megabytes each of three more notebooks takes."""
    one, four = (statistics.median(asyncio.run(_held(work, count)) for _ in range(3)) for count in (1, 4))
    return (four - one) / 3


async def _held(work: Callable[[int], Awaitable[None]], count: int) -> float:
    """Return the most megabytes that this process and its children hold for themselves while notebooks wait."""
    task = asyncio.ensure_future(work(count))
    most = 0.0
    while not task.done():
        await asyncio.sleep(0.25)
        held = 0
        for process in (psutil.Process(), *psutil.Process().children(recursive=True)):
            try:
                held += process.memory_full_info().uss
            except psutil.Error:
                continue  # it has ended meanwhile
        most = max(most, held / 1e6)
    await task
    return most


def _notebook(path: Path, *sources: str) -> Path:
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = [new_code_cell(source) for source in sources]
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    return path


def _nbclient(path: Path, output: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook).execute()
    nbformat.write(notebook, output)


def _papermill(path: Path, output: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import papermill

        papermill.execute_notebook(path, output, progress_bar=False)
