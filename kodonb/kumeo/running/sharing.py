"""One place for the results of several targets: a list, or a file, in which each result says which it was for."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from kodonb.kumeo.ports.protocol import Finishing, Outgoing, Target
from kodonb.kumeo.program.records import Endpoint


def shared(place: Target, names: Sequence[str]) -> list[Target]:
    """Return a target for each name, all of which lead to one place.

    A result becomes ``{"target": name, "data": …}``; one for a subject that is no target stays as it is. With one
    name at most, that is the place itself.
    """
    if len(names) < 2:
        return [place]
    guard = asyncio.Lock()
    return [Share(place, name, guard, leads=not number) for number, name in enumerate(names)]


class Share:
    """One of several targets that lead to one place.

    Args:
        place: The place; it is opened, finished and closed once.
        name: What its results are marked with.
        guard: Held while something is sent, since a place may take one batch at a time.
        leads: Whether this one opens, finishes and closes it.

    Attributes:
        place: As above.
    """

    parallel = 1

    def __init__(self, place: Target, name: str, guard: asyncio.Lock, *, leads: bool) -> None:
        self.place = place
        self._name = name
        self._guard = guard
        self._leads = leads

    async def open(self) -> None:
        """Open the place, once for all.

        Raises:
            PortError: That is not possible.
        """
        if self._leads:
            await self.place.open()

    async def send(self, batch: Sequence[Outgoing]) -> Sequence[str]:
        """Send results with the name of the target."""
        async with self._guard:
            return await self.place.send([self._marked(each) for each in batch])

    def _marked(self, each: Outgoing) -> Outgoing:
        if each.subject:
            return each
        return msgspec.structs.replace(each, data={"target": self._name, "data": each.data})

    async def finish(self) -> None:
        """Let the place finish, once for all."""
        if self._leads and isinstance(self.place, Finishing):
            await self.place.finish()

    async def close(self) -> None:
        """Close the place, once for all."""
        if self._leads:
            await self.place.close()


def names(targets: Sequence[Endpoint], fill: Callable[[Any], Any]) -> list[str]:
    """Return what tells targets apart: their names or addresses, with their types where these are not enough."""
    plain = [each.name or str(fill(each.address) or each.type) for each in targets]
    told = [
        name if plain.count(name) == 1 else f"{each.type}({name})"
        for each, name in zip(targets, plain, strict=True)
    ]
    seen: Counter[str] = Counter()
    for number, name in enumerate(told):
        seen[name] += 1
        if seen[name] > 1:
            told[number] = f"{name} {seen[name]}"
    return told
