"""The session of a command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kodonb import session as sessions
from kodonb.model.errors import SessionError
from kodonb.session.base import Session


@contextmanager
def client(name: str | None = None) -> Iterator[Session]:
    """Hold the session for the time of a command.

    Args:
        name: ``inline`` or ``ray``; what the settings say by default.
    """
    try:
        yield sessions.connect(name)
    finally:
        sessions.disconnect()


def outlives(session: Session) -> bool:
    """Whether runs of a session go on when this process ends."""
    return session.name != "inline"


def elsewhere(session: Session, what: str) -> SessionError:
    """Return the error that a session of this process alone cannot do something."""
    return SessionError(
        f"the {session.name} session cannot {what}: its runs live in one process",
        code="KN405",
        remedy="use the ray session: KODONB_SESSION=ray",
    )
