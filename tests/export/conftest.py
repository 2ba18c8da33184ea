from __future__ import annotations

import pytest
from nbformat import v4

from kodonb.batch import files


class Shown:
    """A cell with what it shows."""

    def __init__(self, source, text):
        self.source = source
        self.text = text


@pytest.fixture
def notebook(tmp_path):
    """Write a notebook of some cells, and return its path."""

    def write(*cells, name="book.ipynb", folder=tmp_path):
        made = []
        for number, cell in enumerate(cells, 1):
            shown = isinstance(cell, Shown)
            new = v4.new_code_cell(cell.source if shown else cell, id=f"c{number}")
            if shown:
                new.outputs = [v4.new_output("execute_result", {"text/plain": cell.text}, execution_count=1)]
            made.append(new)
        path = folder / name
        files.write(path, v4.new_notebook(cells=made))
        return path

    return write


@pytest.fixture
def shows():
    """Return a cell that shows something."""
    return Shown
