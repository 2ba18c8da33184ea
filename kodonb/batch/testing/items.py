"""Notebooks and their cells, as pytest collects and runs them."""

from __future__ import annotations

import copy
import functools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from kodonb.batch.files import Notebook, read
from kodonb.batch.testing import tags
from kodonb.batch.testing.compare import differences
from kodonb.batch.testing.failure import CellFailure, Place, shown
from kodonb.batch.testing.sanitize import sanitizer
from kodonb.batch.tracebacks import lines, plain
from kodonb.model.errors import KodonbError

if TYPE_CHECKING:
    from kodonb.batch.testing.kernel import Kernel, Reply

_PRINTED: Final = 10_000  # characters of a stream that a report tells


class NotebookFile(pytest.File):
    """A notebook: its code cells are tests, and share a kernel."""

    notebook: Notebook
    cells: list[CellItem]

    def collect(self) -> Iterator[pytest.Item]:
        """Yield the code cells; empty ones are none.

        Raises:
            pytest.Collector.CollectError: It is no notebook, or a damaged one (KN601).
        """
        try:
            self.notebook = read(self.path)
        except KodonbError as error:
            raise self.CollectError(str(error)) from None
        named = _named(self.path)
        code = [
            p
            for p, cell in enumerate(self.notebook.cells)
            if cell.cell_type == "code" and cell.source.strip()
        ]
        self.cells = []
        for number, place in enumerate(code, 1):
            own = self.notebook.cells[place].id
            name = f"cell {number} ({own})" if own in named else f"cell {number}"
            self.cells.append(CellItem.from_parent(self, name=name, place=place))
        yield from self.cells

    @functools.cached_property
    def kernel(self) -> Kernel:
        """The kernel that all cells share."""
        from kodonb.batch.testing.kernel import Kernel  # noqa: PLC0415 - nbclient is loaded where cells are executed

        told = self.config.getoption("notebooks_timeout")
        timeout = float(self.config.getini("notebooks_timeout") if told is None else told)
        name = self.config.getoption("notebooks_kernel") or self.config.getini("notebooks_kernel")
        return Kernel(self.notebook, self.path, name, timeout or None)

    @functools.cached_property
    def clean(self) -> Callable[[str], str]:
        """Takes out of outputs what differs each time."""
        told = self.config.getoption("notebooks_sanitize")
        return sanitizer([*self.config.getini("notebooks_sanitize"), *([Path(told)] if told else [])])

    def teardown(self) -> None:
        """Stop the kernel after the last cell."""
        if "kernel" in vars(self):
            self.kernel.stop()
            del self.kernel


class CellItem(pytest.Item):
    """A code cell.

    Args:
        place: Its place among all cells of the notebook, from 0.
        more: What pytest says of every item.
    """

    parent: NotebookFile

    def __init__(self, *, place: int, **more: Any) -> None:
        super().__init__(**more)
        self.place = place
        self.cell = self.parent.notebook.cells[place]
        self.source = self.cell.source
        self.asked = tags.asked(self.cell)
        self._saved = copy.deepcopy(self.cell.outputs)
        self._compared = self.cell.execution_count is not None or bool(self._saved)
        self._executed = False
        self._line: int | None = None
        tags.mark(self, self.asked)

    def runtest(self) -> None:
        """Execute the cell, and those before it that were not: a test chosen alone finds what it needs."""
        for cell in self.parent.cells:
            if cell.place < self.place and not cell.executed and not cell.asked & tags.SKIP:
                cell.execute()
        reply = self.execute()
        self._tell(reply)
        self._judge(reply)
        if self._compares() and (found := differences(self._saved, reply.outputs, self.parent.clean)):
            raise CellFailure("\n".join(["outputs are not as saved", *found]), [self._at()])

    def execute(self) -> Reply:
        """Execute the cell."""
        self._executed = True
        return self.parent.kernel.execute(self.place, f"{self.parent.path.name}, {self.name}")

    @property
    def executed(self) -> bool:
        """Whether the cell was executed."""
        return self._executed

    def _tell(self, reply: Reply) -> None:
        for name in ("stdout", "stderr"):
            printed = "".join(o.text for o in reply.outputs if o.output_type == "stream" and o.name == name)
            if printed:
                self.add_report_section("call", name, printed[-_PRINTED:])

    def _judge(self, reply: Reply) -> None:
        must = bool(self.asked & tags.RAISES)
        if reply.raised is None and must:
            raise CellFailure("the cell raised nothing, but has the tag raises-exception", [self._at()])
        if reply.raised is not None and not must:
            name, message, traceback = reply.raised
            raise CellFailure(plain(f"{name}: {message}"), self._places(lines(plain(traceback))))

    def _places(self, found: list[tuple[int, int]]) -> list[Place]:
        """Return where an error came from: the line of this cell, and the last line, if another cell has it."""
        count = self.cell.execution_count
        own = [line for number, line in found if number == count]
        self._line = own[-1] if own else None
        places = [self._at()]
        if found and found[-1][0] != count:
            others = (cell for cell in self.parent.cells if cell.executed and cell is not self)
            places += [
                Place(cell.name, cell.source, found[-1][1])
                for cell in others
                if cell.cell.execution_count == found[-1][0]
            ]
        return places

    def _at(self) -> Place:
        return Place(self.name, self.source, self._line)

    def _compares(self) -> bool:
        if self.asked & (tags.IGNORE | tags.CHECK):
            return bool(self.asked & tags.CHECK)
        told = self.config.getoption("notebooks_compare") or self.config.getini("notebooks_compare")
        return self._compared and bool(told)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Tell of a failure by cell and line; of anything else as pytest does."""
        error = excinfo.value
        if isinstance(error, KodonbError):
            error = CellFailure(str(error), [self._at()])
        if isinstance(error, CellFailure):
            return shown(self.location[0], error)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return file, line of the cell and name."""
        return self.path, 0, self.name

    @property
    def location(self) -> tuple[str, int | None, str]:
        """File, line of the cell from 0, and name; once it has failed, with the line."""
        found = super().location
        return found if self._line is None else (found[0], self._line - 1, f"{found[2]}, line {self._line}")


def _named(path: Path) -> frozenset[str]:
    """Return the ids of cells that stand in a file; others are given in reading and are new each time."""
    cells = json.loads(path.read_text(encoding="utf-8")).get("cells", ())
    return frozenset(cell["id"] for cell in cells if "id" in cell)
