"""Goes through a statement and tells what a literal or a name may be in its place."""

from __future__ import annotations

import ast
import builtins
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence

from kodonb.capture.slicing import roles
from kodonb.capture.slicing.roles import Role, best, called, named, opens
from kodonb.capture.slicing.statements import Statement
from kodonb.capture.slicing.tables import CHANGING
from kodonb.capture.slicing.using import Parameters, Uses


class Reading(ABC):
    """Goes through a statement.

    Args:
        uses: What becomes of names.
        statement: The statement.
    """

    def __init__(self, uses: Uses, statement: Statement) -> None:
        self.uses = uses
        self.statement = statement
        self._function = ""

    @abstractmethod
    def visit(self, node: ast.AST, role: Role) -> None:
        """Take a node, given what a literal may be in its place."""

    def within(self, node: ast.AST, role: Role) -> None:
        """Take the parts of a node."""
        for part, inner in self._parts(node, role):
            self.visit(part, inner)

    def _parts(self, node: ast.AST, role: Role) -> Iterator[tuple[ast.AST, Role]]:  # noqa: C901, PLR0912 - one case for each kind
        """Yield the parts of a node, and what a literal may be in the place of each; of annotations none."""
        if role in ("default", "default path"):
            yield from ((part, role) for part in ast.iter_child_nodes(node))
            return
        match node:
            case ast.Expr(value=ast.Constant()) | ast.AnnAssign(value=None):
                return  # a docstring, or no more than an annotation
            case ast.Call():
                yield from self._call(node, role)
            case ast.Assign(targets=targets, value=value):
                yield value, self._field(node, self._bound(targets))
                yield from ((target, "none") for target in targets)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                yield value, self._field(node, self._bound([target]))
            case ast.AugAssign(target=target, value=value) | ast.NamedExpr(target=target, value=value):
                yield value, best(role, self._bound([target]))
            case ast.For() | ast.AsyncFor():
                yield node.iter, self._bound([node.target])
                yield from ((part, "plain") for part in (*node.body, *node.orelse))
            case ast.comprehension(target=target, iter=value, ifs=tests):
                yield value, self._bound([target])
                yield from ((test, "plain") for test in tests)
            case ast.Return(value=ast.expr() as value) | ast.Yield(value=ast.expr() as value):
                yield value, self.uses.result(self._function, self.statement)
            case ast.arguments():
                yield from self._defaults(node)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield from self._define(node)
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                yield left, "path"
                yield right, "none" if isinstance(right, ast.Constant) else "plain"
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                # Of a path in two parts only what it begins with can be put into another place.
                yield left, "none" if isinstance(left, ast.Constant) else role
                yield right, "none" if isinstance(right, ast.Constant) else "plain"
            case ast.BinOp() | ast.Compare() | ast.MatchValue():
                yield from ((part, "none") for part in ast.iter_child_nodes(node))
            case ast.Subscript(value=value, slice=inner):
                yield value, role
                yield inner, "none"
            case ast.Dict(keys=keys, values=values):
                yield from ((key, "none") for key in keys if key is not None)
                yield from ((value, _of_key(key, role)) for key, value in zip(keys, values, strict=True))
            case ast.IfExp(test=test, body=body, orelse=orelse):
                yield from ((test, "plain"), (body, role), (orelse, role))
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                yield node.value if isinstance(node, ast.DictComp) else node.elt, role
                yield from ((each, "plain") for each in node.generators)
            case ast.List() | ast.Tuple() | ast.Set() | ast.BoolOp() | ast.Starred() | ast.Await():
                yield from ((part, role) for part in ast.iter_child_nodes(node))
            case _:
                yield from ((part, "plain") for part in ast.iter_child_nodes(node))

    def _bound(self, targets: Sequence[ast.AST]) -> Role:
        """Return what a literal may be that is bound to targets."""
        found = [self._target(target) for target in targets]
        return "none" if "none" in found else best(*found)

    def _target(self, node: ast.AST) -> Role:
        match node:
            case ast.Name(id=name):
                return self.uses.role(name, self.statement)
            case ast.Attribute(attr=name):
                return self.uses.attribute(name)
            case ast.Subscript(value=value) | ast.Starred(value=value):
                return self._target(value)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                return best(*map(self._target, parts))
        return "plain"

    def _define(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[ast.AST, Role]]:
        served = node is self.statement.node and self.uses.is_served(self.statement)
        yield node.args, "plain"
        yield from ((mark, "none" if served else "plain") for mark in node.decorator_list)
        # A `return` among what is yielded now is one of this function.
        outer, self._function = self._function, node.name
        yield from ((part, "plain") for part in node.body)
        self._function = outer

    def _defaults(self, node: ast.arguments) -> Iterator[tuple[ast.AST, Role]]:
        top = self.statement.node
        own = isinstance(top, ast.FunctionDef | ast.AsyncFunctionDef) and top.args is node
        for arg, value in roles.with_defaults(node):
            role = self.uses.role(arg.arg, self.statement)
            yield value, _seen(role) if own and self.uses.is_served(self.statement) else role

    def _field(self, node: ast.stmt, role: Role) -> Role:
        """Return the role of what is assigned; in the body of a class that is served, that of a default."""
        top = self.statement.node
        own = isinstance(top, ast.ClassDef) and node in top.body
        return _seen(role) if own and self.uses.is_served(self.statement) else role

    def _call(self, node: ast.Call, role: Role) -> Iterator[tuple[ast.AST, Role]]:
        parameters = self.uses.parameters(node.func)
        if parameters is not None:
            yield node.func, role
            yield from self._handed(node, parameters)
            return
        if isinstance(node.func, ast.Attribute):
            # `Path("out.txt").write_text(…)` makes that file.
            kept = role if called(node.func) in roles.KEEPING else "plain"
            yield node.func.value, "none" if _writes(node) else kept
        elif not isinstance(node.func, ast.Name):
            yield node.func, "plain"
        yield from self._outer(node, role)

    def _handed(self, node: ast.Call, parameters: Parameters) -> Iterator[tuple[ast.AST, Role]]:
        starred = False
        for number, part in enumerate(node.args):
            starred = starred or isinstance(part, ast.Starred)
            yield part, self.uses.given(parameters, None if starred else number)
        yield from ((word.value, self.uses.given(parameters, word.arg)) for word in node.keywords)

    def _outer(self, node: ast.Call, role: Role) -> Iterator[tuple[ast.AST, Role]]:
        """Yield what a function of a package, or an object of one, is handed."""
        name = called(node.func)
        inner = self._inner(node, role)
        places = node.args
        if name in roles.MAPS and len(places) > 1:
            yield places[0], "plain"
            inner, places = self._mapped(places[0]), places[1:]
        for number, part in enumerate(places):
            joined = number and (name in roles.MAKERS or name == "join")
            yield part, "none" if joined else inner
        for word in node.keywords if inner != "none" else ():
            yield word.value, self._keyword(word, inner, known=name in roles.SAME or _is_opener(node.func))

    def _inner(self, node: ast.Call, role: Role) -> Role:
        name = called(node.func)
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        if _writes(node) or (name in roles.OTHERS and not roles.is_os_path(owner)):
            return "none"
        if _is_opener(node.func):
            return "none" if role == "none" and name in roles.MAKERS else "path"
        if owner is not None and name in CHANGING:
            return self._target(owner)
        if name in roles.SAME:
            return role
        return "plain" if owner is None and name in vars(builtins) else "text"

    def _mapped(self, function: ast.AST) -> Role:
        parameters = self.uses.parameters(function)
        if parameters is not None:
            return self.uses.given(parameters, 0)
        if isinstance(function, ast.Lambda) and function.args.args:
            return self.uses.role(function.args.args[0].arg, self.statement)
        return "path" if _is_opener(function) else "text"

    def _keyword(self, word: ast.keyword, inner: Role, *, known: bool) -> Role:
        if word.arg is None:
            return inner
        own = self.uses.attribute(word.arg)
        if own != "plain" or not known:
            return own
        return "text" if inner == "path" else inner


