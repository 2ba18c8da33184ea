"""Writes functions, classes, and what decorators made of them, with the user's own lines."""

from __future__ import annotations

import ast
import builtins
from types import FunctionType

from kodonb.capture.definitions import Found, latest, of_class, of_function, postpones, string_annotations
from kodonb.capture.names import needs
from kodonb.capture.recipes import assigned, replayable
from kodonb.capture.subject import Subject, Written
from kodonb.capture.unit import Chunk, Unit
from kodonb.capture.unwrap import function_of, wraps


def write_alias(subject: Subject) -> Written | None:
    """Write ``g = f``, where `f` is a definition of its own."""
    owner = subject.definition_name(subject.value)
    if owner is None or owner == subject.name:
        return None
    return Written(Unit(subject.name, (Chunk((f"{subject.name} = {owner}",)),)))


def write_class(subject: Subject) -> Written | None:
    """Write a class that has a `class` statement in the namespace."""
    kind = subject.value
    if not isinstance(kind, type) or not subject.is_home(kind) or "<locals>" in kind.__qualname__:
        return None
    found = of_class(kind, subject.library)
    chunk = found.chunk() if found is not None else None
    if found is None or chunk is None:
        return None
    postponed = found.postponed or string_annotations(kind, found.statement)
    return Written(_under_its_name(subject, found, [chunk], postponed=postponed))


def write_function(subject: Subject) -> Written | None:
    """Write a function of the namespace, or the step, flow or cached function around it.

    Raises:
        UnwritableError: Its source text is unknown.
    """
    function = function_of(subject.value)
    if function is None or function.__globals__ is not subject.home or function.__code__.co_freevars:
        return None
    local = "<locals>" in function.__qualname__
    found = of_function(function, subject.library)
    chunk = found.chunk() if found is not None else None
    if found is None or chunk is None:
        if function.__name__ == "<lambda>" or local:
            return None
        raise subject.is_unsourced("function")
    if local and not _stands_alone(subject, chunk):
        return None
    if isinstance(found.statement, ast.Assign | ast.AnnAssign):
        return _lambda(subject, found, chunk)
    if function is not subject.value and not found.decorated:
        return Written(_called(subject, found, chunk))
    chunks = [chunk, *_registered(subject, function)]
    return Written(_under_its_name(subject, found, chunks, postponed=_postponed(subject, found)))


def write_wrapped(subject: Subject) -> Written | None:
    """Write the assignment that put something around a function of elsewhere, or around a lambda."""
    last = latest(subject.name, subject.library)
    right = assigned(last, subject.name)
    chunk = last.chunk() if last is not None else None
    if last is None or chunk is None or right is None or not wraps(subject.value):
        return None
    return Written(subject.unit(last, chunk)) if replayable(right, subject.home) else None


def write_decorated(subject: Subject) -> Written | None:
    """Write what a decorator made, whatever that is: its definition makes it again."""
    last = latest(subject.name, subject.library)
    chunk = last.chunk() if last is not None and last.decorated else None
    return Written(subject.unit(last, chunk)) if last is not None and chunk is not None else None


def _lambda(subject: Subject, found: Found, chunk: Chunk) -> Written | None:
    if function_of(subject.value) is not subject.value:
        return None
    statement = found.statement
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    names = [target.id for target in targets if isinstance(target, ast.Name)]
    if not names:
        return None
    if subject.name in names:
        return Written(subject.unit(found, chunk))
    return Written(_renamed(subject, found, [chunk], names[0]))


def _called(subject: Subject, found: Found, chunk: Chunk) -> Unit:
    """Write ``g = step(f)`` or ``f = step(f)``: the assignment, below the definition where it hides that."""
    postponed = _postponed(subject, found)
    last = latest(subject.name, subject.library)
    right = assigned(last, subject.name)
    line = last.chunk() if last is not None else None
    if last is None or line is None or right is None or not replayable(right, subject.home):
        return _under_its_name(subject, found, [chunk], postponed=postponed)
    if found.name == subject.name:
        return subject.unit(found, chunk, line, postponed=postponed)
    if subject.home.get(found.name) is function_of(subject.value):
        return subject.unit(last, line)
    return subject.unit(found, chunk, line, postponed=postponed, clobbers=found.name)


def _registered(subject: Subject, function: FunctionType) -> list[Chunk]:
    """Return implementations that were added to a generic function (`functools.singledispatch`)."""
    registry = getattr(subject.value, "registry", {}) if hasattr(subject.value, "dispatch") else {}
    functions = [other for other in registry.values() if isinstance(other, FunctionType)]
    found = [of_function(other, subject.library) for other in functions if other is not function]
    return [chunk for one in found if one is not None and one.decorated and (chunk := one.chunk())]


def _under_its_name(subject: Subject, found: Found, chunks: list[Chunk], *, postponed: bool) -> Unit:
    if found.name == subject.name:
        return subject.unit(found, *chunks, postponed=postponed)
    return _renamed(subject, found, chunks, found.name, postponed=postponed)


def _renamed(
    subject: Subject, found: Found, chunks: list[Chunk], own: str, *, postponed: bool | None = None
) -> Unit:
    """Write a definition that goes by another name now: its own may stand for something newer."""
    line = Chunk((f"{subject.name} = {own}",))
    return subject.unit(found, *chunks, line, postponed=postponed, clobbers=own)


def _postponed(subject: Subject, found: Found) -> bool:
    function = function_of(subject.value)
    return found.postponed or (function is not None and postpones(function))


def _stands_alone(subject: Subject, chunk: Chunk) -> bool:
    """Whether a definition inside a function takes nothing from that function when it is executed."""
    return needs("\n".join(chunk.lines)).now <= {*subject.home, *vars(builtins)}
