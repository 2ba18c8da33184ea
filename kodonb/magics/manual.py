"""Help: of the magics, of a command, and of a flow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kodonb.magics.grammar import COMMANDS, DEFINE
from kodonb.magics.parse import parser, usage
from kodonb.magics.terms import Command, nearest
from kodonb.model.errors import UsageError

if TYPE_CHECKING:
    from kodonb.flows.flow import Flow

_INPUTS = """
inputs:
  key=value         text, number, date, yes/no, a,b,c for a list, JSON
  key=$name         the notebook's variable of that name, e.g. a DataFrame
  key={expression}  what the expression is worth in the notebook
"""


def overview() -> str:
    """Return the help of `%flow`."""
    width = max(len(usage(command)) for command in COMMANDS.values())
    lines = [f"  {usage(command):<{width}}  {command.help}" for command in COMMANDS.values()]
    return "\n".join(
        [
            "Run flows and look at their runs.",
            "",
            *lines,
            "",
            "%flow COMMAND -h shows the options of a command; %%flow NAME defines a flow.",
        ]
    )


def of_command(command: Command) -> str:
    """Return the help of a command."""
    return parser(command).format_help().rstrip() + (f"\n{_INPUTS.rstrip()}" if command.pairs else "")


def of_flow(flow: Flow[..., object]) -> str:
    """Return what a flow asks for."""
    from kodonb.display import flow_text  # noqa: PLC0415 - drawing is loaded when something is drawn

    return f"{of_command(COMMANDS['run'])}\n\n{flow_text(flow.meta, flow.schema)}"


def definition() -> str:
    """Return the help of `%%flow`."""
    return of_command(DEFINE)


def command(name: str) -> Command:
    """Return a command of `%flow` by its name.

    Raises:
        UsageError: There is none (KN001).
    """
    return among(COMMANDS, name, "%flow")


def among(commands: Mapping[str, Command], name: str, magic: str) -> Command:
    """Return a command of a magic by its name.

    Raises:
        UsageError: There is none (KN001).
    """
    if name in commands:
        return commands[name]
    near = nearest(name, commands)
    raise UsageError(
        f"{magic} has no command {name!r}", remedy=f"did you mean {near!r}?" if near else f"see {magic} help"
    )
