"""Which flows a notebook or a file defines, read from its text."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from kodonb.capture import find_flow
from kodonb.capture.index import Def, index
from kodonb.capture.sources import Source, place
from kodonb.export.service import Exposed
from kodonb.export.spelling import spelled
from kodonb.export.workflows import is_workflow
from kodonb.flows.flow import describe
from kodonb.magics.grammar import DEFINE
from kodonb.magics.parse import parse, words
from kodonb.model.errors import KodonbError, ServiceError

_HEAD: Final = re.compile(r"\s*%%flow\s+(?P<options>.*)")
_PATH: Final = re.compile(r"[\w.~-]+")
_RESERVED: Final = frozenset({"docs", "files", "health", "metrics", "openapi.json", "ready", "redoc", "runs"})
_NOT_OF_FLOW: Final = frozenset({"name", "run", "show_code"})


class _Found(NamedTuple):
    """A function that is a flow.

    Attributes:
        name: Name of the flow.
        function: The function.
        options: Options of the flow that its decorator tells, as far as they are literals.
        typed: Options that were typed behind ``%%flow``; `None` without such a line.
    """

    name: str
    function: Def
    options: dict[str, Any]
    typed: dict[str, Any] | None = None


def flows_of(cells: Sequence[Source]) -> dict[str, Exposed]:
    """Return the flows that cells define, by name; a later one of a name replaces an earlier one.

    Raises:
        FlowError: A ``%%flow`` cell defines no flow (KN201), several (KN202), or is no Python (KN203).
        UsageError: Its options are wrong (KN001, KN005).
    """
    return {found.name: _exposed(found, cell) for cell in cells for found in _found(cell)}


def apart(flows: Iterable[Exposed]) -> None:
    """Make sure that each flow has a function and a path of its own.

    Raises:
        ServiceError: Two have the same function, or a name is no part of a path (KN701).
    """
    functions: dict[str, Exposed] = {}
    for flow in flows:
        if not _PATH.fullmatch(flow.name) or flow.name in _RESERVED:
            raise ServiceError(
                f"a flow of a service cannot be called {flow.name!r}: its path would be /{flow.name}",
                code="KN701",
                where=flow.place,
                remedy="give it another name, of letters, digits, - and _",
            )
        other = functions.setdefault(flow.function, flow)
        if other is not flow:
            raise ServiceError(
                f"the flows {other.name} and {flow.name} have the same function `{flow.function}`",
                code="KN701",
                where=f"{other.place}, {flow.place}",
                remedy="call one of the functions otherwise, or export one of the flows only",
            )


def _found(cell: Source) -> Iterator[_Found]:
    known = index(cell.text)
    if (head := _HEAD.match(cell.text)) is not None:
        yield _headed(head, cell)
        return
    for node in known.tree.body if known is not None else ():
        if isinstance(node, Def):
            yield from _decorated(node)


def _headed(head: re.Match[str], cell: Source) -> _Found:
    """Return the flow of a ``%%flow`` cell."""
    try:
        given = parse(DEFINE, words(head["options"])).values
    except KodonbError as error:
        error.where = place(cell.label, 1)
        raise
    offset = cell.text[: head.end()].count("\n") + 1
    body = "\n".join(cell.text.split("\n")[offset:])
    name = given["name"]
    function = find_flow(body, name, label=cell.label, offset=offset)
    nodes = [node for node in ast.parse(body).body if isinstance(node, Def) and node.name == function]
    typed = {_option(key): value for key, value in given.items() if key not in _NOT_OF_FLOW}
    marked = next(_decorated(nodes[-1]), None)
    return _Found(name, nodes[-1], marked.options if marked else {}, typed)


def _decorated(node: Def) -> Iterator[_Found]:
    for mark in node.decorator_list:
        called = mark.func if isinstance(mark, ast.Call) else mark
        if (called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")) == "flow":
            options = dict(_literals(mark.keywords)) if isinstance(mark, ast.Call) else {}
            yield _Found(str(options.pop("name", None) or node.name), node, options)


def _literals(keywords: list[ast.keyword]) -> Iterator[tuple[str, Any]]:
    for keyword in keywords:
        try:
            yield str(keyword.arg), ast.literal_eval(keyword.value)
        except ValueError:
            continue  # is known once the module is executed


def _exposed(found: _Found, cell: Source) -> Exposed:
    def documented() -> None: ...

    documented.__doc__ = ast.get_docstring(found.function)
    words = found.function.args
    return Exposed(
        name=found.name,
        function=found.function.name,
        meta=describe(documented, found.name, **found.options | (found.typed or {})),
        parameters={
            each.arg: ast.unparse(each.annotation) if each.annotation else ""
            for each in (*words.posonlyargs, *words.args, *words.kwonlyargs)
        },
        decorator="" if found.typed is None else _decorator(found, found.typed),
        place=cell.label,
        workflow=is_workflow(found.function),
    )


def _decorator(found: _Found, typed: dict[str, Any]) -> str:
    """Return the line that says what was typed behind ``%%flow``; empty if the function says all of it itself."""
    marked = next(_decorated(found.function), None)
    known = marked.name if marked else found.function.name
    named = {} if found.name == known else {"name": found.name}
    options = ", ".join(f"{key}={spelled(value)}" for key, value in {**named, **typed}.items())
    bare = "" if marked else "@kb.flow"
    return f"@kb.flow({options})" if options else bare


def _option(key: str) -> str:
    return "tags" if key == "tag" else key
