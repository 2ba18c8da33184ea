"""Which calls a module may make while it is imported."""

from __future__ import annotations

import ast
import sys
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Final

from kodonb.capture.slicing import tables
from kodonb.capture.slicing.expressions import Expressions, instance
from kodonb.capture.slicing.roles import opens_to_write
from kodonb.capture.slicing.values import FILE, HANDLE, OBJECT, PATH, PLAIN, UNKNOWN, Kind, Value, mixed

_OF_FILE: Final = (Kind.FILE, Kind.PATH, Kind.HANDLE)
_MAKERS: Final = ("__new__", "__init__", "__post_init__", "model_post_init")
_CALLERS: Final = frozenset({"filter", "map", "max", "min", "next", "sorted"})


class Calls(Expressions):
    """Tries calls."""

    @abstractmethod
    def run(self, function: Value, arguments: Sequence[Value], words: dict[str, Value]) -> Value:
        """Return what a function of the notebook returns."""

    def call(self, node: ast.Call) -> Value:
        """Return the value of a call.

        Raises:
            RefusedError: It must not be made at import.
        """
        arguments = self.values(node.args)
        words = {word.arg or "": self.value(word.value) for word in node.keywords}
        if isinstance(node.func, ast.Attribute):
            owner = self.value(node.func.value)
            if owner.kind is not Kind.OUTER:
                return self._method(node, node.func.attr, owner, arguments, words)
        return self._function(node, self.value(node.func), arguments, words)

    def _function(
        self, node: ast.Call, called: Value, arguments: list[Value], words: dict[str, Value]
    ) -> Value:
        match called.kind:
            case Kind.FUNCTION:
                return self.run(called, arguments, words)
            case Kind.CLASS:
                return self._make(called, arguments, words)
            case Kind.OWN if (method := self.member(called, "__call__")) is not None:
                return self.run(method, [called, *arguments], words)
            case Kind.OUTER:
                return self._outer(node, called.name, [*arguments, *words.values()])
            case Kind.UNKNOWN:
                # A parameter, or what a function of the notebook returned: what it may be was tried before.
                return arguments[0] if self._decorates(arguments, words) else UNKNOWN
        if self._decorates(arguments, words):
            return arguments[0]
        raise self.refuse(node, f"it calls `{_shown(node.func)}`, an object of another package")

    def _decorates(self, arguments: list[Value], words: dict[str, Value]) -> bool:
        """Whether a call does what a decorator does: it takes one function or class, and nothing else."""
        return len(arguments) == 1 and not words and arguments[0].is_callable

    def _make(self, kind: Value, arguments: list[Value], words: dict[str, Value]) -> Value:
        made = instance(kind)
        for name in _MAKERS:
            method = self.member(kind, name)
            if method is not None:
                given = arguments if name in _MAKERS[:2] else []
                self.run(method, [made, *given], words if given else {})
        return made

    def member(self, kind: Value, name: str) -> Value | None:
        """Return the function of a name that a class of the notebook, or one that it derives from, defines."""
        for each in self._lineage(kind):
            for node in each.node.body if isinstance(each.node, ast.ClassDef) else ():
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
                    return Value(Kind.FUNCTION, node=node, home=each.home)
        return None

    def _lineage(self, kind: Value) -> Iterator[Value]:
        yield kind
        for base in kind.node.bases if isinstance(kind.node, ast.ClassDef) else ():
            found = (
                self.book.value(base.id, kind.home.at) if isinstance(base, ast.Name) and kind.home else None
            )
            if found is not None and found.kind is Kind.CLASS and found.node is not kind.node:
                yield from self._lineage(found)

    def _outer(self, node: ast.Call, name: str, arguments: list[Value]) -> Value:
        root, last = name.partition(".")[0], name.rpartition(".")[2]
        of_file = any(value.kind in _OF_FILE for value in arguments)
        if name in {"builtins.open", "io.open"} and of_file and not opens_to_write(node):
            return HANDLE
        if name in tables.TIED:
            raise self.refuse(node, "", code="KN102", kind=tables.TIED[name])
        if (kind := tables.data(name)) is not None and not of_file:
            raise self.refuse(node, "", kind=kind)
        if tables.harmless(name):
            return self._harmless(node, name, arguments)
        if root in sys.stdlib_module_names or root == "builtins":
            raise self._unknown(node, name)
        return self._foreign(node, name, last, arguments)

    def _harmless(self, node: ast.Call, name: str, arguments: list[Value]) -> Value:
        if name.partition(".")[2] in _CALLERS or name == "functools.reduce":
            for value in arguments:
                if value.kind is Kind.FUNCTION:
                    self.run(value, [UNKNOWN] * 3, {})
        if name.startswith(("pathlib.", "os.path.")) or name == "builtins.str":
            return next((value for value in arguments if value.kind in _OF_FILE), PLAIN)
        if name == "json.load" and not any(value.kind in _OF_FILE for value in arguments):
            raise self._unknown(node, name)
        if (
            arguments
            and arguments[0].is_callable
            and name.startswith(("functools.", "kodonb.", "contextlib."))
        ):
            return arguments[0]
        return FILE if any(value.kind in _OF_FILE for value in arguments) else PLAIN

    def _foreign(self, node: ast.Call, name: str, last: str, arguments: list[Value]) -> Value:
        if any(value.kind in _OF_FILE for value in arguments) and tables.reads(last):
            return FILE
        if len(arguments) == 1 and arguments[0].is_callable and len(node.args) == 1:
            return arguments[0]
        owner = name.split(".")[-2] if "." in name else ""
        seeded = name == "numpy.random.default_rng" and bool(arguments)
        if seeded or tables.makes(last) or (tables.is_class(owner) and tables.configures(last)):
            return mixed([OBJECT, *(value for value in arguments if value.kind is Kind.FILE)])
        if self.lenient and not tables.reads(last) and not tables.uses(last):
            return OBJECT
        raise self._unknown(node, name)

    def _unknown(self, node: ast.Call, name: str) -> Exception:
        root = name.partition(".")[0]
        if tables.is_class(name.rpartition(".")[2]) and root in sys.stdlib_module_names:
            return self.refuse(node, "", code="KN102", kind=name)
        short = name.removeprefix("builtins.")
        if tables.fickle(name):
            return self.refuse(
                node, f"it calls `{short}`, which gives something else each time, or elsewhere"
            )
        return self.refuse(node, f"it calls `{short}`, which may compute, read or send something")

    def _method(
        self, node: ast.Call, name: str, owner: Value, arguments: list[Value], words: dict[str, Value]
    ) -> Value:
        if owner.kind in (Kind.OWN, Kind.CLASS) and (method := self.member(owner, name)) is not None:
            return self.run(method, [owner, *arguments], words)
        allowed = {
            Kind.PLAIN: name not in tables.WRITING and name not in tables.LOOKING,
            Kind.PATH: name not in tables.WRITING and not opens_to_write(node),
            Kind.HANDLE: name not in tables.WRITING,
            Kind.FILE: not tables.computes(name),
            Kind.UNKNOWN: name in tables.PLAIN or tables.configures(name),
        }
        # Of a class of the notebook, what it has from elsewhere; and what an object of elsewhere has.
        loads = tables.reads(name) and any(value.kind in _OF_FILE for value in arguments)
        if not allowed.get(owner.kind, loads or tables.configures(name) or name in tables.CHANGING):
            raise self._refused_method(node, name, owner)
        return _result(name, owner)

    def _refused_method(self, node: ast.Call, name: str, owner: Value) -> Exception:
        if owner.kind is Kind.PLAIN and name in tables.LOOKING:
            reason = f"`{_shown(node)}` looks for a file that does not stand beside the notebook"
            return self.refuse(node, reason)
        if owner.kind in (Kind.PLAIN, Kind.PATH, Kind.HANDLE):
            return self.refuse(node, f"`{_shown(node)}` writes a file")
        return self.refuse(node, f"it calls the method `{name}`, which may compute, read or send something")


def _result(name: str, owner: Value) -> Value:
    if owner.kind is Kind.PATH:
        if name == "open":
            return HANDLE
        return FILE if name.startswith("read_") else PATH
    if owner.kind is Kind.HANDLE:
        return FILE
    return UNKNOWN if owner.kind in (Kind.OWN, Kind.CLASS, Kind.FUNCTION) else owner


def _shown(node: ast.AST) -> str:
    text = ast.unparse(node)
    return text if len(text) <= 60 else f"{text[:57]}..."
