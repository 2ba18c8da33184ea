"""What can keep code in the notebook, in words that say what, where, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kodonb.model.errors import CaptureError

if TYPE_CHECKING:
    from collections.abc import Sequence


def missing(name: str, use: str, earlier: str | None) -> CaptureError:
    """Report a name that is used but not bound.

    Args:
        name: The name.
        use: Where it is used.
        earlier: Where it was once defined, if known.
    """
    if earlier is None:
        return CaptureError(
            f"`{name}` is not defined", code="KN101", where=use, remedy=f"define or import `{name}` in a cell"
        )
    return CaptureError(
        f"`{name}` is not defined any more: {earlier} defined it, but it was deleted since, or not run",
        code="KN101",
        where=use,
        remedy=f"run that definition again, or remove the use of `{name}`",
    )


def data(name: str, kind: str, use: str) -> CaptureError:
    """Report data that code takes from the notebook."""
    return CaptureError(
        f"`{name}` is a {kind}: data must be an input, code does not carry it",
        code="KN103",
        where=use,
        remedy=f"add a parameter for `{name}` and pass the data, or load it inside the flow",
    )


def secret(name: str, kind: str, place: str) -> CaptureError:
    """Report a secret that code takes from the notebook."""
    return CaptureError(
        f"`{name}` ({kind}) is a secret or holds one: it must be an input, as code is kept",
        code="KN103",
        where=place,
        remedy=f"make it a parameter of the flow, and pass `{name}` when submitting",
    )


def tied(name: str, kind: str, reason: str, place: str) -> CaptureError:
    """Report an object that belongs to this process."""
    return CaptureError(
        f"`{name}` is a {kind} and cannot travel{f': {reason}' if reason else ''}",
        code="KN102",
        where=place,
        remedy=f"create `{name}` inside the flow or step that uses it",
    )


def magic(use: str) -> CaptureError:
    """Report a magic or shell line inside a function."""
    return CaptureError(
        "a magic or shell line of the notebook cannot travel",
        code="KN102",
        where=use,
        remedy="write it in Python, or move it out of the function",
    )


def unsourced(name: str, kind: str, place: str) -> CaptureError:
    """Report a definition whose text is unknown."""
    return CaptureError(
        f"the source code of the {kind} `{name}` was not found",
        code="KN104",
        where=place,
        remedy=f"define `{name}` in a cell or in a file, and run that again",
    )


def raise_first(problems: Sequence[CaptureError]) -> None:
    """Raise the first problem, with the others in its message."""
    if not problems:
        return
    first, *others = problems
    if others:
        rest = "".join(f"\n  also {other.code}: {other.message} (at {other.where})" for other in others)
        raise CaptureError(first.message + rest, code=first.code, where=first.where, remedy=first.remedy)
    raise first
