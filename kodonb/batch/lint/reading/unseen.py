"""Ways to bind a name, or to ask for it, that no reading of the code can follow."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from kodonb.batch.lint.reading.escapes import of_magic

_SPACES: Final = frozenset({"globals", "locals", "vars"})
_CHANGES: Final = frozenset({"update", "setdefault", "__setitem__", "pop", "clear"})
_LOOKS: Final = frozenset({"dict", "eval", "len", "list", "pprint", "print", "set", "sorted", "tuple"})
_SHELL: Final = frozenset({"ex", "ev", "push", "run_cell", "user_global_ns", "user_ns"})
_MAGICS: Final = frozenset({"magic", "run_cell_magic", "run_line_magic"})
_SURVIVED: Final = frozenset({"BaseException", "Exception", "NameError"})


def survives(caught: ast.expr | None) -> bool:
    """Whether a handler of these errors takes what a missing name raises."""
    if isinstance(caught, ast.Tuple):
        return any(survives(one) for one in caught.elts)
    return caught is None or (isinstance(caught, ast.Name) and caught.id in _SURVIVED)


def guards(node: ast.AST) -> Iterator[str]:
    """Yield the names that a comparison asks for by text: ``"x" in globals()``."""
    if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], ast.In | ast.NotIn):
        return
    if (
        isinstance(node.left, ast.Constant)
        and isinstance(node.left.value, str)
        and _asks(node.comparators[0])
    ):
        yield node.left.value


def _asks(node: ast.AST) -> bool:
    called = [_name(part.func) for part in ast.walk(node) if isinstance(part, ast.Call)]
    return bool(_SPACES.union({"dir"}).intersection(called)) or "__builtins__" in ast.dump(node)


def binds_unseen(node: ast.AST) -> bool:
    """Whether an expression or statement may bind any name."""
    return _imports(node) or _executes(node) or _stores(node) or _asks_ipython(node)


def _imports(node: ast.AST) -> bool:
    match node:
        case ast.ImportFrom(names=[ast.alias(name="*")]) | ast.Import(names=[ast.alias(name="__main__")]):
            return True
        case ast.Subscript(slice=ast.Constant(value="__main__")):
            return True
    return False


def _executes(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="exec"), args=[_]):
            return True
        case ast.Call(func=ast.Name(id="setattr"), args=[ast.Name(id="builtins"), *_]):
            return True
        # Whoever is handed all names may bind some, other than what only looks at them.
        case ast.Call(func=function, args=args):
            return _name(function) not in _LOOKS and any(map(_is_space, args))
        case ast.Assign(value=value):
            return _is_space(value)
    return False


def _is_space(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and not node.args and _name(node.func) in {"globals", "locals"}


def _stores(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(value=ast.Name(id="builtins"), ctx=ast.Store()):
            return True
        case ast.Subscript(value=ast.Call(func=ast.Name(id=name)), ctx=ast.Store()):
            return name in _SPACES
        case ast.Attribute(value=ast.Call(func=ast.Name(id=name)), attr=attribute):
            return name in _SPACES and attribute in _CHANGES
    return False


def _asks_ipython(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(value=value, attr=attribute) if attribute in _SHELL:
            return _is_shell(value)
        case ast.Call(func=ast.Attribute(value=value, attr=attribute), args=args) if attribute in _MAGICS:
            return _is_shell(value) and _is_opaque(args)
    return False


def _is_shell(node: ast.AST) -> bool:
    """Whether an expression is, by its look, the notebook's IPython."""
    called = isinstance(node, ast.Call) and _name(node.func) in {"get_ipython", "instance"}
    return called or _name(node) in {"ip", "ipython", "shell"}


def _is_opaque(arguments: list[ast.expr]) -> bool:
    texts = [
        word.value for word in arguments if isinstance(word, ast.Constant) and isinstance(word.value, str)
    ]
    name, _, rest = " ".join(texts).partition(" ")
    effect = of_magic(name, rest)
    return not texts or effect.opaque or bool(effect.perhaps)


def _name(node: ast.AST) -> str:
    return getattr(node, "id", getattr(node, "attr", ""))
