"""A query with places for values: ``SELECT * FROM orders WHERE customer = {{customer.id}}``.

Values never become text of the query: each place becomes a parameter that the database binds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from kodonb.kumeo.agents.errors import AgentError
from kodonb.kumeo.agents.expressing import expression
from kodonb.kumeo.expressions import Condition

_PIECE: Final = re.compile(
    r"""(?P<text>'(?:[^']|'')*')
      | (?P<name>"(?:[^"]|"")*"|`[^`]*`)
      | (?P<comment>--[^\n]*|/\*.*?\*/)
      | (?P<dollars>\$(?P<tag>[A-Za-z_]*)\$.*?\$(?P=tag)\$)
      | (?P<value>\{\{(?P<inside>.*?)\}\})
      | (?P<end>;)
      | (?P<open>['"`]|/\*)
      | (?P<other>[^'"`{;$/-]+|.)""",
    re.VERBOSE | re.DOTALL,
)
_QUOTED: Final = re.compile(r"'\{\{(?P<inside>.*)\}\}'", re.DOTALL)
_READS: Final = re.compile(r"\(*\s*(select|with|from|values|table)\b", re.IGNORECASE)


class Statement(NamedTuple):
    """A query in pieces.

    Attributes:
        pieces: Text, and what is bound between it.
    """

    pieces: tuple[str | Condition, ...]

    def text(self, place: Callable[[int], str], plain: Callable[[str], str] = str) -> str:
        """Return the query with places in the way of a database.

        Args:
            place: Returns the place with a number, such as ``":v0"``.
            plain: Returns text as it must be written beside such places.
        """
        number = iter(range(len(self.pieces)))
        return "".join(plain(each) if isinstance(each, str) else place(next(number)) for each in self.pieces)

    def values(self, fields: Mapping[str, Any]) -> list[Any]:
        """Return what is bound for an event: texts, numbers, `True`, `False`, `None`; anything else as JSON."""
        return [_scalar(each.value(fields)) for each in self.pieces if not isinstance(each, str)]


def _scalar(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | float) else json.dumps(value, default=str)


def statement(text: str, literal: Callable[[str], str] = str) -> Statement:
    """Read a query.

    Args:
        text: One statement that only reads.
        literal: Returns what stands in place of a text in quotes.

    Raises:
        AgentError: It is several, or does something else than reading (KN810).
    """
    if _READS.match(_without_comments(text).lstrip()) is None:
        raise refused("a query must read: it begins with SELECT, WITH, FROM or VALUES")
    return Statement(tuple(_joined(_pieces(text.rstrip().rstrip(";"), literal))))


def refused(message: str, remedy: str = "write one statement that only reads") -> AgentError:
    """Return the error for a query that is not executed."""
    return AgentError(message, code="KN810", remedy=remedy)


def _without_comments(text: str) -> str:
    return re.sub(r"--[^\n]*|/\*.*?(?:\*/|\Z)", " ", text, flags=re.DOTALL)


def _pieces(text: str, literal: Callable[[str], str]) -> Iterator[str | Condition]:
    for piece in _PIECE.finditer(text):
        said = piece[0]
        if piece["text"]:
            yield _literal(said, literal)
        elif piece["value"]:
            yield expression(piece["inside"].strip(), "a query")
        elif piece["end"] or piece["open"]:
            what = "is more than one statement" if piece["end"] else f"has a {said} without its end"
            raise refused(f"the query {what}")
        elif piece["comment"]:
            yield " "
        else:
            yield said


def _literal(said: str, literal: Callable[[str], str]) -> str | Condition:
    quoted = _QUOTED.fullmatch(said)
    if quoted:
        return expression(quoted["inside"].strip(), "a query")
    if "{{" in said:
        raise refused(f"a value cannot be part of the text {said}", "join them: 'a' || {{name}} || 'b'")
    inside = said[1:-1].replace("''", "'")
    return "'" + literal(inside).replace("'", "''") + "'"


def _joined(pieces: Iterator[str | Condition]) -> Iterator[str | Condition]:
    text: list[str] = []
    for piece in pieces:
        if isinstance(piece, str):
            text.append(piece)
            continue
        yield "".join(text)
        text = []
        yield piece
    yield "".join(text)
