"""Errors of a job, each with its cell and the way out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_client.kernelspec import KernelSpecManager

from kodonb.batch.cells import Cell
from kodonb.batch.outcome import Outcome, RunOutcome
from kodonb.batch.tracebacks import lines, plain
from kodonb.model.errors import KodonbError, NotebookError, RunTimeout

if TYPE_CHECKING:
    from nbclient.exceptions import CellExecutionError


def data(error: KodonbError) -> dict[str, Any]:
    """Return an error as data: `code`, `message`, `where`, `remedy`, and `traceback`, which may be empty."""
    fields: Mapping[str, Any] = {
        name: getattr(error, name) for name in ("code", "message", "where", "remedy")
    }
    return {**fields, "traceback": "\n".join(getattr(error, "__notes__", ()))}


def outcome(notebook: Path, output: Path | None, error: KodonbError) -> Outcome:
    """Return what became of a notebook that an error has kept from being executed."""
    return Outcome(notebook=str(notebook), output=str(output or ""), status="failed", error=data(error))


def cell(where: str, source: Cell, error: CellExecutionError) -> NotebookError:
    """Return the error of a cell that raised, with the line in which it did."""
    traceback = plain("\n".join(_traceback(source)) or error.traceback)
    line = _line(traceback, source)
    told = NotebookError(
        f"{error.ename}: {error.evalue}".strip().partition("\n")[0],
        where=f"{where}, line {line}" if line else where,
        remedy="mend the cell; the executed notebook holds the whole traceback",
    )
    told.add_note(traceback)
    return told


def _traceback(source: Cell) -> list[str]:
    shown = [output for output in source.outputs if output.output_type == "error"]
    return list(shown[-1].traceback) if shown else []


def _line(traceback: str, source: Cell) -> int | None:
    """Return the last line of this cell that the traceback goes through."""
    own = [line for count, line in lines(traceback) if count == source.get("execution_count")]
    return own[-1] if own else None


def run(name: str, failed: RunOutcome) -> NotebookError:
    """Return the error of a run that failed and that no cell waited for."""
    return NotebookError(
        f"run {failed.run} of {failed.flow} ended in {failed.status}: {failed.reason}".rstrip(": "),
        where=f"{name}, cell {failed.cell}",
        remedy=f"see it with kodonb show {failed.run}",
    )


def late(name: str, where: str, seconds: float, runs: Sequence[str]) -> RunTimeout:
    """Return the error of a job, or a cell, that took too long."""
    going = f"; on the cluster goes on: {', '.join(runs)}" if runs else ""
    return RunTimeout(
        f"{name} has not ended after {seconds:g} s{going}",
        where=where,
        remedy="give it more time (--timeout, --cell-timeout)",
    )


def dead(where: str) -> NotebookError:
    """Return the error of a kernel that ended by itself."""
    return NotebookError(
        "the kernel died",
        code="KN604",
        where=where,
        remedy="look for what ends the process there: memory, os._exit, a signal, a crash in native code",
    )


def unknown_kernel(kernel: str, name: str) -> NotebookError:
    """Return the error of a kernel that is not installed."""
    known = sorted(KernelSpecManager().find_kernel_specs())
    return NotebookError(
        f"there is no kernel {kernel!r}",
        code="KN603",
        where=name,
        remedy=f"install it, or choose one with --kernel: {', '.join(known) or 'none is installed'}",
    )


def unstarted(kernel: str, name: str, error: Exception) -> NotebookError:
    """Return the error of a kernel that is installed and does not start."""
    return NotebookError(
        f"kernel {kernel!r} did not start: {str(error).partition(chr(10))[0]}",
        code="KN603",
        where=name,
        remedy="start it by hand (jupyter console --kernel …) and see what it says",
    )
