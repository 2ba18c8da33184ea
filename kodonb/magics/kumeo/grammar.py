"""The grammar of `%kumeo` and `%%kumeo`."""

from __future__ import annotations

from typing import Final

from kodonb.magics import grammar
from kodonb.magics.terms import Argument, Command, Option, variable, whole

_OF_FLOWS: Final = ("title", "tag", "author", "organization", "version", "timeout", "num_cpus", "num_gpus",
                    "memory", "pip")  # fmt: skip
_WORKFLOW: Final = Option(
    ("--workflow",), "which workflow; the latest that fits by default", "NAME", offers="workflow"
)
_RUN: Final = Option(("--run",), "of which run; the workflow's last by default", "RUN", offers="run")
_OUTPUT: Final = Option(
    ("-o", "--output"), "put what is found into this variable", "VAR", variable, offers="variable"
)
_AGENT: Final = Argument("AGENT", "id of an agent", "agent")
_TEXT: Final = Argument(
    "WORKFLOW", "name of a workflow, or a file; the latest workflow by default", "workflow", required=False
)

DEFINE: Final = Command(
    "define",
    "%%kumeo",
    "Define workflows: the cell below is a text in Kumeo; each of its workflows becomes a flow.",
    (
        Argument(
            "NAME",
            "name of the flow, if not the workflow's; of several workflows, the one that is meant",
            required=False,
        ),
    ),
    tuple(option for option in grammar.DEFINE.options if option.dest in _OF_FLOWS),
)
"""`%%kumeo`."""

_ALL: Final = (
    Command("check", "%kumeo check", "Say all that is wrong with a text, or doubtful.", (_TEXT,)),
    Command("graph", "%kumeo graph", "Draw what runs after what.", (_TEXT,)),
    Command(
        "load",
        "%kumeo load",
        "Make flows of the workflows of a file.",
        (Argument("FILE", "a file that ends in .kumeo"),),
    ),
    Command(
        "send",
        "%kumeo send",
        "Send an event to a workflow's source, or several.",
        (Argument("EVENT", "JSON, $name or {expression}; a list is several events"),),
        (
            _WORKFLOW,
            Option(("--subject",), "where to, for a source whose address has wildcards", "SUBJECT"),
            Option(("--nats",), "address of the NATS server, if not that of the text", "URL"),
        ),
    ),
    Command(
        "inspect",
        "%kumeo inspect",
        "Show what an agent was given last, and what it made of it.",
        (_AGENT,),
        (_WORKFLOW, _RUN, Option(("--last",), "how many events; 5 by default", "N", whole), _OUTPUT),
    ),
    Command(
        "run-agent",
        "%kumeo run-agent",
        "Give one agent an event, without sources and targets.",
        (
            _AGENT,
            Argument("EVENT", "JSON, $name or {expression}; what it was given last by default", required=False),
        ),
        (
            _WORKFLOW,
            _RUN,
            Option(("--recorded",), "trace or offset of a recorded event, instead of EVENT", "ID"),
            _OUTPUT,
        ),
    ),
    Command(
        "help",
        "%kumeo help",
        "Show help.",
        (
            Argument(
                "COMMAND", "the command; all of them by default", "command of kumeo", required=False
            ),
        ),
    ),
)  # fmt: skip

COMMANDS: Final[dict[str, Command]] = {command.name: command for command in _ALL}
"""The commands of `%kumeo` by name."""
