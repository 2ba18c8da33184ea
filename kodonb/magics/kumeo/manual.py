"""Help of `%kumeo` and `%%kumeo`."""

from __future__ import annotations

from kodonb.magics.kumeo.grammar import COMMANDS, DEFINE
from kodonb.magics.manual import among, of_command
from kodonb.magics.parse import usage
from kodonb.magics.terms import Command

__all__ = ["command", "definition", "of_command", "overview"]


def overview() -> str:
    """Return the help of `%kumeo`."""
    width = max(len(usage(command)) for command in COMMANDS.values())
    lines = [f"  {usage(command):<{width}}  {command.help}" for command in COMMANDS.values()]
    ways = "%kumeo COMMAND -h shows the options of a command; %%kumeo defines workflows; %flow run NAME runs one."
    return "\n".join(["Look at workflows, and try them out.", "", *lines, "", ways])


def definition() -> str:
    """Return the help of `%%kumeo`."""
    return of_command(DEFINE)


def command(name: str) -> Command:
    """Return a command of `%kumeo` by its name.

    Raises:
        UsageError: There is none (KN001).
    """
    return among(COMMANDS, name, "%kumeo")
