"""The seam between a workflow and the world: where messages come from, and where results go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import msgspec

from kodonb.kumeo.agents.protocol import Message


class Incoming(msgspec.Struct, frozen=True):
    """A message as a source gives it.

    Attributes:
        message: The message. Its `id` and `trace` are the same when it is given again.
        token: By which the source knows it again.
        fault: Why its data cannot be read; empty if they can. Such a message is put aside as it is.
        again: Whether it was given before, so that results of it may have left already.
    """

    message: Message
    token: Any = None
    fault: str = ""
    again: bool = False


class Outgoing(msgspec.Struct, frozen=True):
    """A result on its way to a target.

    Attributes:
        id: The same for the same result of the same message, however often it is sent: so targets tell doubles apart.
        trace: Trace of the message that it comes from.
        data: The result, as JSON value.
        subject: Where to within the target; empty for the target's own address.
        key: What belongs together.
        again: If it may have left before: when its message came first, in seconds since 1970; otherwise 0.
    """

    id: str
    trace: str
    data: Any
    subject: str = ""
    key: str = ""
    again: float = 0.0


class Source(Protocol):
    """Where messages come from.

    A source gives a message again, maybe to another process, until it is told that it is done.
    """

    async def open(self) -> None:
        """Connect.

        Raises:
            PortError: That is not possible.
        """

    async def pull(self, most: int) -> Sequence[Incoming]:
        """Return the next messages, as soon as there are some; none when there will be no more.

        Args:
            most: How many at most.
        """

    async def done(self, messages: Sequence[Incoming]) -> None:
        """Take note that all results of these have left, or that they were put aside."""

    async def close(self) -> None:
        """Let go; what is not done stays for later."""


class Target(Protocol):
    """Where results go.

    Attributes:
        parallel: How many batches may be on their way at once.
    """

    parallel: int

    async def open(self) -> None:
        """Connect.

        Raises:
            PortError: That is not possible.
        """

    async def send(self, batch: Sequence[Outgoing]) -> Sequence[str]:
        """Send results; when this returns, the target has them.

        A target that is away for a while is waited for.

        Returns:
            For each result why it was refused for good; empty if it was taken.
        """

    async def close(self) -> None:
        """Let go."""


@runtime_checkable
class Finishing(Protocol):
    """A target that does something when there is nothing more to come, such as a file that is put in its place."""

    async def finish(self) -> None:
        """Take note that this was all; not called when the workflow fails or is cancelled."""


class Answering(Protocol):
    """A source that returns results to who sent the message, such as HTTP."""

    async def answer(self, message: Incoming, results: Sequence[Any], fault: str) -> None:
        """Return what became of a message; called before `done`.

        Args:
            message: The message.
            results: What left the workflow.
            fault: Why it was put aside; empty if it was not.
        """
