"""Writes what is neither code nor plain data: as a pickle, and says so."""

from __future__ import annotations

import textwrap
from typing import Final

from kodonb.capture import problems
from kodonb.capture.embed import SecretError, TiedError, freeze
from kodonb.capture.subject import Subject, UnwritableError, Written
from kodonb.capture.unit import Chunk, Import, Unit
from kodonb.capture.values import LIMIT

_THAW: Final = Import("kodonb.capture.embed", "thaw", "_kodonb_thaw")
_DATA: Final = ("__array__", "__dataframe__", "predict")


def write_pickle(subject: Subject) -> Written:
    """Write an object as a pickle.

    Raises:
        UnwritableError: It is data or holds a secret, belongs to this process, or is a class without source text.
    """
    value = subject.value
    if isinstance(value, type) and "<locals>" not in value.__qualname__ and subject.is_home(value):
        raise subject.is_unsourced("class")
    if any(hasattr(type(value), mark) for mark in _DATA):
        raise subject.is_data()
    origin = subject.origin()
    try:
        frozen = freeze(value, subject.definition_name)
    except SecretError:
        raise subject.is_secret() from None
    except TiedError as error:
        reason = str(error).strip().split("\n")[0][:120]
        raise UnwritableError(
            lambda use: problems.tied(subject.name, subject.kind, reason, origin or use)
        ) from error
    if len(frozen.text) * 3 // 4 > LIMIT:
        raise subject.is_data()
    unit = Unit(subject.name, (_lines(subject, frozen.text),), extra=frozen.names)
    kind = ", ".join(filter(None, [subject.kind, origin]))
    notice = f"`{subject.name}` ({kind}) travels by cloudpickle"
    return Written(unit, frozenset({_THAW}), frozen.modules, (notice,))


def _lines(subject: Subject, text: str) -> Chunk:
    *most, last = textwrap.wrap(text, 96)
    return Chunk(
        (
            f"# `{subject.name}` ({subject.kind}) is neither code nor plain data: a pickle of it.",
            f"{subject.name} = {_THAW.name}(",
            *(f'    "{part}"' for part in most),
            f'    "{last}",',
            "    globals(),",
            ")",
        )
    )
