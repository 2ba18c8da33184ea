"""Something that is wrong with a text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Protocol

import msgspec

from kodonb.kumeo.diagnostics.codes import Severity, severity
from kodonb.kumeo.syntax.source import Source


class Span(Protocol):
    """Whatever has a beginning and an end in the text, such as a node of the tree."""

    @property
    def start(self) -> int:
        """Number of its first character."""

    @property
    def end(self) -> int:
        """Number of the character after it."""


class Finding(NamedTuple):
    """What a check says; where that is, as lines go, is found out at the end.

    Attributes:
        code: A code of `CODES`.
        start: Number of the first character that it is about.
        end: Number of the character after it.
        message: One line that says what is wrong.
        remedy: What to do about it.
    """

    code: str
    start: int
    end: int
    message: str
    remedy: str


def finding(code: str, at: Span, message: str, remedy: str) -> Finding:
    """Return a finding at a part of the text."""
    return Finding(code, at.start, at.end, message, remedy)


class Diagnostic(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is wrong with a text, with its place.

    Attributes:
        code: A code of `CODES`; or that of the error that it will be when the workflow is set going.
        severity: ``"error"``, or ``"warning"`` if the workflow can run all the same.
        message: One line that says what is wrong.
        file: Name of the text.
        line: Line, from 1.
        column: Column in characters, from 1.
        end_line: Line in which it ends.
        end_column: Column after its last character.
        remedy: What to do about it.
    """

    code: str
    severity: Severity
    message: str
    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    remedy: str


def placed(findings: Iterable[Finding], source: Source, most: int) -> tuple[Diagnostic, ...]:
    """Return findings with their places, in the order of the text, each once.

    Args:
        findings: What was found.
        source: The text.
        most: How many are worth telling; errors go before warnings.
    """
    unique = sorted(set(findings), key=lambda one: (one.code[0], one.start, one.code))[:most]
    return tuple(_placed(one, source) for one in sorted(unique, key=lambda one: (one.start, one.code)))


def _placed(found: Finding, source: Source) -> Diagnostic:
    start, end = source.place(found.start), source.place(found.end)
    return Diagnostic(
        code=found.code,
        severity=severity(found.code),
        message=found.message,
        file=source.name,
        line=start.line,
        column=start.column,
        end_line=end.line,
        end_column=end.column,
        remedy=found.remedy,
    )
