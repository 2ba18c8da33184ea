"""Literals that name files and folders of data beside the notebook."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, Literal, NamedTuple

from kodonb.capture.slicing.binding import stores
from kodonb.capture.slicing.records import DataFile
from kodonb.capture.slicing.statements import Statement

Role = Literal["path", "text", "none"]
"""What a literal may be where it stands: a path for sure, any text, or nothing that is looked up on the disk."""

_MAKERS: Final = frozenset({"Path", "PosixPath", "PurePath", "PurePosixPath"})
_OPENERS: Final = re.compile(
    r"(open|read|load|scan|listdir|scandir|walk|i?glob|imread|genfromtxt|from_file|exists|is(file|dir))(_?\w*)?"
)
_WRITERS: Final = re.compile(
    r"(to|save|write|dump|export|mkdir|make|remove|unlink|rename|print|log|info|debug|warning|error)\w*"
)
_OTHERS: Final = frozenset({
    "ask", "count", "delattr", "emit", "endswith", "exception", "find", "format", "get", "getattr", "hasattr", "index",
    "join", "joinpath", "lower", "lstrip", "markdown", "metric", "partition", "pop", "removeprefix", "removesuffix",
    "replace", "rpartition", "rsplit", "rstrip", "setattr", "setdefault", "split", "startswith", "strip", "text",
    "upper", "with_name", "with_suffix",
})  # fmt: skip
_NAMED: Final = re.compile(r"(\w*_)?(path|file|filename|folder|dir|directory)s?", re.IGNORECASE)
_SUFFIX: Final = re.compile(r"\.\w{1,9}$")


_OUTPUT: Final = re.compile(
    r"(\w*_)?(out|outputs?|results?|saved?|logs?|cache|tmp|temp|checkpoints?|exports?)(_\w*)?", re.IGNORECASE
)


class Mentions(NamedTuple):
    """What a statement says of files.

    Attributes:
        named: Literals that name what is there, and what that is.
        remarks: Lines and what is to be told of them.
    """

    named: dict[ast.Constant, DataFile]
    remarks: list[tuple[int, str]]


class Paths:
    """Finds data files.

    Args:
        folder: The notebook's folder.
        inside: Whether names must not lead out of the folder, as literals become calls of `resource`.
        written: Names of folders that code makes, so that they are none of data.
    """

    def __init__(self, folder: Path, *, inside: bool, written: frozenset[str] = frozenset()) -> None:
        self._folder = folder
        self._inside = inside
        self._written = written
        self._known: dict[int, Mentions] = {}

    def of(self, statement: Statement) -> Mentions:
        """Return what a statement says of files."""
        if statement.at not in self._known:
            found = _Search(self._folder, self._written, inside=self._inside)
            found.visit(statement.node, "none")
            self._known[statement.at] = Mentions(found.named, found.remarks)
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
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    return call.args[0] if name in {"makedirs", "mkdir"} and call.args else None


def _is_os(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "os"


class _Search:
    def __init__(self, folder: Path, written: frozenset[str], *, inside: bool) -> None:
        self._written = written
        self.named: dict[ast.Constant, DataFile] = {}
        self.remarks: list[tuple[int, str]] = []
        self._folder = folder
        self._inside = inside

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
            for part, inner in _roles(node, role):
                self.visit(part, inner)

    def _literal(self, node: ast.Constant, role: Role) -> None:
        text = node.value
        if not isinstance(text, str) or role == "none" or not _may_be_path(text):
            return
        if text.startswith(("/", "~")):
            if len(Path(text).parts) > 2 and _exists(Path(text).expanduser()):
                self.remarks.append((node.lineno, f"absolute path {text!r}, which is there on this machine"))
        elif re.search(r"[*?\[]", text):
            if "/" in text and _exists(self._folder / re.split(r"/[^/]*[*?\[]", text)[0]):
                self.remarks.append((node.lineno, f"pattern {text!r}: the files that it fits are not copied"))
        elif (role == "path" or "/" in text.strip("/") or _SUFFIX.search(text)) and _exists(
            self._folder / text
        ):
            self.named[node] = DataFile(self._name(text), (self._folder / text).resolve())
        elif role == "path" and _SUFFIX.search(text):
            self.remarks.append((node.lineno, f"path {text!r}, which is not there now"))

    def _name(self, text: str) -> str:
        name = Path(os.path.relpath(self._folder / text, self._folder)).as_posix()
        return re.sub(r"(^|(?<=/))\.\.(?=/|$)", "parent", name) if self._inside else name

    def _formatted(self, node: ast.JoinedStr) -> None:
        first = node.values[0] if node.values else None
        text = first.value if isinstance(first, ast.Constant) else ""
        folder = str(text).rpartition("/")[0]
        if (
            len(node.values) > 1
            and _may_be_path(folder)
            and _exists(self._folder / folder)
            and folder[0] != "/"
        ):
            self.remarks.append(
                (node.lineno, f"path {ast.unparse(node)}, made when it is needed: its file is not copied")
            )


def _may_be_path(text: str) -> bool:
    plain = 0 < len(text) < 256 and text == text.strip() and "\n" not in text and "\0" not in text
    return plain and "://" not in text and text.strip("./") != ""


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, RuntimeError):
        return False


def _roles(node: ast.AST, role: Role) -> Iterator[tuple[ast.AST, Role]]:  # noqa: C901, PLR0912 - one case for each kind
    """Yield the parts of a node, and what a literal may be in the place of each."""
    match node:
        case ast.Expr(value=ast.Constant()):
            return  # a docstring
        case ast.Call():
            yield from _of_call(node, role)
        case ast.keyword(arg=name, value=value):
            yield value, _named(name or "")
        case ast.Assign(targets=targets, value=value):
            yield value, _named(next((target.id for target in targets if isinstance(target, ast.Name)), ""))
            yield from ((target, "none") for target in targets)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield value, _named(target.id if isinstance(target, ast.Name) else "")
        case ast.AnnAssign():
            return
        case ast.arguments():
            yield from _of_parameters(node)
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield node.args, "none"
            yield from ((part, "text") for part in (*node.decorator_list, *node.body))
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            yield left, "path"
            yield right, "none" if isinstance(right, ast.Constant) else "text"
        case ast.BinOp() | ast.Compare() | ast.MatchValue():
            yield from ((part, "none") for part in ast.iter_child_nodes(node))
        case ast.Subscript(value=value, slice=inner):
            yield value, "none"
            yield inner, "none"
        case ast.Dict(keys=keys, values=values):
            yield from ((key, "none") for key in keys if key is not None)
            yield from ((value, "text") for value in values)
        case (
            ast.List()
            | ast.Tuple()
            | ast.Set()
            | ast.IfExp()
            | ast.BoolOp()
            | ast.Starred()
            | ast.NamedExpr()
        ):
            yield from ((part, role) for part in ast.iter_child_nodes(node))
        case _:
            yield from ((part, "text") for part in ast.iter_child_nodes(node))


def _of_call(node: ast.Call, role: Role) -> Iterator[tuple[ast.AST, Role]]:
    owner = node.func.value if isinstance(node.func, ast.Attribute) else None
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    writes = bool(_WRITERS.fullmatch(name)) or opens_to_write(node)
    if owner is not None:
        # `Path("out.txt").write_text(…)` makes that file.
        yield owner, "none" if writes else "text"
    if writes or (name in _OTHERS and not _is_os_path(owner)):
        inner: Role = "none"
    elif name in _MAKERS or _OPENERS.fullmatch(name) or _is_os_path(owner):
        inner = "none" if role == "none" and name in _MAKERS else "path"
    else:
        inner = "text"
    for number, part in enumerate(node.args):
        joined = number and (name in _MAKERS or name == "join")
        yield part, "none" if joined else inner
    yield from ((word, inner) for word in node.keywords if inner != "none")


def _is_os_path(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "path"


def opens_to_write(node: ast.Call) -> bool:
    """Whether a call of a function or method `open` opens a file to write into it."""
    places = node.args[1:] if isinstance(node.func, ast.Name) else node.args
    given = [*places, *(word.value for word in node.keywords if word.arg == "mode")]
    modes = [part.value for part in given if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    return any(
        0 < len(mode) <= 3 and set(mode) <= set("rwaxbt+") and set(mode) & set("wax+") for mode in modes
    )


def _of_parameters(node: ast.arguments) -> Iterator[tuple[ast.AST, Role]]:
    positional = [*node.posonlyargs, *node.args]
    pairs = [*zip(positional[len(positional) - len(node.defaults) :], node.defaults, strict=True)]
    pairs += [(arg, value) for arg, value in zip(node.kwonlyargs, node.kw_defaults, strict=True) if value]
    for arg, value in pairs:
        yield value, _named(arg.arg)


def _named(name: str) -> Role:
    """Return what a literal may be under a name: nothing that is read, if the name says that it is written."""
    if _OUTPUT.fullmatch(name):
        return "none"
    return "path" if _NAMED.fullmatch(name) else "text"