def _writes(node: ast.Call) -> bool:
    return bool(roles.WRITERS.fullmatch(called(node.func))) or roles.opens_to_write(node)


def _is_opener(function: ast.AST) -> bool:
    name = called(function)
    owner = function.value if isinstance(function, ast.Attribute) else None
    return name in roles.MAKERS or bool(roles.OPENERS.fullmatch(name)) or roles.is_os_path(owner)


def _seen(role: Role) -> Role:
    """Return the role of a default that callers of a service see."""
    if role == "none":
        return role
    return "default path" if role in ("path", "opened") else "default"


def _of_key(key: ast.AST | None, role: Role) -> Role:
    """Return what a literal may be that a dict holds."""
    if role == "text" and isinstance(key, ast.Constant) and isinstance(key.value, str):
        return named(key.value)
    return role


class Following(Reading):
    """Notes which names are opened."""

    def __init__(self, uses: Uses, statement: Statement) -> None:
        super().__init__(uses, statement)
        self.news = False

    def visit(self, node: ast.AST, role: Role) -> None:
        """Take a node, given what a literal may be in its place."""
        if opens(role):
            self._note(node, role)
        if isinstance(node, ast.JoinedStr):
            for place, part in enumerate(node.values):
                inner = part.value if isinstance(part, ast.FormattedValue) else part
                self.visit(inner, role if place == 0 else "plain")
        else:
            self.within(node, role)

    def _note(self, node: ast.AST, role: Role) -> None:
        if isinstance(node, ast.Name):
            strong = role != "text"
            note = self.uses.note if strong else self.uses.note_weak
            self.news = note(node.id, self.statement) or self.news
        elif isinstance(node, ast.Attribute):
            self.news = self.uses.note_attribute(node.attr) or self.news


def follow(statements: Sequence[Statement], uses: Uses) -> None:
    """Find out which names are opened, until nothing new is found."""
    news = True
    while news:
        news = False
        for statement in statements:
            following = Following(uses, statement)
            following.visit(statement.node, "plain")
            news = news or following.news
