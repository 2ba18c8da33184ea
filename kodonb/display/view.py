"""A run as its events tell it: followed one by one, never larger than its bounds."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from kodonb.display.agents import Agents
from kodonb.display.keepers import KEEPERS, MAX_ITEMS, MAX_NAMED
from kodonb.display.read import mapping, name
from kodonb.display.records import Answer, Bar, Item, Question, StepView
from kodonb.display.series import Series
from kodonb.display.stepbook import StepBook
from kodonb.display.tail import Tail
from kodonb.model.event import Event
from kodonb.model.run import FINAL


class RunView:
    """Everything that can be shown of a run.

    Attributes:
        run: Id of the run.
        status: Where it stands.
        reason: Why it ended, for `error` and `cancelled`.
        code: Code of the error it ended with.
        meta: Payload of its `meta` event.
        flow: Metadata of the flow.
        inputs: Parameter -> kept value.
        progress: Bars by (source, id): every process numbers its own.
        metrics: Series by name.
        results: The last results on the way.
        displays: The last displays.
        notes: The last actions, agent and debug events.
        uploads: The last uploads.
        errors: The last errors that did not end the run.
        questions: Open questions by lock.
        answers: The last answers.
        book: Follows the steps.
        agents: Counts what agents of a workflow have done.
        final: Kept value that the run returned.
        error: Error that ended the run.
        output: The last lines of text output.
        counts: Kind -> number of events.
        sources: The first sources of events, in the order in which they came.
        statuses: The last changes of status: (when, status).
        first_at: Time of the first event.
        last_at: Latest time of an event.
        ended_at: Time of the final status.
        last: Offset of the last event taken; -1 before the first.
    """

    def __init__(self, run_id: str) -> None:
        self.run = run_id
        self.status, self.reason, self.code = "starting", "", ""
        self.meta: dict[str, Any] = {}
        self.inputs: dict[str, Any] = {}
        self.progress: dict[tuple[str, str], Bar] = {}
        self.metrics: dict[str, Series] = {}
        self.results: deque[Item] = deque(maxlen=MAX_ITEMS)
        self.displays: deque[Item] = deque(maxlen=MAX_ITEMS)
        self.notes: deque[Item] = deque(maxlen=MAX_ITEMS)
        self.uploads: deque[Item] = deque(maxlen=MAX_ITEMS)
        self.errors: deque[Item] = deque(maxlen=MAX_ITEMS)
        self.questions: dict[str, Question] = {}
        self.answers: deque[Answer] = deque(maxlen=MAX_ITEMS)
        self.final: dict[str, Any] | None = None
        self.error: dict[str, Any] | None = None
        self.output = Tail()
        self.counts: Counter[str] = Counter()
        self.sources: dict[str, None] = {}
        self.statuses: deque[tuple[datetime, str]] = deque(maxlen=MAX_NAMED)
        self.first_at: datetime | None = None
        self.last_at: datetime | None = None
        self.ended_at: datetime | None = None
        self.last = -1
        self.book = StepBook()
        self.agents = Agents()

    @property
    def flow(self) -> dict[str, Any]:
        """Metadata of the flow, as in its `meta` event."""
        return mapping(self.meta.get("flow"))

    @property
    def title(self) -> str:
        """Heading for people: title or name of the flow."""
        return name(self.flow.get("title")) or name(self.flow.get("name")) or "run"

    @property
    def steps(self) -> dict[str, StepView]:
        """Calls of steps by id, in the order in which they were first seen."""
        return self.book.held

    @property
    def step_counts(self) -> dict[str, int]:
        """Number of calls in each state, those no longer held included."""
        return self.book.counts()

    @property
    def steps_cut(self) -> int:
        """Number of ended calls that are counted but no longer held."""
        return self.book.folded.total()

    @property
    def ended(self) -> bool:
        """Whether the status is final."""
        return self.status in FINAL

    @property
    def elapsed(self) -> float | None:
        """Seconds from the first event to the end, or to the latest event."""
        end = self.ended_at or self.last_at
        return (
            None if self.first_at is None or end is None else max(0.0, (end - self.first_at).total_seconds())
        )

    def take_all(self, events: Iterable[Event]) -> None:
        """Take events in the order of their offsets."""
        for event in events:
            self.take(event)

    def take(self, event: Event) -> None:
        """Take an event; one of another run, or one that was taken already, changes nothing."""
        if event.run != self.run or event.offset <= self.last:
            return
        self.last = event.offset
        self.count(event.kind, event.source)
        self.first_at = self.first_at or event.at
        self.last_at = max(self.last_at or event.at, event.at)
        keep = KEEPERS.get(event.kind)
        if keep is not None:
            keep(self, event)

    def count(self, kind: str, source: str, number: int = 1) -> None:
        """Count events without looking into them: those that others which follow push out of the view."""
        self.counts[kind] += number
        if source not in self.sources and len(self.sources) < MAX_NAMED:
            self.sources[name(source)] = None
