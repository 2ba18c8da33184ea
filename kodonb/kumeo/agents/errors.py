"""What goes wrong in an agent, with a code for each kind of it."""

from __future__ import annotations

from typing import Any

from kodonb.model.errors import KodonbError


class AgentError(KodonbError):
    """An agent cannot be opened, or cannot process a message.

    Attributes:
        transient: Whether it may work when it is tried again.
        after: Seconds that should pass before that; 0 if nothing is known.
        details: What is known in addition, as JSON value: broken rules, problems of a schema.
    """

    code = "KN801"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        where: str | None = None,
        remedy: str | None = None,
        transient: bool = False,
        after: float = 0.0,
        details: Any = None,
    ) -> None:
        super().__init__(message, code=code, where=where, remedy=remedy)
        self.transient = transient
        self.after = after
        self.details = details


def declared_wrongly(message: str, remedy: str, *, where: str | None = None) -> AgentError:
    """Return the error for a declaration that cannot be meant."""
    return AgentError(message, code="KN802", where=where, remedy=remedy)
