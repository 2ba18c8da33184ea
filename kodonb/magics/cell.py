"""`%%flow`: a cell that defines a flow."""

from __future__ import annotations

import ast
import keyword
import re
from types import CodeType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kodonb.capture import find_flow
from kodonb.capture.sources import label_of, place
from kodonb.flows.flow import Flow, flow
from kodonb.model.errors import FlowError, UsageError

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


_NAME: Final = re.compile(r"[^\W\d][\w.-]*")


class Body(NamedTuple):
    """The Python part of a cell.

    Attributes:
        text: The Python text.
        raw: The whole cell, as typed.
    """

    text: str
    raw: str

    @property
    def offset(self) -> int:
        """Number of lines above the Python text."""
        return self.raw.removesuffix(self.text).count("\n")


def body_of(line: str, text: str, raw: str, magic: str = "%%flow") -> Body:
    """Return the body of the cell that is being executed.

    Args:
        line: What stands behind the magic.
        text: What stands below.
        raw: The cell as it was typed, as far as that is known.
        magic: Name of the magic.
    """
    whole = raw if raw.endswith("\n") else raw + "\n"
    same = whole.endswith(text) and magic in whole.removesuffix(text)
    return Body(text, whole if same else f"{magic} {line}\n{text}")


def define(shell: InteractiveShell, name: str, options: dict[str, Any], body: Body) -> Flow[..., Any]:
    """Execute the body of a cell in the notebook and make its function a flow.

    Args:
        shell: The notebook.
        name: Name of the flow.
        options: Options of a flow that were given.
        body: The cell.

    Raises:
        FlowError: The body defines no flow (KN201), several (KN202), or is not Python (KN203).
        UsageError: It cannot be called so (KN005).
    """
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"a flow cannot be called {name!r}",
            code="KN005",
            remedy="begin with a letter; letters, digits, - _ and . may follow",
        )
    # Cached under the raw text, so that line 1 of the "file" is the line of the magic itself.
    file = shell.compile.cache(body.raw, shell.displayhook.prompt_count)
    label = label_of(file)
    function = find_flow(body.text, name, label=label, offset=body.offset)
    execute(shell, _compiled(shell, body, file, label))
    made = _flow(shell.user_ns.get(function), function, name, options, label)
    shell.user_ns[function] = made
    if name.isidentifier() and not keyword.iskeyword(name):
        shell.user_ns[name] = made
    return made


def _compiled(shell: InteractiveShell, body: Body, file: str, label: str) -> CodeType:
    try:
        tree = ast.increment_lineno(shell.compile.ast_parse(body.text, file), body.offset)
        code: CodeType = shell.compile(tree, file, "exec")  # type: ignore[arg-type]
    except SyntaxError as error:
        # What only the compiler notices, e.g. a `return` outside of a function.
        raise FlowError(
            f"syntax error: {error.msg}",
            code="KN203",
            where=place(label, error.lineno or 1),
            remedy="correct the line and run the cell again",
        ) from None
    return code


def execute(shell: InteractiveShell, code: CodeType) -> None:
    """Execute code in the notebook; an error's traceback begins in the user's cell."""
    try:
        exec(code, shell.user_global_ns, shell.user_ns)  # noqa: S102 - it is the user's own cell
    except Exception as error:
        _begin_in_cell(shell, error)
        raise


def _begin_in_cell(shell: InteractiveShell, error: Exception) -> None:
    """Leave out the frames of IPython and of this module when the error is shown."""
    first = error.__traceback__.tb_next if error.__traceback__ else None

    def render() -> list[str]:
        shown: list[str] = shell.InteractiveTB.structured_traceback(type(error), error, first, tb_offset=0)
        return shown

    if first is not None and not hasattr(error, "_render_traceback_"):
        error._render_traceback_ = render  # type: ignore[attr-defined]


def _flow(value: Any, function: str, name: str, options: dict[str, Any], label: str) -> Flow[..., Any]:
    if not callable(value):
        raise FlowError(
            f"`{function}` is not a function any more once the cell has run",
            code="KN201",
            where=label,
            remedy=f"leave the name `{function}` to the flow's function",
        )
    made: Flow[..., Any] = flow(name=name, **options)(value)
    return made
