"""How a service reaches its runs: the session that is current in its process, loaded with the first request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from kodonb.model.errors import UsageError

if TYPE_CHECKING:
    from kodonb.model.run import RunRecord
    from kodonb.session.base import Session

_ID: Final = re.compile(r"[0-9a-z]{14}")


def session() -> Session:
    """Return the session that carries the runs; the first call may have to open the event log, so it blocks.

    Raises:
        SessionError: What carries runs cannot be reached.
        StoreError: The event log cannot be opened.
    """
    from kodonb import session as sessions  # noqa: PLC0415 - brings SQLAlchemy, which `import kodonb.serve` need not

    return sessions.current()


def is_id(run: str) -> bool:
    """Return whether a text may be the id of a run."""
    return _ID.fullmatch(run) is not None


def find(run: str, session: Session) -> RunRecord:
    """Return the run with exactly this id.

    Raises:
        UsageError: There is none (KN003).
    """
    # Whatever else a client sends is no question to the database.
    found = session.log.find(run) if is_id(run) else None
    if found is None or found.id != run:
        raise unknown(run)
    return found


def unknown(run: str) -> UsageError:
    """Return the error that there is no such run."""
    return UsageError(f"there is no run {run!r}", code="KN003", remedy="list the runs with GET /runs")
