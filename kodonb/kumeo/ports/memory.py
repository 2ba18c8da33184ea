"""Lists in place of the world: for tests, for trying a workflow out, for `kodonb run --events`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from kodonb.kumeo.agents.protocol import Message
from kodonb.kumeo.ports.protocol import Incoming, Outgoing
from kodonb.kumeo.ports.reading import Reading


class ListSource:
    """Gives the values of a list, or of anything that can be gone through once.

    Args:
        values: The data of the messages.
        name: What their ids begin with.
        reading: How they are read; only the key matters.

    Attributes:
        finished: Messages that are done, by their number.
    """

    def __init__(self, values: Iterable[Any], name: str = "list", reading: Reading | None = None) -> None:
        self._values = enumerate(values)
        self._name = name
        self._reading = reading or Reading({})
        self.finished: list[int] = []

    async def open(self) -> None:
        """Do nothing: the list is there."""

    async def pull(self, most: int) -> Sequence[Incoming]:
        """Return the next values."""
        return [self._incoming(number, value) for number, value in islice(self._values, most)]

    def _incoming(self, number: int, value: Any) -> Incoming:
        trace = f"{self._name}:{number}"
        key = self._reading.key(value)
        return Incoming(Message(id=trace, trace=trace, key=key, subject=self._name, data=value), number)

    async def done(self, messages: Sequence[Incoming]) -> None:
        """Keep the numbers of what is done."""
        self.finished += [each.token for each in messages]

    async def close(self) -> None:
        """Do nothing."""


class ListTarget:
    """Keeps results in a list.

    Attributes:
        results: What was sent, in order; each result once.
    """

    parallel = 1

    def __init__(self) -> None:
        self.results: list[Outgoing] = []
        self._known: set[str] = set()

    async def open(self) -> None:
        """Do nothing: the list is there."""

    async def send(self, batch: Sequence[Outgoing]) -> Sequence[str]:
        """Keep results that are not known yet."""
        for each in batch:
            if each.id not in self._known:
                self._known.add(each.id)
                self.results.append(each)
        return [""] * len(batch)

    async def close(self) -> None:
        """Do nothing."""

    @property
    def values(self) -> list[Any]:
        """The data of the results."""
        return [each.data for each in self.results]
