"""Writes plain data, and objects that their assignment makes again."""

from __future__ import annotations

from kodonb.capture.definitions import latest
from kodonb.capture.evaluate import evaluate, same
from kodonb.capture.recipes import assigned, is_recipe, replayable
from kodonb.capture.secret import makes_secret
from kodonb.capture.subject import Subject, Written
from kodonb.capture.unit import Chunk, Import, Unit
from kodonb.capture.values import NotPlainError, TooLargeError, Writer, alias


def write_typed(subject: Subject) -> Written | None:
    """Keep the user's own assignment when it still says what is bound."""
    last = latest(subject.name, subject.library)
    right = assigned(last, subject.name)
    chunk = last.chunk() if last is not None else None
    if last is None or right is None or chunk is None:
        return None
    try:
        unchanged = same(evaluate(right, subject.home), subject.value)
    except NotPlainError:
        return None
    return Written(subject.unit(last, chunk)) if unchanged else None


def write_plain(subject: Subject) -> Written | None:
    """Write plain data as it is now.

    Raises:
        UnwritableError: It is too large to be code.
    """
    writer = Writer(subject.reference, subject.home.get("__name__"))
    try:
        text = writer.write(subject.value)
    except (NotPlainError, RecursionError):
        return None
    except TooLargeError:
        raise subject.is_data() from None
    rank = subject.rank(latest(subject.name, subject.library))
    unit = Unit(subject.name, (Chunk((f"{subject.name} = {text}",)),), rank)
    return Written(unit, frozenset(Import(module, None, alias(module)) for module in writer.modules))


def write_recipe(subject: Subject) -> Written | None:
    """Write the assignment of a pattern, a logger, a type alias and the like.

    Raises:
        UnwritableError: The assignment tells a secret.
    """
    last = latest(subject.name, subject.library)
    if last is None or not is_recipe(subject.value):
        return None
    right = assigned(last, subject.name)
    # `type Name = ...` evaluates nothing until it is asked.
    harmless = type(last.statement).__name__ == "TypeAlias" or (
        right is not None and replayable(right, subject.home)
    )
    if right is not None and harmless and makes_secret(right, subject.home):
        raise subject.is_secret()
    chunk = last.chunk() if harmless else None
    return Written(subject.unit(last, chunk)) if chunk is not None else None
