"""``%flow run`` and ``%flow answer`` as they are typed, and what their words stand for."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from kodonb.export.literals import Literals
from kodonb.magics.grammar import COMMANDS
from kodonb.magics.parse import Verbatim, parse, words
from kodonb.model.errors import KodonbError

_LINE: Final = re.compile(
    r"\s*(?:(?P<bound>\w+)\s*=\s*)?%flow\s+(?P<verb>run|answer)\s+(?P<rest>.+)", re.DOTALL
)
_TRUE: Final = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}
_LISTS: Final = frozenset({"list", "tuple", "set", "frozenset", "Sequence", "List", "Tuple", "Set"})


class RunLine(NamedTuple):
    """A line that starts a run, or answers one.

    Attributes:
        verb: ``run`` or ``answer``.
        name: Name of the flow or of the run.
        pairs: Typed words by parameter.
        bound: Names that the run is bound to.
    """

    verb: str
    name: str
    pairs: Mapping[str, str]
    bound: list[str]


def read_line(text: str) -> RunLine | None:
    """Return what a magic line says; `None` if it is another one, or a wrong one."""
    found = _LINE.fullmatch(text)
    if found is None:
        return None
    try:
        asked = parse(COMMANDS[found["verb"]], words(found["rest"]))
    except KodonbError:
        return None  # whoever executes the cell is told
    name = str(asked.values.get("name") or asked.values.get("run", "")).lstrip("$")
    bound = [each for each in (found["bound"], asked.values.get("output")) if each]
    return RunLine(found["verb"], name, asked.pairs, bound)


def typed(text: str, annotation: str, literals: Literals) -> Any:
    """Return what a typed word stands for.

    Args:
        text: The word.
        annotation: Type of the parameter as it is written; empty if it has none.
        literals: Names of the notebook.

    Raises:
        ValueError: An object of the notebook that is no literal.
    """
    quoted, kinds = isinstance(text, Verbatim), set(_kinds(annotation))
    if not quoted and text.startswith("$"):
        return literals.of(text[1:])
    if text.lower() == "none" and "None" in kinds:
        return None
    if quoted or kinds & {"str", "bytes", "Path", "date", "datetime", "time"}:
        return str(text)
    if "bool" in kinds and text.lower() in _TRUE:
        return _TRUE[text.lower()]
    if kinds & _LISTS and not text.startswith("["):
        return [_plain(part) for part in text.split(",")]
    if text.startswith("{") and _plain(text) == text:
        raise ValueError(text)
    return _plain(text)


def _kinds(annotation: str) -> Iterator[str]:
    """Yield the names of the types that an annotation allows, without what they hold."""
    try:
        yield from _named(ast.parse(annotation.strip("'\""), mode="eval").body)
    except SyntaxError:
        return


def _named(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            yield from _named(left)
            yield from _named(right)
        case ast.Subscript(value=value, slice=inner):
            name = next(_named(value), "")
            parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            if name in {"Optional", "Union"}:
                yield from (each for part in parts for each in _named(part))
                yield from ["None"] if name == "Optional" else []
            else:
                yield from _named(parts[0]) if name == "Annotated" else [name]
        case ast.Name(id=name) | ast.Attribute(attr=name):
            yield name
        case ast.Constant(value=None):
            yield "None"


def _plain(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None if text.lower() == "none" else str(text)
