"""A plugin for pytest: each code cell of a notebook is a test.

wanted · workers · tags, sanitize ← compare ← failure ← kernel ← items

Nothing but this module is loaded while nobody asks for notebooks.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kodonb.batch.testing import wanted

if TYPE_CHECKING:
    from kodonb.batch.testing.items import NotebookFile
    from kodonb.batch.testing.workers import ByNotebook

_KNOWN = (
    "notebook: a cell of a notebook",
    "raises_exception: a cell that must raise (tags raises-exception, nbval-raises-exception)",
    "nbval_ignore_output: a cell whose outputs are not compared",
    "nbval_check_output: a cell whose outputs are always compared",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, all of which begin with `--notebooks`."""
    group = parser.getgroup("notebooks", "notebooks, each code cell a test")
    group.addoption(
        "--notebooks",
        nargs="*",
        action="extend",
        metavar="PATH",
        help="test these notebooks: files, folders, globs; without any, those among what pytest is given",
    )
    group.addoption(
        "--notebooks-compare", action="store_true", help="compare the outputs of cells with the saved ones"
    )
    group.addoption("--notebooks-sanitize", metavar="FILE", help="more patterns of what differs each time")
    group.addoption("--notebooks-timeout", type=float, metavar="SECONDS", help="how long a cell may take")
    group.addoption("--notebooks-kernel", metavar="NAME", help="kernel to use instead of the notebook's own")
    parser.addini("notebooks", "notebooks to test: files, folders, globs", type="args", default=[])
    parser.addini("notebooks_compare", "compare outputs with the saved ones", type="bool", default=False)
    parser.addini("notebooks_sanitize", "files with patterns of what differs each time", type="paths")
    parser.addini("notebooks_timeout", "how long a cell may take, in seconds; 0 for ever", default="600")
    parser.addini("notebooks_kernel", "kernel to use instead of the notebooks' own", default="")


def pytest_configure(config: pytest.Config) -> None:
    """Find the notebooks that are asked for, and have pytest collect them."""
    for line in _KNOWN:
        config.addinivalue_line("markers", line)
    wanted.find(config)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByNotebook | None:
    """Keep the cells of a notebook together where pytest-xdist would deal out single tests."""
    from kodonb.batch.testing.workers import SINGLE, ByNotebook  # noqa: PLC0415 - loads pytest-xdist

    if not wanted.any_wanted(config) or config.getoption("dist") not in SINGLE:
        return None
    return ByNotebook(config, log)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> NotebookFile | None:
    """Collect a notebook that is asked for."""
    if file_path.suffix != ".ipynb" or not wanted.wants(parent.session, file_path):
        return None
    from kodonb.batch.testing.items import NotebookFile  # noqa: PLC0415 - loads nbformat

    return NotebookFile.from_parent(parent, path=file_path)
