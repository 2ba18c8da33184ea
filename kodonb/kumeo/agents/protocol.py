"""The seam between agents and the engine that runs them: what an agent is, what it is given, what it returns."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar, runtime_checkable

import msgspec

if TYPE_CHECKING:
    from pydantic import BaseModel

    from kodonb.kumeo.agents.parameters import Parameters

M = TypeVar("M", bound="BaseModel")


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """An event on its way through a workflow.

    Attributes:
        id: Id of the event.
        trace: Id of what all events share that come from one event of a source.
        key: What belongs together, such as the id of an order; empty if nothing does.
        at: When it happened, in UTC.
        subject: Where it came from, such as ``"orders.new"``.
        headers: What stands beside the data.
        data: The event itself, as JSON value.
    """

    id: str = ""
    trace: str = ""
    key: str = ""
    at: datetime = msgspec.field(default_factory=lambda: datetime.now(UTC))
    subject: str = ""
    headers: dict[str, str] = {}
    data: Any = None


class Routed(msgspec.Struct, frozen=True):
    """A result with the targets that it is for.

    Attributes:
        subjects: Subjects of targets, such as ``("alerts.critical",)``.
        value: The result.
    """

    subjects: tuple[str, ...]
    value: Any


class Dropped(msgspec.Struct, frozen=True):
    """No result, on purpose: the message goes no further.

    Attributes:
        reason: Why, in a few words.
    """

    reason: str


class Several(msgspec.Struct, frozen=True):
    """Results of which each goes on by itself, such as those of several windows that ended at once."""

    values: tuple[Any, ...]


class Answer(msgspec.Struct, frozen=True):
    """What a person answered.

    Attributes:
        value: An instance of the form that was asked.
        by: Who answered; empty if that is not known.
    """

    value: Any
    by: str = ""


class Context(Protocol):
    """Knowledge that agents share: a knowledge base, a network, a database."""

    async def open(self, site: Site) -> None:
        """Make ready."""

    async def look(self, fields: Mapping[str, Any]) -> Any:
        """Return what is known about an event, as JSON value.

        Args:
            fields: What expressions see of the event (see `scope`).
        """

    async def close(self) -> None:
        """Let go of files and connections."""


class Site(Protocol):
    """What an agent is given by whatever runs it."""

    @property
    def agent(self) -> str:
        """Id of the agent."""

    @property
    def folder(self) -> Path:
        """Folder of the program; relative paths start there."""

    @property
    def sections(self) -> Mapping[str, Mapping[str, Any]]:
        """The sections ``models``, ``schemas``, ``data`` and ``config`` as they are declared."""

    @property
    def contexts(self) -> Mapping[str, Context]:
        """The workflow's contexts by type, opened."""

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment's variables; keys and passwords come from nowhere else."""

    def now(self) -> datetime:
        """Return the time, in UTC."""

    def emit(self, kind: str, payload: Any) -> None:
        """Take an event (see `kodonb.emit`)."""

    def metric(self, name: str, value: float) -> None:
        """Take a number to be plotted."""

    async def ask(self, form: type[M], title: str, *, timeout: float | None) -> Answer:
        """Ask a person, and wait for the answer.

        Args:
            form: Pydantic model of the answer.
            title: The question.
            timeout: Seconds to wait; `None` for ever.

        Raises:
            RunTimeout: Time is up (KN303).
        """


Process = Callable[[Any, Message], Any]
"""``process(inputs, message)``: returns a JSON value, `Routed`, `Dropped` or `Several`, or awaits one of these."""


class Agent(Protocol):
    """Something that turns events into results.

    It is made with its arguments, opened once, given any number of messages, and closed. Whether `process` must be
    awaited is settled when it has been opened, and does not change then.

    Attributes:
        parameters: Model of the arguments; checks, completion and documentation read it.
    """

    parameters: ClassVar[type[Parameters]]

    def __init__(self, arguments: Any) -> None:
        """Take the arguments, an instance of `parameters`; load nothing yet."""

    async def open(self, site: Site) -> None:
        """Load, compile and connect.

        Raises:
            AgentError: That is not possible as declared.
        """

    @property
    def process(self) -> Process:
        """What to do with a message: a method, plain or asynchronous.

        It is called with what the agent's `input` refers to, and the message. It raises `AgentError`.
        """

    async def close(self) -> None:
        """Let go of everything; safe to call twice, and without `open`."""


@runtime_checkable
class Batching(Protocol):
    """An agent that does many messages faster than one by one."""

    def process_many(self, items: Sequence[tuple[Any, Message]]) -> Awaitable[list[Any]]:
        """Return results in the order of the messages; an `AgentError` in the place of one that failed."""


@runtime_checkable
class Timed(Protocol):
    """An agent whose results are also made by time that passes."""

    @property
    def due(self) -> datetime | None:
        """When `lapse` should be called next; `None` while nothing is waiting."""

    def lapse(self, now: datetime | None) -> Any:
        """Return what time has brought: `Several`, or `Dropped`.

        Args:
            now: The time; `None` when no message will come any more, so that everything is to be returned.
        """
