"""How a client reaches runs."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Protocol

from kodonb.events.spool import Page
from kodonb.events.sql import SqlLog

if TYPE_CHECKING:
    from kodonb.events.artifacts import Artifacts
    from kodonb.session.submission import Submission


class Session(Protocol):
    """The seam between a client and what carries runs: in this process, on a cluster, at a node."""

    name: str
    """``inline``, ``ray``, …"""

    cluster: str
    """Identity of what carries the runs; a new one each time it is started."""

    log: SqlLog
    """The event log, for reading."""

    artifacts: Artifacts
    """The artifacts beside it."""

    def ready(self) -> None:
        """Make sure that runs can start; this may take a while, and says so."""

    def submit(self, submission: Submission) -> None:
        """Start a run, after `ready`; when this returns, the log has it."""

    @property
    def at_hand(self) -> bool:
        """Whether what carries runs is there, and elsewhere: so `ready` and `submit_later` do not block."""

    def submit_later(self, submission: Submission) -> Future[None]:
        """Start a run, after `ready`; the future is done when the log has it."""

    def page(self, run: str, after: int) -> Future[Page]:
        """Return the future of the next events of a run after an offset; there is no waiting thread behind it."""

    def forget(self, page: Future[Page]) -> None:
        """Take back a request for a page."""

    def answer(self, run: str, lock: str, value: dict[str, Any], by: str) -> None:
        """Answer a question.

        Raises:
            InputsError: The answer does not fit (KN310).
            RunError: It was answered already (KN308), or there is no such question (KN309).
        """

    def cancel(self, run: str, grace: float) -> None:
        """Ask a run to end, and end it by force after `grace` seconds."""

    def parts(self) -> dict[str, Any]:
        """Name every part with its process id."""

    def close(self) -> None:
        """Let go of everything that this client holds; runs on a cluster go on."""
