"""The options that commands share, as a table for argparse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from kodonb.cli.words import assignment, one_of, whole
from kodonb.model.units import seconds


class Option(NamedTuple):
    """An option or an argument.

    Attributes:
        flags: Its names; one without dashes for an argument.
        settings: What argparse is told of it.
    """

    flags: tuple[str, ...]
    settings: Mapping[str, Any]


def option(*flags: str, **settings: Any) -> Option:
    """Return an option; it is declared as with `argparse.ArgumentParser.add_argument`."""
    return Option(flags, settings)


def several(*flags: str, **settings: Any) -> Option:
    """Return an option that takes several words, and may be given several times."""
    return option(*flags, action="extend", nargs="+", default=[], **settings)


def choice(flag: str, what: str, words: Sequence[str], **settings: Any) -> Option:
    """Return an option that takes one of some words.

    Args:
        flag: Its name.
        what: What one of the words is, for messages.
        words: The words.
        **settings: What argparse is told of it besides.
    """
    return option(flag, type=one_of(what, words), **{"metavar": "|".join(words), **settings})


JSON: Final = option("--json", action="store_true", help="print JSON only; everything else on standard error")

RUN: Final = option("run", metavar="RUN", help="id of a run, or the beginning of one, or last")

INPUTS: Final = several(
    "-p", "--param", dest="inputs", metavar="key=value", type=assignment, help="values of parameters"
)

JOB: Final = (
    option("-f", "--values", metavar="FILE", type=Path, help="values of parameters from a YAML or JSON file"),
    option("--cell-timeout", type=seconds, metavar="TIME", help="end it when one cell takes longer"),
    option("--kernel", default="", metavar="NAME", help="kernel to use (the notebook's own)"),
    option("--cwd", type=Path, metavar="DIR", help="folder in which the kernel starts (the notebook's)"),
    option("--answers", type=Path, metavar="FILE", help="answers to questions, from a JSON or YAML file"),
    option(
        "--answer-timeout",
        type=seconds,
        default=300.0,
        metavar="TIME",
        help="how long a question may wait for somebody (5m)",
    ),
    option("--junit", type=Path, metavar="FILE", help="write JUnit XML, each cell a test"),
)
"""How notebooks are executed."""

ACCOMPANY: Final = (
    option(
        "--timeout",
        type=seconds,
        metavar="TIME",
        help="wait so long at most, e.g. 30s, 15m; a run goes on, a notebook ends",
    ),
    option("--detach", action="store_true", help="do not wait: print the run's id and return"),
    choice("--session", "session", ("inline", "ray"), help="where to run (what KODONB_SESSION says, or ray)"),
    choice(
        "--on-interrupt",
        "way to be interrupted",
        ("detach", "cancel"),
        default="detach",
        help="what Ctrl-C does to the run (detach)",
    ),
)
"""How a run is followed that a command has started."""

CLUSTER: Final = option(
    "--to",
    default="",
    metavar="CLUSTER",
    help="local, HOST:PORT of a Ray cluster, or k8s (what KODONB_RAY_ADDRESS says, or local)",
)

SERVICE: Final = (
    CLUSTER,
    option("--name", default="", metavar="NAME", help="name of the service on the cluster (its own)"),
    option("--route", default="", metavar="PREFIX", help="prefix of its paths (/; /NAME if that is taken)"),
    option(
        "--replicas", type=whole, default=0, metavar="N", help="processes that serve (as serve.yaml says)"
    ),
    option("--no-auth", action="store_true", help="let everybody do everything: for trying out"),
    option("--host", metavar="ADDRESS", help="address that Ray Serve binds when it starts (127.0.0.1)"),
    option("--port", type=whole, metavar="N", help="its port; 0 for any that is free (8000)"),
    option(
        "--timeout",
        type=seconds,
        default=300.0,
        metavar="TIME",
        help="take back a version that is not well after this time (5m)",
    ),
)
"""How a service is put on a cluster."""
