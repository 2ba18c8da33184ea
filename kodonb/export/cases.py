"""Which calls of its flows a notebook makes, and what they gave: the contract that the service keeps.

Calls are read from the text: ``%flow run NAME key=value``, ``NAME.submit(key=value)`` and ``NAME(value)`` with literal
inputs, or names that are bound to literals. What a call returned is taken from the output of the cell that shows it.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from kodonb.capture.index import index
from kodonb.capture.sources import Source
from kodonb.export.service import UNKNOWN, Case, Exposed
from kodonb.magics.grammar import COMMANDS
from kodonb.magics.parse import Asked, Verbatim, parse, words
from kodonb.model.errors import KodonbError

_LINE: Final = re.compile(
    r"^[ \t]*(?:(?P<bound>\w+)[ \t]*=[ \t]*)?%flow[ \t]+(?P<verb>run|answer)[ \t]+(?P<rest>.+)$"
)
_LIST: Final = re.compile(r"(list|tuple|set|frozenset|Sequence)\b", re.IGNORECASE)
_TRUE: Final = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}
_LAST: Final = "last"


def cases_of(
    cells: Sequence[Source], outputs: Sequence[Sequence[Any]], flows: Sequence[Exposed], limit: int = 20
) -> tuple[Case, ...]:
    """Return the calls that cells make.

    Args:
        cells: The code.
        outputs: Outputs of each cell, as nbformat has them.
        flows: The flows whose calls count.
        limit: How many at most.
    """
    reader = _Reader({flow.name: flow for flow in flows} | {flow.function: flow for flow in flows})
    for cell, shown in zip(cells, outputs, strict=True):
        reader.read(cell, shown)
    distinct: dict[str, Case] = {}
    for case in reader.cases:
        key = f"{case.flow} {json.dumps(case.inputs, sort_keys=True)}"
        if key not in distinct or distinct[key].result is UNKNOWN:
            distinct[key] = case
    return tuple(distinct.values())[:limit]


class _Reader:
    """Reads cells in their order.

    Args:
        flows: The flows by their names and by those of their functions.
    """

    def __init__(self, flows: Mapping[str, Exposed]) -> None:
        self.cases: list[Case] = []
        self._flows = flows
        self._known: dict[str, Any] = {}  # names that are bound to literals
        self._runs: dict[str, int] = {}  # names that are bound to runs -> place of the case

    def read(self, cell: Source, shown: Sequence[Any]) -> None:
        """Take the calls of a cell."""
        for line in cell.text.splitlines():
            self._magic(line, cell)
        known = index(cell.text)
        statements = known.tree.body if known is not None else []
        for statement in statements:
            self._statement(statement, cell)
        if statements and isinstance(statements[-1], ast.Expr):
            self._result(statements[-1].value, shown)

    def _magic(self, line: str, cell: Source) -> None:
        found = _LINE.match(line)
        if found is None:
            return
        try:
            asked = parse(COMMANDS[found["verb"]], words(found["rest"]))
        except KodonbError:
            return  # whoever executes the cell is told
        if found["verb"] == "run":
            self._run(asked, found["bound"], cell)
        else:
            self._answer(asked)

    def _run(self, asked: Asked, bound: str | None, cell: Source) -> None:
        flow = self._flows.get(asked.values["name"])
        if flow is None:
            return
        try:
            inputs = {
                key: self._typed(text, flow.parameters.get(key, "")) for key, text in asked.pairs.items()
            }
        except ValueError:
            return
        self._take(flow, inputs, cell, [name for name in (bound, asked.values.get("output")) if name])

    def _typed(self, text: str, annotation: str) -> Any:
        """Return what a typed word stands for.

        Raises:
            ValueError: An object of the notebook that is no literal.
        """
        quoted = isinstance(text, Verbatim)
        if not quoted and text.startswith("$"):
            if text[1:] not in self._known:
                raise ValueError(text)
            return self._known[text[1:]]
        if quoted or annotation in {"str", "bytes"}:
            return str(text)
        if annotation == "bool" and text.lower() in _TRUE:
            return _TRUE[text.lower()]
        if _LIST.match(annotation) and not text.startswith("["):
            return [_plain(part) for part in text.split(",")]
        if text.startswith("{") and _plain(text) == text:
            raise ValueError(text)
        return _plain(text)

    def _answer(self, asked: Asked) -> None:
        run = str(asked.values.get("run", "")).lstrip("$")
        place = self._runs.get(run)
        if place is not None and asked.pairs:
            case = self.cases[place]
            answer = {key: _plain(text) for key, text in asked.pairs.items()}
            self.cases[place] = case._replace(answers=(*case.answers, answer))

    def _statement(self, statement: ast.stmt, cell: Source) -> None:
        bound = _targets(statement)
        value = getattr(statement, "value", None)
        if bound and isinstance(value, ast.expr):
            try:
                self._known |= dict.fromkeys(bound, ast.literal_eval(value))
            except (ValueError, TypeError):
                self._forget(bound)
        if isinstance(value, ast.expr):
            for call in _calls(value):
                self._call(call, bound, cell)

    def _forget(self, names: Sequence[str]) -> None:
        for name in names:
            self._known.pop(name, None)
            self._runs.pop(name, None)

    def _call(self, call: ast.Call, bound: Sequence[str], cell: Source) -> None:
        flow = self._flow(call)
        if flow is None:
            return
        try:
            given = [self._literal(each) for each in call.args]
            named = {str(word.arg): self._literal(word.value) for word in call.keywords if word.arg}
        except (ValueError, TypeError):
            return
        if len(named) == len(call.keywords) and len(given) <= len(flow.parameters):
            inputs = {**dict(zip(flow.parameters, given, strict=False)), **named}
            self._take(flow, inputs, cell, bound)

    def _flow(self, call: ast.Call) -> Exposed | None:
        match call.func:
            case ast.Name(id=name) | ast.Attribute(value=ast.Name(id=name), attr="submit"):
                return self._flows.get(name)
        return None

    def _literal(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Name):
            if node.id not in self._known:
                raise ValueError(node.id)
            return self._known[node.id]
        return ast.literal_eval(node)

    def _take(self, flow: Exposed, inputs: Mapping[str, Any], cell: Source, bound: Sequence[str]) -> None:
        try:
            plain = json.loads(json.dumps(inputs))
        except (TypeError, ValueError):
            return  # a request could not carry it
        self._runs |= dict.fromkeys([*bound, _LAST], len(self.cases))
        self.cases.append(Case(flow.name, plain, cell.label))

    def _result(self, value: ast.expr, shown: Sequence[Any]) -> None:
        """Take what a cell shows, if it is the result of a call."""
        place = self._shown(value)
        if place is None:
            return
        for output in shown:
            text = (
                output.get("data", {}).get("text/plain")
                if output["output_type"] == "execute_result"
                else None
            )
            if text is not None:
                self.cases[place] = self.cases[place]._replace(result=_result("".join(text)))

    def _shown(self, value: ast.expr) -> int | None:
        match value:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=run), attr="result")):
                return self._runs.get(run)
            case ast.Call(func=ast.Attribute(value=ast.Call() as call, attr="result")) if self._flow(call):
                return self._runs.get(_LAST)
            case ast.Call(func=ast.Name()) if self._flow(value):
                return self._runs.get(_LAST)
        return None


def _targets(statement: ast.stmt) -> list[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _calls(value: ast.expr) -> Iterator[ast.Call]:
    """Yield the calls in an expression, without those in functions that it defines."""
    if isinstance(value, ast.Lambda):
        return
    if isinstance(value, ast.Call):
        yield value
    for child in ast.iter_child_nodes(value):
        if isinstance(child, ast.expr):
            yield from _calls(child)


def _plain(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return {"none": None}.get(text.lower(), str(text))


def _result(text: str) -> Any:
    try:
        return json.loads(json.dumps(ast.literal_eval(text)))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return UNKNOWN
