"""Notebooks as lists of cells: cut, and executed whole, to compare what comes out."""

from pathlib import Path

import pytest

from kodonb.capture import Source
from kodonb.capture.slicing import Entry, cut
from kodonb.model.errors import CaptureError


def sources(*cells):
    return [Source(text, f"cell {number}", cell=f"id-{number}") for number, text in enumerate(cells, 1)]


def sliced(*cells, entry="main", decorator="", folder=Path(), resource=""):
    """Return the slice of a notebook whose flow is called `main`."""
    return cut(sources(*cells), [Entry(entry, decorator)], folder=folder, resource=resource)


def text(*cells, **options):
    """Return the text of the slice."""
    return sliced(*cells, **options).module.source


def refused(*cells, **options):
    """Return the error with which a notebook is refused."""
    with pytest.raises(CaptureError) as caught:
        sliced(*cells, **options)
    return caught.value


def made(found):
    """Return what the module of a slice holds, imported anew."""
    space = {"__name__": "sliced"}
    exec(compile(found.module.source, "<sliced>", "exec", dont_inherit=True), space)
    return space


def whole(*cells):
    """Return what a notebook holds once all its cells have been executed from the top."""
    space = {"__name__": "__main__"}
    for cell in cells:
        exec(compile(cell, "<cell>", "exec", dont_inherit=True), space)
    return space


def agree(*cells, given=((),), **options):
    """Assert that the flow of the slice returns what that of the notebook does, and return the slice's text."""
    found = sliced(*cells, **options)
    for arguments in given:
        # Each in a namespace of its own, as flows may change what is around them.
        assert made(found)["main"](*arguments) == whole(*cells)["main"](*arguments)
    return found.module.source
