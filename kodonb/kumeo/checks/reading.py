"""From the bytes of a file to a text that was checked."""

from __future__ import annotations

from kodonb.kumeo.checks.checking import Checked, check
from kodonb.kumeo.diagnostics.diagnostic import Finding, placed
from kodonb.kumeo.outline.drafts import Book
from kodonb.kumeo.syntax.source import Source
from kodonb.kumeo.syntax.tree import Tree, Wrong

_MESSAGE = "this is not UTF-8"
_REMEDY = "save the file as UTF-8"


def check_bytes(data: bytes, name: str) -> Checked:
    """Check a file; one that is not UTF-8 has an error where it begins not to be.

    Args:
        data: What is in the file.
        name: Its name, as diagnostics show it.
    """
    try:
        return check(data.decode("utf-8"), name)
    except UnicodeDecodeError as error:
        at = len(data[: error.start].decode("utf-8"))
    source = Source(data.decode("utf-8", "replace"), name)
    at -= len(data.decode("utf-8", "replace")) - len(source.text)  # a byte order mark was left out
    tree = Tree(source, (), (), (Wrong(at, at + 1, _MESSAGE, _REMEDY),))
    found = [Finding("E001", at, at + 1, _MESSAGE, _REMEDY)]
    return Checked(Book(tree), placed(found, source, 1))
