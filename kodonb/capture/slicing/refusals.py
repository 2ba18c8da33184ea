"""What keeps statements in the notebook, in words that say what, where, and what to do."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterable, Sequence

from kodonb.capture import problems
from kodonb.capture.slicing.effects import Change
from kodonb.capture.slicing.magics import Magic
from kodonb.capture.slicing.statements import Cell, Statement
from kodonb.capture.slicing.values import RefusedError
from kodonb.model.errors import CaptureError


def executed(name: str, statement: Statement, error: RefusedError) -> CaptureError:
    """Report a statement that must not be executed when the module is imported."""
    if error.code == "KN102":
        return problems.tied(name, error.kind, "", statement.where)
    if error.kind:
        return problems.data(name, error.kind, statement.where)
    inner = f" ({error.where})" if error.where != statement.where else ""
    if error.code == "KN111":
        return CaptureError(
            f"`{name}` is made before all that it needs is defined: {error.reason}{inner}",
            code="KN111",
            where=statement.where,
            remedy="move the definition above this line",
        )
    if error.code == "KN119":
        return CaptureError(
            f"`{name}` cannot be made when a module is imported: {error.reason}{inner}",
            code="KN119",
            where=statement.where,
            remedy="await it inside the flow",
        )
    return CaptureError(
        f"`{name}` would be made whenever a service starts, and must not be: {error.reason}{inner}",
        code="KN103",
        where=statement.where,
        remedy=f"make `{name}` inside the flow, or make it a parameter",
    )


def changed(name: str, change: Change, error: RefusedError | None) -> CaptureError:
    """Report a change of something that the flow needs, which cannot come along."""
    where = change.statement.cell.where(getattr(change.node, "lineno", change.statement.node.lineno))
    text = shown(ast.unparse(change.node))
    if error is None:
        return CaptureError(
            f"`{text}` may change `{name}`, which the flow needs",
            code="KN118",
            where=where,
            remedy=f"delete the line if it was a trial; else make `{name}` inside the flow",
        )
    reason = f": {error.reason}" if error.reason else ""
    return CaptureError(
        f"`{text}` changes `{name}`, which the flow needs, and cannot be executed whenever a service starts{reason}",
        code="KN118",
        where=where,
        remedy=f"make `{name}` inside the flow, or write out what it holds",
    )


def early(
    name: str, statement: Statement, use: str, there: Statement, deleted: Statement | None
) -> CaptureError:
    """Report a name that is read before its cell, or after it was deleted."""
    if deleted is not None:
        message = f"`{name}` is used after {deleted.where} deleted it"
        remedy = f"define `{name}` again above this line"
    elif there.cell is statement.cell:
        message = f"`{name}` is used before the cell itself defines it"
        remedy = f"define `{name}` above this line"
    else:
        message = f"`{name}` is used before {there.cell.source.label} defines it"
        remedy = f"move the cell below {there.cell.source.label}, or the definition above this one"
    return CaptureError(message, code="KN111", where=use, remedy=remedy)


def nowhere(name: str, use: str, known: Iterable[str]) -> CaptureError:
    """Report a name that no cell defines."""
    told = problems.missing(name, use, None)
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.7)
    remedy = f"did you mean `{near[0]}`? else {told.remedy}" if near else told.remedy
    return CaptureError(told.message, code=told.code, where=use, remedy=remedy)


def guarded(name: str, use: str, there: Statement) -> CaptureError:
    """Report a name that is bound under ``if __name__ == "__main__"`` only."""
    return CaptureError(
        f'`{name}` is defined under `if __name__ == "__main__"` only ({there.where}), which a module does not execute',
        code="KN101",
        where=use,
        remedy=f"define `{name}` above that line",
    )


def undecorated(name: str, there: Statement) -> CaptureError:
    """Report a flow above which no decorator can be put."""
    return CaptureError(
        f"`{name}` is not defined by a `def` of its own, so that it cannot be made a flow",
        code="KN104",
        where=there.where,
        remedy=f"write `def {name}(...)` at the top of a cell",
    )


def by_magic(name: str, use: str, cell: Cell, magic: Magic) -> CaptureError:
    """Report a name that only a magic or shell line may have bound."""
    line = shown(magic.text.split("\n")[0])
    return CaptureError(
        f"`{name}` comes from a magic or shell line, which cannot travel: {line} ({cell.where(magic.line)})",
        code="KN102",
        where=use,
        remedy=f"make `{name}` in Python, or make it a parameter",
    )


def remembered(name: str, use: str) -> CaptureError:
    """Report a name that stands for what a notebook remembers."""
    return CaptureError(
        f"`{name}` is what the notebook remembers of its cells: data must be an input",
        code="KN103",
        where=use,
        remedy="give the result a name, or make it a parameter",
    )


def relative(statement: Statement) -> CaptureError:
    """Report an import that depends on the package around."""
    return CaptureError(
        f"`{shown(statement.text)}` is relative to a package, and the module will stand in another one",
        code="KN102",
        where=statement.where,
        remedy="import it by its full name",
    )


def broken(cell: Cell, error: SyntaxError) -> CaptureError:
    """Report a cell that may define what is missing, and is not Python."""
    return CaptureError(
        f"the cell is not Python: {error.msg}",
        code="KN203",
        where=cell.where(error.lineno or 1),
        remedy="correct the line",
    )


def raise_all(found: Sequence[CaptureError]) -> None:
    """Raise the first problem, with all others, their places and remedies in its message."""
    unique = list({(each.code, each.message, each.where): each for each in found}.values())
    if not unique:
        return
    first, *others = unique
    rest = "".join(
        f"\n  also {each.code}: {each.message} (at {each.where}); {each.remedy}" for each in others
    )
    raise CaptureError(first.message + rest, code=first.code, where=first.where, remedy=first.remedy)


def shown(text: str) -> str:
    """Return the beginning of a text, on one line."""
    line = text.strip().split("\n")[0]
    return line if len(line) <= 80 and "\n" not in text.strip() else f"{line[:77].rstrip()}..."
