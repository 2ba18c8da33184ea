"""From text to an expression, by precedence.

The method is that of Pratt, "Top down operator precedence" (1973).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

from kodonb.kumeo.diagnostics.near import meant
from kodonb.kumeo.expressions import nodes
from kodonb.kumeo.expressions.lexis import Token, tokens
from kodonb.kumeo.expressions.malformed import Malformed
from kodonb.kumeo.expressions.nodes import Expression
from kodonb.kumeo.expressions.paths import depth

FUNCTIONS: Final = {"len": 1, "lower": 1, "upper": 1, "matches": 2, "is_valid_json": 1, "all": 1, "any": 1}
"""Functions, with how many arguments they take."""

_DEEPEST: Final = 40  # brackets within one another
_LONGEST: Final = 100  # links of 1 + 2 + 3 or a.b.c, and most levels of a tree in all

_ELSE, _OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _UNARY = range(1, 9)
_BINARY: Final = {
    "??": _ELSE, "or": _OR, "and": _AND, "==": _COMPARE, "!=": _COMPARE, "<": _COMPARE, "<=": _COMPARE,
    ">": _COMPARE, ">=": _COMPARE, "in": _COMPARE, "not": _COMPARE, "+": _SUM, "-": _SUM, "*": _PRODUCT,
    "/": _PRODUCT, "%": _PRODUCT,
}  # fmt: skip
_GATHERED: Final[dict[int, Callable[[Any], Expression]]] = {
    _ELSE: nodes.First,
    _OR: nodes.Or,
    _AND: nodes.And,
}


def parse(text: str) -> Expression:
    """Return the tree of an expression.

    Raises:
        Malformed: It is none.
    """
    found = _Parsing(text).run()
    if depth(found) > _LONGEST + _DEEPEST:
        raise Malformed("this is nested too deeply", 0, "make it simpler")
    return found


class _Parsing:
    def __init__(self, text: str) -> None:
        self._tokens = tokens(text)
        self._next = 0
        self._depth = 0

    def run(self) -> Expression:
        found = self._expression(0)
        if self._token.kind != "end":
            raise self._unexpected("an operator or the end")
        return found

    @property
    def _token(self) -> Token:
        return self._tokens[self._next]

    def _is(self, sign: str) -> bool:
        return self._token.kind == "sign" and self._token.value == sign

    def _takes(self, sign: str) -> bool:
        """Go on if this sign comes next, and say whether it does."""
        took = self._is(sign)
        self._next += took
        return took

    def _expect(self, sign: str) -> None:
        if not self._takes(sign):
            raise self._unexpected(f"`{sign}`")

    def _word(self, what: str) -> str:
        token = self._token
        if token.kind != "word" and token.value not in {"in", "and", "or", "not"}:
            raise self._unexpected(what)
        self._next += 1
        return str(token.value)

    def _unexpected(self, wanted: str) -> Malformed:
        token = self._token
        said = "the end" if token.kind == "end" else f"`{token.value}`"
        return Malformed(f"expected {wanted}, found {said}", token.at)

    def _expression(self, least: int) -> Expression:
        """Read what binds more strongly than `least`."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Malformed(f"this is nested more than {_DEEPEST} deep", self._token.at, "make it simpler")
        left = self._prefix()
        links = 0
        while (power := self._power()) > least:
            left = self._gathered(left, power) if power in _GATHERED else self._joined(left, power)
            links += 1
            if links > _LONGEST:
                raise Malformed("this chain is too long", self._token.at, "make it shorter")
        self._depth -= 1
        return left

    def _power(self) -> int:
        token = self._token
        if token.kind != "sign" or (token.value == "not" and self._tokens[self._next + 1].value != "in"):
            return 0
        return _BINARY.get(str(token.value), 0)

    def _gathered(self, left: Expression, power: int) -> Expression:
        """Read all of a chain of one operator: however long it is, it is one node."""
        found = [left]
        while self._power() == power:
            self._next += 1
            found.append(self._expression(power))
        return _GATHERED[power](tuple(found))

    def _joined(self, left: Expression, power: int) -> Expression:
        if power == _COMPARE:
            return self._compared(left)
        sign: Any = self._token.value
        self._next += 1
        return nodes.Arithmetic(sign, left, self._expression(power))

    def _compared(self, left: Expression) -> Expression:
        """Read a comparison, or several: 0 <= x <= 9 says two things of x."""
        signs: list[Any] = []
        operands = [left]
        while self._power() == _COMPARE:
            signs.append("not in" if self._is("not") else self._token.value)
            self._next += 2 if self._is("not") else 1
            operands.append(self._expression(_COMPARE))
        if len(signs) == 1:
            return nodes.Compare(signs[0], left, operands[1])
        return nodes.Chain(tuple(signs), tuple(operands))

    def _prefix(self) -> Expression:
        if self._takes("not"):
            return nodes.Not(self._expression(_NOT - 1))
        if self._takes("-"):
            return nodes.Minus(self._expression(_UNARY))
        if self._takes("+"):
            return self._expression(_UNARY)
        return self._postfix(self._primary())

    def _primary(self) -> Expression:
        token = self._token
        if token.kind == "constant":
            self._next += 1
            return nodes.Constant(token.value)
        if token.kind == "word":
            self._next += 1
            name = cast("str", token.value)
            return self._applied(token) if self._takes("(") else nodes.Name(name)
        if self._takes("["):
            return nodes.Items(self._list("]"))
        if self._takes("("):
            inner = self._expression(0)
            self._expect(")")
            return inner
        raise self._unexpected("a value")

    def _postfix(self, left: Expression) -> Expression:
        links = 0
        while True:
            if self._takes("."):
                left = nodes.Member(left, self._word("a name"))
            elif self._takes("?."):
                left = nodes.Member(left, self._word("a name"), optional=True)
            elif self._takes("["):
                left = nodes.Index(left, self._expression(0))
                self._expect("]")
            else:
                return left
            links += 1
            if links > _LONGEST:
                raise Malformed("this path is too long", self._token.at, "make it shorter")

    def _list(self, closer: str) -> tuple[Expression, ...]:
        found: list[Expression] = []
        while not self._takes(closer):
            if found:
                self._expect(",")
                if self._takes(closer):
                    break
            found.append(self._expression(0))
        return tuple(found)

    def _applied(self, token: Token) -> Expression:
        name = str(token.value)
        if name not in FUNCTIONS:
            raise Malformed(f"there is no function `{name}`", token.at, meant(name, FUNCTIONS))
        if name in {"all", "any"}:
            return self._over(name, token)
        return self._checked(name, self._list(")"), token)

    def _checked(self, name: str, arguments: tuple[Expression, ...], token: Token) -> Expression:
        if len(arguments) != FUNCTIONS[name]:
            count = FUNCTIONS[name]
            message = f"`{name}` takes {count} argument{'s' if count > 1 else ''}, not {len(arguments)}"
            raise Malformed(message, token.at)
        return nodes.Apply(name, arguments)

    def _over(self, name: Any, token: Token) -> Expression:
        """Read ``all(list)``, ``all(a, b)`` or ``all(body for x in list)``."""
        if self._takes(")"):
            return self._checked(name, (), token)
        first = self._expression(0)
        if self._token == Token("word", "for", self._token.at):
            self._next += 1
            variable = self._word("a name")
            self._expect("in")
            over = self._expression(0)
            self._expect(")")
            return nodes.Each(name, first, variable, over)
        if self._takes(")"):
            return nodes.Apply(name, (first,))
        self._expect(",")
        return nodes.Apply(name, (nodes.Items((first, *self._list(")"))),))
