"""What is told, whatever the channel."""

from __future__ import annotations

from typing import Any, Final, Protocol

import msgspec

from kodonb.kumeo.agents.errors import AgentError

_LONGEST: Final = 200


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What is told.

    Attributes:
        id: Id of the notice; the same when it is sent again.
        agent: Id of the agent.
        title: What it is about, in one line.
        description: What it is about.
        shown: Labels with values.
        link: Where to answer; empty if that is not known.
        at: When it is told, in seconds since 1970.
    """

    id: str
    agent: str
    title: str
    description: str
    shown: dict[str, Any]
    link: str
    at: float

    def text(self) -> str:
        """Return all of it as text."""
        rows = [f"{label}: {value}" for label, value in self.shown.items()]
        parts = [self.title, self.description, "\n".join(rows), self.link]
        return "\n\n".join(part for part in parts if part)


def line(text: str) -> str:
    """Return a text as one line: what data say in it adds no headers, and no other lines."""
    plain = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 1]}…"


class Channel(Protocol):
    """A way to tell somebody."""

    async def send(self, notice: Notice) -> None:
        """Send a notice.

        Raises:
            AgentError: It could not be sent (KN812).
        """


def unsent(message: str, remedy: str, *, transient: bool = False) -> AgentError:
    """Return the error over a notice that was not sent."""
    return AgentError(message, code="KN812", remedy=remedy, transient=transient)
