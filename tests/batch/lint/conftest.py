"""Notebooks as files, made of the texts of their cells."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from kodonb.batch.lint import lint


@pytest.fixture
def write(tmp_path):
    """Writes a notebook of cells, which are texts or nbformat's; returns its path."""

    def make(*cells, name="nb.ipynb", **metadata):
        made = [new_code_cell(cell) if isinstance(cell, str) else cell for cell in cells]
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(new_notebook(cells=made, metadata=metadata), path)
        return path

    return make


@pytest.fixture
def found(write):
    """Returns what is found in a notebook of cells: code, cell and line of each finding."""

    def look(*cells, **metadata):
        return [(one.code, one.cell, one.line) for one in lint(write(*cells, **metadata))]

    return look
