"""What a view of a run is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

ENDED: Final = frozenset({"finished", "error", "cancelled", "replayed", "cached"})
"""States in which a step has ended."""

DONE: Final = frozenset({"finished", "replayed", "cached"})
"""States in which a step has its value."""


@dataclass(slots=True)
class Attempt:
    """One try of a step.

    Attributes:
        number: 1 for the first.
        state: Its latest state.
        submitted: When it was handed over, if that was seen.
        started: When it began to run, if that was seen.
        ended: When it ended.
        seconds: How long it ran, as measured by whoever ran it.
    """

    number: int
    state: str
    submitted: datetime | None = None
    started: datetime | None = None
    ended: datetime | None = None
    seconds: float | None = None

    @property
    def duration(self) -> float | None:
        """Seconds it ran: as measured, or between its events."""
        if self.seconds is not None or self.started is None or self.ended is None:
            return self.seconds
        return max(0.0, (self.ended - self.started).total_seconds())


@dataclass(slots=True)
class StepView:
    """A call of a step.

    Attributes:
        id: Id within the run, e.g. ``"train#3"``.
        name: Name of the step.
        source: Source that told of it last.
        state: Its state.
        after: Ids of the steps whose values it takes.
        attempts: Its latest tries, oldest first.
        inputs: Short representations of its arguments, where the run tells them.
        error: What went wrong, unless it is being tried again.
    """

    id: str
    name: str
    source: str = ""
    state: str = "submitted"
    after: tuple[str, ...] = ()
    attempts: list[Attempt] = field(default_factory=list)
    inputs: dict[str, Any] = field(default_factory=dict)
    error: dict[str, Any] | None = None

    @property
    def duration(self) -> float | None:
        """Seconds the latest attempt ran."""
        return self.attempts[-1].duration if self.attempts else None


@dataclass(slots=True)
class Bar:
    """A progress bar; `total` is `None` when it is not known.

    Attributes:
        id: Unique within its source.
        title: What progresses.
        source: Who told of it.
        done: How much is done.
        total: How much there is.
        unit: What is counted.
        begun: When it was first told of, and how much was done then.
        at: When it was told of last.
    """

    id: str
    title: str
    source: str
    done: float
    total: float | None
    unit: str
    begun: tuple[datetime, float]
    at: datetime

    @property
    def complete(self) -> bool:
        """Whether everything is done."""
        return self.total is not None and self.done >= self.total

    @property
    def left(self) -> float | None:
        """Seconds that are left at the pace so far; `None` while that cannot be told."""
        since, before = self.begun
        took, gained = (self.at - since).total_seconds(), self.done - before
        if self.total is None or took <= 0 or gained <= 0:
            return None
        return max(0.0, took * (self.total - self.done) / gained)


@dataclass(slots=True, frozen=True)
class Item:
    """Something a run showed: a result, a display, an action, an error, an upload."""

    offset: int
    at: datetime
    kind: str
    source: str
    payload: Any


@dataclass(slots=True, frozen=True)
class Question:
    """An open lock."""

    lock: str
    title: str
    source: str
    at: datetime
    schema: dict[str, Any]
    timeout: float | None
    default: Any


@dataclass(slots=True, frozen=True)
class Answer:
    """A lease: the question it answers and what that was about, who answered and how."""

    lock: str
    title: str
    at: datetime
    by: str
    how: str
    value: Any
    about: str = ""


@dataclass(slots=True)
class Line:
    """A line of the run's text output."""

    kind: str
    source: str
    text: str
    complete: bool = True
