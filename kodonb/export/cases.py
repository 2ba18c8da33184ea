"""Which calls of its flows a notebook makes, and what they gave: the contract that the service keeps.

Calls are read from the text: ``%flow run NAME key=value``, ``NAME.submit(key=value)`` and ``NAME(value)`` with literal
inputs, or names that stand for literals. What a call returned is taken from the output of the cell that shows it.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from kodonb.batch.lint.rules import secrets
from kodonb.capture.slicing import Left
from kodonb.capture.slicing.magics import Magic, Plain, plain
from kodonb.capture.sources import Source, place
from kodonb.export.literals import Literals, targets
from kodonb.export.service import UNKNOWN, Case, Exposed
from kodonb.export.typed import RunLine, read_line, typed

LARGEST: Final = 100_000
"""Characters of JSON that the inputs of a case may have."""

_LAST: Final = "last"
_DEF: Final = ast.FunctionDef | ast.AsyncFunctionDef


class Contract(NamedTuple):
    """The calls of a notebook.

    Attributes:
        cases: Those that a service can be asked to repeat.
        left: Calls that were left out, worth telling.
    """

    cases: tuple[Case, ...]
    left: tuple[Left, ...]


def contract_of(
    cells: Sequence[Source], outputs: Sequence[Sequence[Any]], flows: Sequence[Exposed], limit: int = 20
) -> Contract:
    """Return the calls that cells make.

    Args:
        cells: The code.
        outputs: Outputs of each cell, as nbformat has them.
        flows: The flows whose calls count.
        limit: How many at most.
    """
    reader = _Reader(flows)
    for cell, shown in zip(cells, outputs, strict=True):
        reader.read(cell, shown)
    distinct: dict[str, Case] = {}
    for case in reader.cases:
        if case is not None:
            key = f"{case.flow} {json.dumps(case.inputs, sort_keys=True)}"
            if key not in distinct or distinct[key].result is UNKNOWN:
                distinct[key] = case
    return Contract(tuple(distinct.values())[:limit], tuple(reader.left))


class _Reader:
    """Reads cells in their order.

    Args:
        flows: The flows.
    """

    def __init__(self, flows: Sequence[Exposed]) -> None:
        self.cases: list[Case | None] = []
        self.left: list[Left] = []
        self._flows = {flow.name: flow for flow in flows} | {flow.function: flow for flow in flows}
        self._timed = {flow.name for flow in flows if flow.workflow}
        self._literals = Literals()
        self._runs: dict[str, int] = {}  # names that stand for runs -> place of the case
        self._calls: dict[ast.Call, int] = {}

    def read(self, cell: Source, shown: Sequence[Any]) -> None:
        """Take the calls of a cell."""
        found = plain(cell.text)
        self._define(found)
        failed = any(output["output_type"] == "error" for output in shown)
        for part in _in_order(found):
            if isinstance(part, ast.stmt):
                self._statement(part, cell, calls=not failed)
            elif not failed:
                self._magic(part, cell)
        last = found.tree.body[-1] if found.tree is not None and found.tree.body else None
        if isinstance(last, ast.Expr) and not failed:
            self._result(last.value, shown)

    def _define(self, found: Plain) -> None:
        """Drop the calls of what a cell defines anew: they were of something else."""
        names = {node.name for node in (found.tree.body if found.tree else ()) if isinstance(node, _DEF)}
        for flow in [self._flows[name] for name in {*names, found.flow} if name in self._flows]:
            self.cases = [None if case is None or case.flow == flow.name else case for case in self.cases]

    def _magic(self, magic: Magic, cell: Source) -> None:
        line = read_line(magic.text)
        if line is None:
            return
        if line.verb == "answer":
            self._answer(line)
            return
        flow = self._flows.get(line.name)
        if flow is None:
            return
        try:
            inputs = {
                key: typed(text, flow.parameters.get(key, ""), self._literals)
                for key, text in line.pairs.items()
            }
        except ValueError:
            return
        if self._take(flow, inputs, cell, magic.line):
            self._name_run(line.bound)

    def _answer(self, line: RunLine) -> None:
        found = self._runs.get(line.name)
        case = None if found is None else self.cases[found]
        if found is not None and case is not None and line.pairs:
            answer = {key: typed(text, "", self._literals) for key, text in line.pairs.items()}
            self.cases[found] = case._replace(answers=(*case.answers, answer))

    def _statement(self, statement: ast.stmt, cell: Source, *, calls: bool) -> None:
        value = getattr(statement, "value", None)
        given: list[ast.AST] = []
        if isinstance(value, ast.expr) and calls:
            for call in _calls(value):
                given += self._call(call, cell)
        self._literals.learn(statement, given)
        for name in targets(statement):
            self._runs.pop(name, None)
        if isinstance(value, ast.Call) and value in self._calls:
            self._name_run(targets(statement))

    def _call(self, call: ast.Call, cell: Source) -> list[ast.AST]:
        """Take a call if it is one of a flow; return the nodes that are its inputs."""
        flow = self._flow(call)
        if flow is None:
            return []
        given = [*call.args, *(word.value for word in call.keywords)]
        try:
            args = [self._literals.value(each) for each in call.args]
            named = {word.arg: self._literals.value(word.value) for word in call.keywords}
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return list(given)
        if None not in named and len(args) <= len(flow.parameters):
            inputs = {
                **dict(zip(flow.parameters, args, strict=False)),
                **{str(k): v for k, v in named.items()},
            }
            if self._take(flow, inputs, cell, call.lineno):
                self._calls[call] = len(self.cases) - 1
                self._name_run([])
        return list(given)

    def _flow(self, call: ast.Call) -> Exposed | None:
        match call.func:
            case ast.Name(id=name) | ast.Attribute(value=ast.Name(id=name), attr="submit"):
                return self._flows.get(name)
        return None

    def _take(self, flow: Exposed, inputs: Mapping[str, Any], cell: Source, line: int) -> bool:
        if flow.workflow and not (
            isinstance(inputs.get("events"), list) and inputs.keys() <= flow.parameters.keys()
        ):
            return False  # it would wait for messages, or is told what no request may say
        try:
            text = json.dumps(inputs, allow_nan=False)
        except (TypeError, ValueError, RecursionError):
            return False  # a request could not carry it
        if len(text) > LARGEST:
            return False
        if any(_is_secret(flow, name, value) for name, value in inputs.items()):
            self.left.append(Left(place(cell.label, line), f"a call of {flow.name} with a secret"))
            return False
        self.cases.append(Case(flow.name, json.loads(text), cell.label))
        return True

    def _name_run(self, names: Sequence[str]) -> None:
        self._runs |= dict.fromkeys([*names, _LAST], len(self.cases) - 1)

    def _result(self, value: ast.expr, shown: Sequence[Any]) -> None:
        """Take what a cell shows, if it is the result of a call."""
        found = self._shown(value)
        case = None if found is None else self.cases[found]
        for output in shown:
            text = (
                output.get("data", {}).get("text/plain")
                if output["output_type"] == "execute_result"
                else None
            )
            lasting = case is not None and case.flow in self._timed  # seconds, too, are in its result
            if found is not None and case is not None and text is not None and not lasting:
                self.cases[found] = case._replace(result=_result("".join(text)))

    def _shown(self, value: ast.expr) -> int | None:
        match value:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=run), attr="result")):
                return self._runs.get(run)
            case ast.Call(func=ast.Attribute(value=ast.Call() as call, attr="result")):
                return self._calls.get(call)
            case ast.Call(func=ast.Name()):
                return self._calls.get(value)
        return None


def _in_order(found: Plain) -> list[ast.stmt | Magic]:
    """Return magics and statements of a cell, as they are executed."""
    statements = found.tree.body if found.tree is not None else []
    own = [statement for statement in statements if statement.lineno not in found.masked]
    magics = [] if found.flow else list(found.magics)
    return sorted([*own, *magics], key=lambda part: part.line if isinstance(part, Magic) else part.lineno)


def _calls(value: ast.expr) -> Iterator[ast.Call]:
    """Yield the calls in an expression, without those in functions that it defines; inner ones first."""
    if isinstance(value, ast.Lambda):
        return
    for child in ast.iter_child_nodes(value):
        if isinstance(child, ast.expr):
            yield from _calls(child)
        elif isinstance(child, ast.keyword):
            yield from _calls(child.value)
    if isinstance(value, ast.Call):
        yield value


def _is_secret(flow: Exposed, name: str, value: Any) -> bool:
    if "Secret" in flow.parameters.get(name, ""):
        return True
    if not isinstance(value, str):
        return False
    return any(secrets.known(value)) or secrets.under(name, value) is not None


def _result(text: str) -> Any:
    try:
        return json.loads(json.dumps(ast.literal_eval(text), allow_nan=False))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return UNKNOWN
