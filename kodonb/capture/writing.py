"""Decides how the object that a name is bound to is written into a module."""

from __future__ import annotations

from typing import Final

from kodonb.capture.data import write_plain, write_recipe, write_typed
from kodonb.capture.defining import write_alias, write_class, write_decorated, write_function, write_wrapped
from kodonb.capture.pickled import write_pickle
from kodonb.capture.subject import Subject, Written

_WAYS: Final = (
    write_alias,
    write_class,
    write_function,
    write_typed,
    write_plain,
    write_recipe,
    write_wrapped,
    write_decorated,
)


def write(subject: Subject) -> Written:
    """Write what a name is bound to, in the first way that fits; a pickle is the last.

    Raises:
        UnwritableError: The object cannot leave this process, or has no source text.
    """
    for way in _WAYS:
        written = way(subject)
        if written is not None:
            return written
    return write_pickle(subject)
