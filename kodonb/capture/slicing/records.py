"""What a slice is asked for, and what it is."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from kodonb.model.module import Module


class Entry(NamedTuple):
    """A flow that is wanted.

    Attributes:
        function: Name of its function in the notebook.
        decorator: Line to put above it, e.g. ``@kb.flow(name="digits")``; empty if it is decorated already.
    """

    function: str
    decorator: str = ""


class DataFile(NamedTuple):
    """A file or folder of data that the slice names.

    Attributes:
        name: What the slice calls it: the relative path that was written, in its plainest form. Where literals become
            calls of `resource`, each ``..`` that leads out of the notebook's folder is called ``parent``.
        path: Where it is now.
    """

    name: str
    path: Path


class Left(NamedTuple):
    """Something in the notebook that does not come along, or will differ elsewhere, worth telling.

    Attributes:
        where: Its place, such as ``"cell 3, line 2"``.
        what: What it is, such as ``"magic %matplotlib inline"``.
    """

    where: str
    what: str


class Slice(NamedTuple):
    """The part of a notebook that flows need, as a module.

    Attributes:
        module: The module with its source map; its `entry` is the function of the first flow.
        entries: Names of the flows' functions in it.
        files: Data that it reads.
        left: What was left out.
        cells: Ids of the cells that gave lines; their numbers where they have no id of their own.
        resource: The line of the module that imports `resource`; empty if there is none.
    """

    module: Module
    entries: tuple[str, ...]
    files: tuple[DataFile, ...]
    left: tuple[Left, ...]
    cells: tuple[str, ...]
    resource: str = ""
