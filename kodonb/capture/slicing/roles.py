"""What a text may be where it stands in code: a path that is opened, any text, or nothing that is looked up."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final, Literal

Role = Literal["none", "plain", "text", "opened", "path", "default", "default path"]
"""What a literal may be where it stands.

- ``none``: it is written, shown or compared, but not read.
- ``plain``: it is a text, and nothing is seen to open it.
- ``text``: it goes into something that may open it.
- ``opened``: what it is bound to is opened, or names a path.
- ``path``: it is a path for sure.
- ``default``, ``default path``: callers of a service see it, and may give something else instead.
"""

_ORDER: Final[tuple[Role, ...]] = ("none", "plain", "text", "opened", "path")

MAKERS: Final = frozenset({"Path", "PosixPath", "PurePath", "PurePosixPath"})
OPENERS: Final = re.compile(
    r"(open|read|load|scan|listdir|scandir|walk|i?glob|imread|genfromtxt|exists|is(file|dir))(_?\w*)?"
    r"|from_(file|path|disk|folder|directory|pretrained|csv|json|yaml)\w*"
    r"|[A-Z]\w*(Loader|Reader|Dataset|Folder|Parser|File)"
)
WRITERS: Final = re.compile(
    r"(to|save|write|dump|export|mkdir|make|remove|unlink|rename|print|log|info|debug|warning|error)\w*"
)
OTHERS: Final = frozenset({
    "DataFrame", "HTML", "Markdown", "Series", "ask", "count", "delattr", "display", "emit", "endswith", "exception",
    "find", "format", "get", "getattr", "hasattr", "index", "join", "joinpath", "lower", "lstrip", "markdown", "metric",
    "partition", "pop", "pprint", "progress", "removeprefix", "removesuffix", "replace", "rpartition", "rsplit",
    "rstrip", "setattr", "setdefault", "show", "split", "startswith", "strip", "table", "text", "upper", "with_name",
    "with_suffix",
})  # fmt: skip
SAME: Final = frozenset({
    "Field", "as_posix", "chain", "copy", "cycle", "deepcopy", "dict", "enumerate", "field", "frozenset", "fspath",
    "iter", "list", "next", "reversed", "set", "sorted", "str", "tqdm", "tuple", "zip",
})  # fmt: skip
"""Functions that return what they are given, or what it holds."""
KEEPING: Final = frozenset({
    "absolute", "as_posix", "expanduser", "get", "items", "lstrip", "pop", "resolve", "rstrip", "strip", "values",
})  # fmt: skip
"""Methods that return the path that they are methods of, or the paths that it holds."""
MAPS: Final = frozenset({
    "apply", "apply_async", "imap", "imap_unordered", "map", "partial", "process_map", "submit", "thread_map",
    "to_thread",
})  # fmt: skip
"""Functions that call their first argument with the others."""

_NAMED: Final = re.compile(
    r"(\w*_)?(path|file|filename|filepath|fname|folder|dir|dirname|directory)s?(_(name|path|or_\w+))?",
    re.IGNORECASE,
)
_FORMATS: Final = re.compile(
    r"(\w*_)?(csv|tsv|json|jsonl|parquet|xlsx?|excel|ya?ml|toml|txt)s?", re.IGNORECASE
)
_OUTPUT: Final = re.compile(
    r"(\w*_)?(out|outputs?|results?|saved?|logs?|cache|tmp|temp|checkpoints?|exports?)(_\w*)?", re.IGNORECASE
)


def named(name: str) -> Role:
    """Return what a literal may be under a name: nothing that is read, if the name says that it is written."""
    if _OUTPUT.fullmatch(name):
        return "none"
    if _NAMED.fullmatch(name):
        return "path"
    return "text" if _FORMATS.fullmatch(name) else "plain"


def best(*roles: Role) -> Role:
    """Return the role that says most of a path."""
    return max(roles, key=_ORDER.index, default="plain")


def opens(role: Role) -> bool:
    """Whether what has a role may be opened."""
    return role in _ORDER[2:]


def called(function: ast.AST) -> str:
    """Return the last part of a function's name."""
    return str(getattr(function, "attr", getattr(function, "id", "")))


def is_os_path(node: ast.AST | None) -> bool:
    """Whether a node is the module `os.path`."""
    return isinstance(node, ast.Attribute) and node.attr == "path"


def opens_to_write(node: ast.Call) -> bool:
    """Whether a call of a function or method `open` opens a file to write into it."""
    places = node.args[1:] if isinstance(node.func, ast.Name) else node.args
    given = [*places, *(word.value for word in node.keywords if word.arg == "mode")]
    modes = [part.value for part in given if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    return any(
        0 < len(mode) <= 3 and set(mode) <= set("rwaxbt+") and set(mode) & set("wax+") for mode in modes
    )


def with_defaults(node: ast.arguments) -> Iterator[tuple[ast.arg, ast.expr]]:
    """Yield the parameters that have defaults, with these."""
    positional = [*node.posonlyargs, *node.args]
    yield from zip(positional[len(positional) - len(node.defaults) :], node.defaults, strict=True)
    yield from ((arg, value) for arg, value in zip(node.kwonlyargs, node.kw_defaults, strict=True) if value)
