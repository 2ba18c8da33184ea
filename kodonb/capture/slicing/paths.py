"""Literals that name files and folders of data beside the notebook."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from kodonb.capture.slicing.binding import stores
from kodonb.capture.slicing.reading import Reading, follow
from kodonb.capture.slicing.records import DataFile
from kodonb.capture.slicing.roles import Role, called, opens
from kodonb.capture.slicing.statements import Statement
from kodonb.capture.slicing.using import Uses

_SUFFIX: Final = re.compile(r"\.\w{1,9}$")


class Mentions(NamedTuple):
    """What a statement says of files.

    Attributes:
        named: Literals that name what is there and is opened, and what that is.
        kept: What the defaults of a flow's parameters name.
        remarks: Lines and what is to be told of them.
    """

    named: dict[ast.Constant, DataFile]
    kept: list[DataFile]
    remarks: list[tuple[int, str]]


class Paths:
    """Finds data files.

    Args:
        folder: The notebook's folder.
        statements: The statements of the notebook.
        served: Functions that a service offers: the defaults of their parameters stay as they are.
        inside: Whether names must not lead out of the folder, as literals become calls of `resource`.
    """

    def __init__(
        self, folder: Path, statements: Sequence[Statement], *, served: Iterable[str], inside: bool
    ) -> None:
        self._folder = folder
        self._inside = inside
        self._written = written(statements)
        self._uses = Uses(statements, served)
        self._known: dict[int, Mentions] = {}
        follow(statements, self._uses)

    def of(self, statement: Statement) -> Mentions:
        """Return what a statement says of files."""
        if statement.at not in self._known:
            found = _Search(self._uses, statement, self._folder, self._written, inside=self._inside)
            found.visit(statement.node, "plain")
            self._known[statement.at] = Mentions(found.named, found.kept, found.remarks)
        return self._known[statement.at]


def written(statements: Iterable[Statement]) -> frozenset[str]:
    """Return names of paths with which code makes folders.

    Args:
        statements: The statements of a notebook.
    """
    calls = [part for each in statements for part in ast.walk(each.node) if isinstance(part, ast.Call)]
    found = [_receiver(call) for call in calls]
    return frozenset(node.id for node in found if isinstance(node, ast.Name))


def _receiver(call: ast.Call) -> ast.expr | None:
    if isinstance(call.func, ast.Attribute) and call.func.attr == "mkdir" and not _is_os(call.func.value):
        return call.func.value
    return call.args[0] if called(call.func) in {"makedirs", "mkdir"} and call.args else None


def _is_os(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "os"


class _Search(Reading):
    def __init__(
        self, uses: Uses, statement: Statement, folder: Path, written: frozenset[str], *, inside: bool
    ) -> None:
        super().__init__(uses, statement)
        self._written = written
        self._folder = folder
        self._inside = inside
        self.named: dict[ast.Constant, DataFile] = {}
        self.kept: list[DataFile] = []
        self.remarks: list[tuple[int, str]] = []

    def visit(self, node: ast.AST, role: Role) -> None:
        """Take a node, given what a literal may be in its place."""
        if isinstance(node, ast.Constant):
            self._literal(node, role)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and self._written.intersection(stores(node)):
            return
        elif isinstance(node, ast.JoinedStr):
            if role != "none":
                self._formatted(node)
        else:
            self.within(node, role)

    def _literal(self, node: ast.Constant, role: Role) -> None:
        text = node.value
        if not isinstance(text, str) or role == "none" or not may_be_path(text):
            return
        if text.startswith(("/", "~")):
            if len(Path(text).parts) > 2 and exists(Path(text).expanduser()):
                self.remarks.append((node.lineno, f"absolute path {text!r}, which is there on this machine"))
        elif re.search(r"[*?\[]", text):
            if "/" in text and exists(self._folder / re.split(r"/[^/]*[*?\[]", text)[0]):
                self.remarks.append((node.lineno, f"pattern {text!r}: the files that it fits are not copied"))
        elif (role in ("path", "opened", "default path") or looks_like_path(text)) and exists(
            self._folder / text
        ):
            self._file(node, text, role)
        elif role in ("path", "default path") and _SUFFIX.search(text):
            self.remarks.append((node.lineno, f"path {text!r}, which is not there now"))

    def _file(self, node: ast.Constant, text: str, role: Role) -> None:
        file = DataFile(self._name(text), (self._folder / text).resolve())
        if opens(role):
            self.named[node] = file
            return
        remark = f"text {text!r} names what is there and stays as it is, as nothing is seen to open it"
        if role != "plain":
            self.kept.append(file)
            remark = f"default {text!r} names a data file; the service does not rewrite it"
        if self._inside:
            self.remarks.append((node.lineno, remark))

    def _name(self, text: str) -> str:
        name = Path(os.path.relpath(self._folder / text, self._folder)).as_posix()
        return re.sub(r"(^|(?<=/))\.\.(?=/|$)", "parent", name) if self._inside else name

    def _formatted(self, node: ast.JoinedStr) -> None:
        first = node.values[0] if node.values else None
        text = first.value if isinstance(first, ast.Constant) else ""
        folder = str(text).rpartition("/")[0]
        if (
            len(node.values) > 1
            and may_be_path(folder)
            and exists(self._folder / folder)
            and folder[0] != "/"
        ):
            self.remarks.append(
                (node.lineno, f"path {ast.unparse(node)}, made when it is needed: its file is not copied")
            )


def may_be_path(text: str) -> bool:
    """Whether a text may be a path at all."""
    plain = 0 < len(text) < 256 and text == text.strip() and "\n" not in text and "\0" not in text
    return plain and "://" not in text and text.strip("./") != ""


def looks_like_path(text: str) -> bool:
    """Whether a text is written like a path: of several parts, or with a suffix."""
    return "/" in text.strip("/") or _SUFFIX.search(text) is not None


def exists(path: Path) -> bool:
    """Whether there is something at a path, as far as one may look."""
    try:
        return path.exists()
    except (OSError, RuntimeError):
        return False
