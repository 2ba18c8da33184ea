"""How far the partitions of a topic are done: messages end in any order, and only what is done without a gap counts."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

P = TypeVar("P", bound=Hashable)


class Offsets(Generic[P]):
    """What is done of each partition."""

    def __init__(self) -> None:
        self._given: dict[P, dict[int, bool]] = {}

    def give(self, partition: P, offset: int) -> None:
        """Take note of a message that is given; they come in order, with gaps maybe."""
        self._given.setdefault(partition, {})[offset] = False

    def done(self, partition: P, offset: int) -> None:
        """Take note of a message that is done."""
        given = self._given.get(partition, {})
        if offset in given:
            given[offset] = True

    def commit(self) -> dict[P, int]:
        """Return for each partition that got on the offset from which on something is left to do."""
        found: dict[P, int] = {}
        for partition, given in self._given.items():
            for offset in [*given]:
                if not given[offset]:
                    break
                del given[offset]
                found[partition] = offset + 1
        return found

    def forget(self, partitions: set[P]) -> None:
        """Take note that other clients see to these partitions."""
        for partition in partitions:
            self._given.pop(partition, None)
