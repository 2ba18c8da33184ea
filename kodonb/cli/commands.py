"""The table of commands: what each is called, takes, and is done by."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final, NamedTuple

from kodonb.cli.options import ACCOMPANY, CLUSTER, INPUTS, JOB, RUN, SERVICE, Option, choice, option, several
from kodonb.cli.words import offset, one_of, whole
from kodonb.model.event import KINDS
from kodonb.model.run import FINAL
from kodonb.model.units import seconds

STATUSES: Final = ("starting", "running", "awaiting", *sorted(FINAL))
SCOPES: Final = ("run", "read", "answer", "admin")


class Command(NamedTuple):
    """A command.

    Attributes:
        name: What is typed.
        summary: What it does.
        action: Function that does it, as ``module:name``; it takes the options and the output.
        options: What it takes.
    """

    name: str
    summary: str
    action: str
    options: tuple[Option, ...] = ()


COMMANDS: Final[tuple[Command, ...]] = (
    Command(
        "run",
        "start a run of a flow or workflow and follow it to its end, or execute a notebook",
        "kodonb.cli.running:run",
        (
            option(
                "target",
                metavar="TARGET",
                help="module:flow, file.py:flow, notebook.ipynb:flow, file.kumeo; or notebook.ipynb, to execute it",
            ),
            INPUTS,
            option(
                "--events",
                metavar="FILE",
                help="of a workflow in Kumeo: events instead of its sources, - for standard input; "
                "results are printed as JSON lines",
            ),
            *ACCOMPANY,
            option(
                "-o",
                "--output",
                type=Path,
                metavar="FILE",
                help="where the executed notebook goes, or the results of a workflow in Kumeo",
            ),
            option("--html", type=Path, metavar="FILE", help="write the executed notebook as a page"),
            *JOB,
        ),
    ),
    Command(
        "batch",
        "execute many notebooks, or one over a grid of parameters",
        "kodonb.cli.batching:batch",
        (
            option("notebooks", nargs="+", type=Path, metavar="NOTEBOOK", help="notebooks"),
            option(
                "--matrix", type=Path, metavar="FILE", help="YAML: parameters, each with a list of values"
            ),
            INPUTS,
            option(
                "-o",
                "--output",
                type=Path,
                default=Path("executed"),
                metavar="DIR",
                help="folder of the executed notebooks (executed)",
            ),
            option("-n", "--workers", type=whole, default=0, metavar="N", help="how many at a time (CPUs)"),
            choice(
                "--on",
                "place",
                ("here", "ray"),
                default="here",
                help="in processes of this machine, or as tasks of the cluster (here)",
            ),
            option("--resume", action="store_true", help="leave out what has ended well already"),
            option("--timeout", type=seconds, metavar="TIME", help="end a notebook that takes longer"),
            *JOB,
        ),
    ),
    Command(
        "inspect",
        "list parameters, flows, steps and packages of a notebook",
        "kodonb.cli.inspecting:inspect",
        (option("notebook", type=Path, metavar="NOTEBOOK", help="a notebook"),),
    ),
    Command(
        "lint",
        "check notebooks without executing them",
        "kodonb.cli.linting:lint",
        (
            option("notebooks", nargs="+", metavar="NB", help="notebooks, and folders to search for them"),
            option("--fix", action="store_true", help="remove outputs that show a secret"),
            choice(
                "--format",
                "format",
                ("text", "json", "sarif", "github"),
                metavar="FORMAT",
                help="text, json, sarif, or github for annotations (text)",
            ),
            option(
                "--select", action="append", default=[], metavar="CODES", help="only these, e.g. KN111,KN116"
            ),
            option("--ignore", action="append", default=[], metavar="CODES", help="all but these"),
            option("--strict", action="store_true", help="warnings count as errors for the exit code"),
        ),
    ),
    Command(
        "check",
        "check workflows in Kumeo without running them",
        "kodonb.cli.checking:check",
        (
            option("files", nargs="+", metavar="FILE", help="*.kumeo files, or - for standard input"),
            option(
                "--format",
                type=one_of("format", ("text", "json", "sarif")),
                metavar="FORMAT",
                help="text, json or sarif (text)",
            ),
        ),
    ),
    Command(
        "fmt",
        "format workflows in Kumeo; what they say stays the same",
        "kodonb.cli.formatting:fmt",
        (
            option("files", nargs="+", metavar="FILE", help="*.kumeo files, or - for standard input"),
            option("--check", action="store_true", help="write nothing; fail if a file would change"),
            option("--diff", action="store_true", help="write nothing; print what would change"),
        ),
    ),
    Command(
        "export",
        "write flows of a notebook, a file or a module as a service",
        "kodonb.cli.exporting:export",
        (
            option(
                "what",
                metavar="NOTEBOOK[:FLOW]",
                help="notebook.ipynb, file.py or a module; with :flow or :flow,flow only these",
            ),
            option("-o", "--output", type=Path, metavar="DIR", help="folder of the service (build/FLOW)"),
            option(
                "--target",
                default="k8s",
                metavar="TARGET",
                help="script, module, serve, image, k8s, each more than the one before (k8s)",
            ),
            option("--name", default="", metavar="NAME", help="name of the service (the flow's)"),
            option("--version", default="", metavar="VERSION", help="its version (the flow's, or 0.1.0)"),
            option("--check", action="store_true", help="write nothing; fail if the export would differ"),
            option("--unchecked", action="store_true", help="do not run the tests of the service"),
            option("--force", action="store_true", help="give up what was changed by hand in the export"),
        ),
    ),
    Command(
        "serve",
        "run a service until Ctrl-C",
        "kodonb.cli.serving:serve",
        (
            option(
                "target",
                metavar="TARGET",
                help="folder that kodonb export made; or module:app, file.py:app of an ASGI application",
            ),
            *SERVICE,
            choice(
                "--on", "place", ("ray", "here"), default="ray", help="on Ray Serve, or in this process (ray)"
            ),
            option("--detach", action="store_true", help="leave it running, as kodonb deploy does"),
        ),
    ),
    Command(
        "deploy",
        "put a service, or its next version, on a cluster",
        "kodonb.cli.deploying:deploy",
        (
            option("folder", metavar="FOLDER", help="folder that kodonb export made"),
            *SERVICE,
            option("--diff", action="store_true", help="only say what would change; exit code 1 if anything"),
            option(
                "--wait",
                action=argparse.BooleanOptionalAction,
                default=True,
                help="wait until it is well, or else take it back; --no-wait leaves both to you",
            ),
        ),
    ),
    Command("deployments", "list the services on a cluster", "kodonb.cli.deploying:deployments", (CLUSTER,)),
    Command(
        "undeploy",
        "remove a service from a cluster; its runs go on",
        "kodonb.cli.deploying:undeploy",
        (option("name", metavar="NAME", help="name of the deployment"), CLUSTER),
    ),
    Command(
        "keys",
        "list the API keys of services; make one, or revoke one",
        "kodonb.cli.keys:keys",
        (
            option(
                "action",
                nargs="?",
                type=one_of("action", ("list", "create", "revoke")),
                default="list",
                metavar="create|revoke",
                help="make a key, which is shown once, or make one worthless (list them)",
            ),
            option("name", nargs="?", default="", metavar="NAME", help="whose key it is"),
            several("--scope", metavar="SCOPE", type=one_of("scope", SCOPES), help="what a new key allows"),
            option("--expires", type=seconds, metavar="TIME", help="how long it is valid: 90d (for ever)"),
            option("--file", type=Path, metavar="FILE", help="file of the keys (what KODONB_KEYS says)"),
        ),
    ),
    Command(
        "runs",
        "list runs, newest first",
        "kodonb.cli.history:runs",
        (
            option("--flow", metavar="NAME", help="only of this flow"),
            several(
                "--status", metavar="STATUS", type=one_of("status", STATUSES), help="only in these statuses"
            ),
            option("--since", metavar="TIME", help="only created since: 2h ago, or 2026-01-31T12:00"),
            option("--tag", metavar="TAG", help="only with this tag"),
            option("--limit", type=whole, default=100, metavar="N", help="how many at most (100); 0 for all"),
        ),
    ),
    Command("show", "show a run: status, inputs, steps, result", "kodonb.cli.history:show", (RUN,)),
    Command(
        "events",
        "print the events of a run",
        "kodonb.cli.history:events",
        (
            RUN,
            several(
                "--kind", metavar="KIND", type=one_of("kind of events", KINDS), help="only of these kinds"
            ),
            option("--after", type=offset, default=-1, metavar="N", help="only with a higher offset"),
            option("--follow", action="store_true", help="go on until the run has ended"),
        ),
    ),
    Command("code", "print the module that a run executes", "kodonb.cli.history:code", (RUN,)),
    Command(
        "cancel",
        "end a run: gracefully, then hard",
        "kodonb.cli.steering:cancel",
        (
            RUN,
            option("--grace", type=seconds, default=5.0, metavar="TIME", help="to end by itself (5s)"),
        ),
    ),
    Command(
        "retry",
        "run again with the same code and inputs; finished steps are replayed",
        "kodonb.cli.steering:retry",
        (RUN, *ACCOMPANY),
    ),
    Command(
        "answer",
        "answer the question that a run waits for",
        "kodonb.cli.steering:answer",
        (
            RUN,
            option(
                "words", nargs="*", metavar="[LOCK] key=value", help="which question if several; the answer"
            ),
            INPUTS,
        ),
    ),
    Command("up", "start the local Ray, or find it running", "kodonb.cli.instance:up"),
    Command("down", "stop the local Ray with all that runs in it", "kodonb.cli.instance:down"),
    Command("status", "name every part of the instance with its process id", "kodonb.cli.instance:status"),
    Command(
        "doctor",
        "check what kodonb needs, and say how to mend what is wrong",
        "kodonb.cli.instance:doctor",
    ),
    Command(
        "prune",
        "remove old runs with their events and artifacts",
        "kodonb.cli.pruning:prune",
        (
            option(
                "--older",
                type=seconds,
                default=30 * 86400.0,
                metavar="TIME",
                help="that ended so long ago (30d)",
            ),
            several(
                "--status",
                metavar="STATUS",
                type=one_of("status of an ended run", FINAL),
                help="only in these statuses",
            ),
            option(
                "--keep", type=whole, default=0, metavar="N", help="the N newest runs of each flow stay (0)"
            ),
            option("--dry-run", action="store_true", help="only say what would go"),
        ),
    ),
)
"""All commands, in the order of the help."""

NAMES: Final = tuple(command.name for command in COMMANDS)
