"""Makes a module of a function and everything it needs."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Any

import msgspec

from kodonb.capture.closure import walk
from kodonb.capture.companions import companions
from kodonb.capture.emit import emit
from kodonb.capture.order import arrange
from kodonb.capture.problems import raise_first, unsourced
from kodonb.capture.provenance import commit, packages
from kodonb.capture.sources import Library
from kodonb.capture.unwrap import function_of
from kodonb.model.module import Module

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kodonb.capture.sources import Source


def capture(
    function: object, *, sources: Mapping[str, Source] | None = None, commit_from: str | Path | None = None
) -> Module:
    """Make an importable module of a function and of all that it needs, as bound now.

    Args:
        function: A function, or an object whose `__wrapped__` leads to one.
        sources: Where code objects come from, by their file name, when linecache does not know better.
        commit_from: Folder whose git commit is recorded; the current one when not given.

    Returns:
        The module. The same code has the same `code`, in whatever order cells were run.

    Raises:
        CaptureError: A name is gone (KN101), an object cannot travel (KN102), data would have to
            (KN103), or source text is missing (KN104). All problems are in the message.
    """
    module, others = _code(function, sources)
    return msgspec.structs.replace(
        module, packages=packages(others), python=platform.python_version(), commit=commit(commit_from)
    )


def code_hash(function: object) -> str:
    """Return the hash of what `capture` would make of a function, without looking at its surroundings.

    Raises:
        CaptureError: As `capture` does.
    """
    return _code(function, None)[0].code


def _code(function: object, sources: Mapping[str, Source] | None) -> tuple[Module, frozenset[str]]:
    """Return the module, and the modules it imports that do not travel with it."""
    inner = function_of(function)
    if inner is None:
        raise unsourced(str(getattr(function, "__name__", "flow")), type(function).__qualname__, "the flow")
    home = inner.__globals__
    entry, value = _entry(function, home)
    closure = walk(entry, value, home, Library(home, sources))
    raise_first(closure.problems)
    text, pieces = emit(closure.imports, arrange(closure.units))
    # A pickle refers to what its own module defines by name: that module need not travel beside itself.
    local = companions(text, closure.mentions - {str(home.get("__name__"))})
    notices = (*closure.notices, *local.notices)
    module = Module(entry=entry, source=text, pieces=pieces, companions=local.sources, notices=notices)
    return module, local.others


def _entry(function: object, home: Mapping[str, Any]) -> tuple[str, object]:
    """Return the name of the flow in the module, and what that name stands for."""
    inner = function_of(function)
    own = getattr(inner, "__name__", "flow")
    if function_of(home.get(own)) is inner:
        return own, home[own]
    for name, value in list(home.items()):
        if value is function and name.isidentifier() and name.strip("_"):
            return name, value
    return (own if own.isidentifier() else "flow"), function
