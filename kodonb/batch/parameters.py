"""Parameters of a notebook: its cell tagged ``parameters`` as a form, with the types that it tells."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from kodonb.batch.cells import Cell, mentions, names, statements, tagged
from kodonb.batch.files import Notebook
from kodonb.batch.namespace import MODULE, namespace
from kodonb.flows.form import Form, form_of

TAG: Final = "parameters"

_VALUES: Final = {
    "builtins",
    "datetime",
    "decimal",
    "pathlib",
    "uuid",
    "fractions",
    "pydantic",
    "collections",
}
_COMMENT: Final = re.compile(r"#\s*(?:type:\s*(?P<type>[^#]+?)\s*(?:#\s*|\s{2,}|$))?(?P<help>.*)$")


class Declared(NamedTuple):
    """A parameter as the cell says it.

    Attributes:
        name: Its name.
        annotation: Source of its type; empty if there is none.
        default: Source of its default; empty if it has none.
        help: The comment beside it.
        line: Line of the cell, from 1.
    """

    name: str
    annotation: str
    default: str
    help: str
    line: int


class Parameters(NamedTuple):
    """What a notebook asks for.

    Attributes:
        place: Place of the cell among all cells of the notebook.
        declared: The parameters, in their order.
        form: Checks values and reads typed text.
        space: What names of types stand for in that cell.
    """

    place: int
    declared: tuple[Declared, ...]
    form: Form
    space: dict[str, Any]


def parameters(notebook: Notebook, path: Path) -> Parameters | None:
    """Return what the cell tagged ``parameters`` asks for; `None` if there is no such cell.

    A type is told by an annotation, by a comment (``# type: float``), or by the default. A default that has to be
    computed is left to the kernel, and says nothing of the type.
    """
    place = tagged(notebook, TAG)
    if place is None:
        return None
    cell = notebook.cells[place]
    declared = tuple(_declared(cell))
    before = [each for each in notebook.cells[: place + 1] if each.cell_type == "code"]
    texts = (each.annotation or each.default for each in declared)
    wanted = {name for text in texts if text for name in names(ast.parse(text))}
    wanted |= {name for each in declared if each.default for name in names(ast.parse(each.default))}
    space = namespace(before, wanted, path.parent)
    where = f"{path.name}, cell {len(before)}"
    return Parameters(place, declared, _form(path.stem, where, declared, space), space)


def unread(notebook: Notebook, found: Parameters) -> list[str]:
    """Return the names of parameters that no later cell mentions."""
    later = [cell for cell in notebook.cells[found.place + 1 :] if cell.cell_type == "code"]
    return [each.name for each in found.declared if not any(mentions(cell, each.name) for cell in later)]


def _declared(cell: Cell) -> Iterator[Declared]:
    lines = cell.source.splitlines()
    found: dict[str, Declared] = {}
    for node in statements(cell):
        match node:
            case ast.AnnAssign(target=ast.Name(id=name)):
                annotation, value = ast.unparse(node.annotation), node.value
            case ast.Assign(targets=[ast.Name(id=name)]):
                annotation, value = "", node.value
            case _:
                continue
        if name.startswith("_"):
            continue
        comment = _COMMENT.search(_after(lines[(node.end_lineno or 1) - 1], node.end_col_offset or 0))
        told = (comment["type"] or "") if comment else ""
        told = "" if told.startswith("ignore") else told
        found[name] = Declared(
            name,
            annotation or (told if _is_expression(told) else ""),
            "" if value is None else ast.unparse(value),
            comment["help"].strip() if comment else "",
            node.lineno,
        )
    yield from found.values()


def _after(line: str, column: int) -> str:
    """Return what stands behind a column, which counts bytes."""
    return line.encode()[column:].decode(errors="replace")


def _is_expression(text: str) -> bool:
    try:
        ast.parse(text, mode="eval")
    except SyntaxError:
        return False
    return True


def _form(title: str, where: str, declared: tuple[Declared, ...], space: dict[str, Any]) -> Form:
    """Return the form of a function that has these parameters."""
    scope = dict(space)
    words = []
    for number, each in enumerate(declared):
        kind = f": {each.annotation}" if _known(each.annotation, scope) else ""
        value = _value(each.default, scope) if each.default else None
        if value is not None:
            scope[f"_default_{number}"] = value[0]
            words.append(f"{each.name}{kind} = _default_{number}")
        else:
            words.append(f"{each.name}{kind} = None" if each.default else f"{each.name}{kind}")
    taken = f"*, {', '.join(words)}" if words else ""
    head = compile(f"def notebook({taken}): ...", where, "exec")
    exec(head, scope)  # noqa: S102 - names and types of the notebook, parsed above
    function = scope["notebook"]
    function.__name__ = title
    told = (f"    {each.name}: {each.help}" for each in declared if each.help)
    function.__doc__ = "\n".join(["Parameters of the notebook.", "", "Args:", *told])
    return form_of(function)


def _known(annotation: str, scope: dict[str, Any]) -> bool:
    if not annotation:
        return False
    try:
        eval(annotation, scope)  # noqa: S307 - the type of a parameter of the user's own notebook
    except Exception:  # noqa: BLE001 - whatever it is, the kernel will tell; here it is no type
        return False
    return True


def _value(source: str, scope: dict[str, Any]) -> tuple[Any] | None:
    """Return a default, if it can be had without running code of the notebook but constructors of types."""
    tree = ast.parse(source, mode="eval")
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and not _makes_values(_callee(node, scope)):
            return None
        if isinstance(node, ast.Await | ast.Lambda | ast.ListComp | ast.GeneratorExp):
            return None
    try:
        return (eval(compile(tree, "<parameters>", "eval"), scope),)  # noqa: S307 - a literal or such a call
    except Exception:  # noqa: BLE001 - as in `_known`
        return None


def _makes_values(called: Any) -> bool:
    """Whether a call is but the making of a value: of a class of the notebook, or of a type that is one."""
    return isinstance(called, type) and (
        called.__module__.partition(".")[0] in _VALUES or called.__module__ == MODULE
    )


def _callee(node: ast.Call, scope: dict[str, Any]) -> Any:
    try:
        return eval(ast.unparse(node.func), scope)  # noqa: S307 - a name or an attribute
    except Exception:  # noqa: BLE001 - as in `_known`
        return None
