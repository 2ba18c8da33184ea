"""What magic and shell lines do to the names of a notebook."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from kodonb.capture.lines import is_python

_WORD: Final = re.compile(r"[^\W\d]\w*")
_MAGIC: Final = re.compile(r"[^%\n]*?%+(?P<name>[\w.!]+)\s*(?P<rest>.*)", re.DOTALL)

_HARMLESS: Final = frozenset({
    "aimport", "alias", "autoawait", "autoindent", "automagic", "autoreload", "bash", "cat", "cd",
    "clear", "colors", "conda", "config", "cp", "debug", "dirs", "doctest_mode", "env", "flow", "gui",
    "hist", "history", "killbgscripts", "kumeo", "ldir", "less", "lf", "lk", "ll", "load_ext", "logoff", "logon",
    "logstart", "logstate", "logstop", "ls", "lsmagic", "lx", "magic", "mamba", "man", "matplotlib",
    "memit", "micromamba", "mkdir", "more", "mv", "notebook", "page", "pdb", "pdef", "pdoc", "pfile",
    "pinfo", "pinfo2", "pip", "popd", "pprint", "precision", "prun", "psearch", "psource", "pushd",
    "pwd", "quickref", "reload_ext", "rm", "rmdir", "save", "sc", "set_env", "sx", "system", "tb",
    "timeit", "unalias", "unload_ext", "uv", "who", "who_ls", "whos", "xmode",
})  # fmt: skip
_OPAQUE: Final = frozenset({
    "ed", "edit", "load", "loadpy", "macro", "pylab", "R", "recall", "rep", "rerun", "Rpull", "run", "store",
})  # fmt: skip

AUTOMAGIC: Final = _HARMLESS | _OPAQUE | {"time"}
"""Magics that a cell of one line may call without a ``%``."""


class Effect(NamedTuple):
    """What a line may bind.

    Attributes:
        perhaps: Names that it may bind.
        opaque: Whether it may bind any name.
    """

    perhaps: frozenset[str] = frozenset()
    opaque: bool = False


def of_line(line: str) -> Effect:
    """Return what a magic or shell line may bind; of ``x = %magic`` what the magic itself may."""
    found = _MAGIC.match(line)
    if found is None or line.lstrip()[:1] in "!?/,;":
        return Effect()
    return of_magic(found["name"], found["rest"])


def of_magic(name: str, rest: str) -> Effect:
    """Return what a magic may bind, given what stands behind it."""
    if name in _HARMLESS or (name == "time" and is_python(rest)):
        return Effect()
    # An unknown magic may bind what it is told, as in `%sql result << SELECT 1`.
    return Effect(perhaps=frozenset(_WORD.findall(rest)), opaque=name in _OPAQUE)
