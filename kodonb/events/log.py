"""The event log: the one place where events are kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import msgspec

from kodonb.model.event import Batch, Row, Stored
from kodonb.model.module import Module
from kodonb.model.run import Lock, RunRecord


class Commit(msgspec.Struct, frozen=True):
    """What became of a batch.

    Attributes:
        run: Id of the run.
        source: Source of the batch.
        upto: Number of the first row that the log does not have yet; all before it are committed.
        events: The events that this batch added, in order.
    """

    run: str
    source: str
    upto: int
    events: list[Stored]


class RunQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which runs to list, newest first.

    Attributes:
        flow: Only of this flow.
        status: Only in one of these statuses.
        since: Only created at or after this time (microseconds since 1970).
        tag: Only with this tag.
        limit: How many at most; `None` for all.
        before: Only runs older than this one (its id), for the next page.
        cluster: Only those that this cluster carries.
    """

    flow: str | None = None
    status: tuple[str, ...] = ()
    since: int | None = None
    tag: str | None = None
    limit: int | None = 100
    before: str | None = None
    cluster: str | None = None


class EventReader(Protocol):
    """What can be asked of an event log."""

    def read(
        self, run: str, after: int = -1, limit: int | None = None, kinds: Sequence[str] | None = None
    ) -> list[Stored]:
        """Return events with an offset above `after`, in order."""

    def runs(self, query: RunQuery) -> list[RunRecord]:
        """Return runs, newest first."""

    def find(self, prefix: str) -> RunRecord:
        """Return the run whose id begins with `prefix`; ``last`` is the newest.

        Raises:
            UsageError: None (KN003) or several (KN004) do.
        """

    def locks(self, run: str) -> list[Lock]:
        """Return a run's questions, oldest first."""

    def module(self, hash_: str) -> Module:
        """Return a captured module."""


class EventLog(EventReader, Protocol):
    """An event log that can be written."""

    def create(self, record: RunRecord, module: Module, rows: Sequence[Row]) -> bool:
        """Enter a run with its module and first events; `False` if it is there already."""

    def append(self, batches: Iterable[Batch]) -> list[Commit]:
        """Commit batches in one transaction; rows that the log has already are dropped."""

    def close(self) -> None:
        """Release the store."""
