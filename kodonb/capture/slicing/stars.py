"""Names that modules hold, read from their text: nothing is imported."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Final

from kodonb.capture.companions import locate
from kodonb.capture.slicing.binding import bound
from kodonb.capture.slicing.statements import Statement

_ADDS: Final = re.compile(r"sys\.path\.(append|insert)|site\.addsitedir")


class Stars:
    """Modules as a notebook finds them.

    Args:
        folders: Where local modules stand.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = folders

    def exists(self, module: str) -> bool:
        """Whether a module can be imported, as far as that is known without importing its package."""
        return self._find(module) is not None

    def names(self, module: str) -> frozenset[str] | None:
        """Return the names that ``from module import *`` binds; `None` if only executing it tells."""
        spec = self._find(module)
        text = _text(spec)
        return None if text is None else _exported(text)

    def hidden(self, module: str) -> bool:
        """Whether a module is one that its package does not import by itself."""
        package, _, name = module.rpartition(".")
        if not package or not self.exists(module):
            return False
        text = _text(self._find(package))
        # A package with `__getattr__` imports its modules when they are asked for.
        return text is not None and not {name, "__getattr__"} & _words(text)

    def _find(self, module: str) -> ModuleSpec | None:
        try:
            return locate(module, self.folders)
        except (ImportError, ValueError, AttributeError):
            return None


def added(statements: Iterable[Statement], folder: Path) -> list[Path]:
    """Return the folders that statements add to `sys.path`, as far as they write them out.

    Args:
        statements: The statements of a notebook.
        folder: Its folder.
    """
    found: list[Path] = []
    for statement in statements:
        match statement.node:
            case ast.Expr(value=ast.Call(func=function, args=arguments)) if _ADDS.fullmatch(
                ast.unparse(function)
            ):
                parts = [part for argument in arguments for part in ast.walk(argument)]
                texts = [part.value for part in parts if isinstance(part, ast.Constant)]
                found += [(folder / text).resolve() for text in texts if isinstance(text, str)]
    return [path for path in dict.fromkeys(found) if path.is_dir()]


def _text(spec: ModuleSpec | None) -> str | None:
    if spec is None or not spec.origin or not spec.origin.endswith(".py"):
        return None
    try:
        return _read(spec.origin, Path(spec.origin).stat().st_mtime)
    except (OSError, UnicodeDecodeError):
        return None


@lru_cache(maxsize=64)
def _read(path: str, changed: float) -> str:
    del changed  # part of the key, so that a file that was edited is read again
    return Path(path).read_text(encoding="utf-8")


@lru_cache(maxsize=64)
def _words(text: str) -> frozenset[str]:
    """Return the words of a text that may be names of modules it imports, and of functions it defines."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.alias(name=name) | ast.FunctionDef(name=name) | ast.Name(id=name):
                found.update(name.split("."))
            case ast.ImportFrom(module=str(name)):
                found.update(name.split("."))
    return frozenset(found)


@lru_cache(maxsize=64)
def _exported(text: str) -> frozenset[str] | None:
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return None
    told = [node for node in tree.body if "__all__" in bound([node]).names]
    if told:
        return _listed(told)
    if any(isinstance(node, ast.ImportFrom) and node.names[0].name == "*" for node in ast.walk(tree)):
        return None
    return frozenset(name for name in bound(tree.body).names if not name.startswith("_"))


def _listed(told: list[ast.stmt]) -> frozenset[str] | None:
    """Return what `__all__` lists, if it is one plain list."""
    value = getattr(told[0], "value", None)
    try:
        found = ast.literal_eval(value) if len(told) == 1 and isinstance(value, ast.expr) else None
    except ValueError:
        return None
    return frozenset(map(str, found)) if isinstance(found, list | tuple | set) else None
