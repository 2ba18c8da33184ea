"""The grammar of `%flow` and `%%flow`: the one source of parsing, help and completion."""

from __future__ import annotations

from typing import Final, get_args

from kodonb.magics.terms import Argument, Command, Option, number, offset, one_of, variable, whole
from kodonb.model.event import KINDS
from kodonb.model.run import Status
from kodonb.model.units import seconds, size

STATUSES: Final[tuple[str, ...]] = get_args(Status)

_RUN: Final = "id of a run, its beginning, or last"
_WAITING: Final = (
    Option(("--wait",), "wait for the end of the run (this is the default)", group="wait"),
    Option(("--detach",), "return at once; the run goes on", group="wait"),
    Option(("-o", "--output"), "put the run into this variable", "VAR", variable, offers="variable"),
    Option(
        ("--on-interrupt",),
        "what interrupting the waiting cell does: detach (default) or cancel",
        "WHAT",
        one_of(("detach", "cancel"), "choice"),
        choices=("detach", "cancel"),
    ),
    Option(("--timeout",), "wait so long at most, e.g. 10m; the run goes on then", "TIME", seconds),
)

DEFINE: Final = Command(
    "define",
    "%%flow",
    "Define a flow: the cell below is plain Python with the flow's function.",
    (Argument("NAME", "name of the flow; its function is called so, or is the only one of the cell"),),
    (
        Option(("--title",), "heading for people", "TEXT"),
        Option(("--summary",), "what the flow does; the docstring's first line by default", "TEXT"),
        Option(("--tag",), "label to filter by; may be repeated", "TAG", repeat=True),
        Option(("--author",), "who wrote it", "TEXT"),
        Option(("--organization",), "whose it is", "TEXT"),
        Option(("--version",), "version of the flow", "TEXT"),
        Option(("--retries",), "how often the function is called again after an error", "N", whole),
        Option(("--timeout",), "time a run may take, e.g. 10m", "TIME", seconds),
        Option(("--num-cpus",), "logical CPUs that the flow's function occupies", "N", number),
        Option(("--num-gpus",), "logical GPUs that it occupies", "N", number),
        Option(("--memory",), "memory that it occupies, e.g. 2GiB", "SIZE", size),
        Option(
            ("--pip",), "requirement beside what is installed; may be repeated", "REQUIREMENT", repeat=True
        ),
        Option(("--run",), "run it with its defaults, once it is defined"),
        Option(("--show-code",), "print the module that is captured from the notebook"),
    ),
)
"""`%%flow`."""

_ALL: Final = (
    Command("list", "%flow list", "List the flows that are known here."),
    Command(
        "run",
        "%flow run",
        "Start a run and follow it in this cell.",
        (Argument("NAME", "name of the flow", "flow"),),
        _WAITING,
        "flow",
    ),
    Command(
        "form",
        "%flow form",
        "Show the launch form of a flow.",
        (Argument("NAME", "name of the flow", "flow"),),
    ),
    Command(
        "runs",
        "%flow runs",
        "List runs, newest first.",
        (),
        (
            Option(("--flow",), "only of this flow", "NAME", offers="flow"),
            Option(
                ("--status",),
                "only in this status; may be repeated",
                "STATUS",
                one_of(STATUSES, "status"),
                repeat=True,
                choices=STATUSES,
            ),
            Option(("--since",), "only since then: how long ago, e.g. 2h, or a time", "TIME"),
            Option(("--tag",), "only with this tag", "TAG"),
            Option(("--limit",), "how many at most; 20 by default", "N", whole),
        ),
    ),
    Command("show", "%flow show", "Show a run as it is now.", (Argument("RUN", _RUN, "run"),)),
    Command(
        "events",
        "%flow events",
        "Print the events of a run, a line each.",
        (Argument("RUN", _RUN, "run"),),
        (
            Option(
                ("--kind",),
                "only of this kind; may be repeated",
                "KIND",
                one_of(KINDS, "kind of event"),
                repeat=True,
                choices=KINDS,
            ),
            Option(("--after",), "only with a higher offset", "N", offset),
            Option(
                ("--limit",), "how many at most; 1000 by default, without limit with --follow", "N", whole
            ),
            Option(("--follow",), "wait for more until the run has ended"),
        ),
    ),
    Command("cancel", "%flow cancel", "End a run.", (Argument("RUN", _RUN, "run going"),)),
    Command(
        "retry",
        "%flow retry",
        "Run again with the same code and inputs; finished steps are replayed.",
        (Argument("RUN", _RUN, "run ended"),),
        _WAITING,
    ),
    Command(
        "answer",
        "%flow answer",
        "Answer what a run asks.",
        (
            Argument("RUN", _RUN, "run awaiting"),
            Argument("LOCK", "id of the question, when the run asks several", "lock", required=False),
        ),
        pairs="lock",
    ),
    Command(
        "code",
        "%flow code",
        "Print the module of a flow or a run.",
        (Argument("NAME_OR_RUN", f"name of a flow, or {_RUN}", "flow run"),),
    ),
    Command(
        "connect",
        "%flow connect",
        "Choose the session in which flows are submitted, or say which it is.",
        (
            Argument(
                "SESSION",
                "inline (this process) or ray (the local cluster, or the one at ADDRESS)",
                required=False,
                choices=("inline", "ray"),
            ),
            Argument("ADDRESS", "address of a Ray cluster", required=False),
        ),
    ),
    Command("doctor", "%flow doctor", "Check the set-up."),
    Command(
        "help",
        "%flow help",
        "Show help.",
        (Argument("COMMAND", "the command; all of them by default", "command", required=False),),
    ),
)

COMMANDS: Final[dict[str, Command]] = {command.name: command for command in _ALL}
"""The commands of `%flow` by name."""
