"""Statements that a driver executes itself: what SQLAlchemy does around each takes longer than SQLite does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import sqlalchemy as sa


class Direct:
    """A statement in the words of one driver.

    Its columns must be whole numbers and texts, which drivers take as they are.

    Args:
        statement: The statement.
        engine: Whose driver executes it.
    """

    def __init__(self, statement: sa.ClauseElement, engine: sa.Engine) -> None:
        compiled: Any = statement.compile(engine)
        self._text = str(compiled)
        self._order: list[str] | None = compiled.positiontup

    def __call__(self, connection: sa.Connection, values: Mapping[str, Any]) -> Any:
        """Execute it, and return the driver's cursor."""
        cursor = connection.connection.cursor()
        cursor.execute(self._text, values if self._order is None else [values[name] for name in self._order])
        return cursor
