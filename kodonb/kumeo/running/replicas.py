"""Copies of a workflow, each a step of the run: they share the messages of its durable consumers.

``deployment: {scaling: {min_replicas: 2, max_replicas: 4}}`` asks for them. The run itself is the first copy.
Between the two numbers their count follows what waits: one more while more than a thousand messages wait for
each, one less when none has waited for a minute. Where order is kept by key, or where no source is durable,
there is one copy only.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

from kodonb.flows.future import Future
from kodonb.flows.step import Step, step
from kodonb.kumeo.ports.protocol import Source
from kodonb.kumeo.program.records import Deployment
from kodonb.kumeo.running.errors import WorkflowError
from kodonb.kumeo.running.occupying import occupied
from kodonb.kumeo.running.settings import Fill

_LOOK: Final = 5.0  # seconds between two looks at what waits
_EACH: Final = 1000  # messages that may wait for each copy
_IDLE: Final = 60.0

Serve = Callable[..., Any]


class Scaling:
    """How many copies there are.

    Args:
        deployment: The section of the workflow.
        fill: Fills in settings.
        agents: Ids of the agents.

    Raises:
        WorkflowError: Something is malformed (KN832).

    Attributes:
        least: How many at least.
        most: How many at most.
        resources: What each occupies, as for `kodonb.step`.
    """

    def __init__(self, deployment: Deployment | None, fill: Fill, agents: Iterable[str] = ()) -> None:
        said = deployment or Deployment()
        try:
            self.least, self.most = _counts(fill(said.min_replicas), fill(said.max_replicas))
        except (TypeError, ValueError) as error:
            raise WorkflowError(
                f"`scaling` is malformed: {error}", remedy="write min_replicas: 1, max_replicas: 4"
            ) from None
        self.resources = occupied(deployment, fill, agents)


def _counts(least: Any, most: Any) -> tuple[int, int]:
    """Return how many copies there are at least and at most.

    Raises:
        ValueError: One of them is no number of copies, or they contradict each other.
    """
    lower = _count(least, 1)
    upper = _count(most, lower)
    if upper < lower:
        raise ValueError(f"max_replicas, {upper}, is less than min_replicas, {lower}")
    return lower, upper


def _count(said: Any, otherwise: int) -> int:
    """Return a number of copies.

    Raises:
        ValueError: It is none; a run is one copy at least.
    """
    if said is None or not str(said).strip():
        return otherwise
    if isinstance(said, bool) or float(str(said)) % 1 or float(str(said)) < 1:
        raise ValueError(f"{said!r} is no number of copies")
    return int(float(str(said)))


@asynccontextmanager
async def copies(
    scaling: Scaling, serve: Serve, arguments: tuple[Any, ...], sources: list[Source]
) -> AsyncIterator[None]:
    """Keep as many copies going as there should be.

    Args:
        scaling: How many that is.
        serve: What a copy does: a function that can be imported elsewhere.
        arguments: What it is given.
        sources: The sources, by which is seen what waits.
    """
    if scaling.most == 1:
        yield
        return
    copying = _Copies(scaling, step(name="replica", **scaling.resources)(serve), arguments, sources)
    copying.grow(scaling.least - 1)
    following = asyncio.ensure_future(copying.follow()) if scaling.most > scaling.least else None
    try:
        yield
    finally:
        if following is not None:
            following.cancel()
        await asyncio.to_thread(copying.end)


class _Copies:
    """The copies beside the run itself."""

    def __init__(
        self, scaling: Scaling, work: Step[..., Any], arguments: tuple[Any, ...], sources: list[Source]
    ) -> None:
        self._scaling = scaling
        self._work = work
        self._arguments = arguments
        self._sources = sources
        self._running: list[Future[Any]] = []
        self._idle = 0.0

    def grow(self, count: int) -> None:
        """Start copies."""
        self._running += [self._work.submit(*self._arguments) for _ in range(count)]

    async def follow(self) -> None:
        """Let the number of copies follow what waits."""
        while True:
            await asyncio.sleep(_LOOK)
            self._running = [each for each in self._running if not each.done()]
            waiting = sum([await each.backlog() for each in self._sources if hasattr(each, "backlog")])
            self._idle = 0.0 if waiting else self._idle + _LOOK
            count = 1 + len(self._running)
            if count < self._scaling.least or (waiting > _EACH * count and count < self._scaling.most):
                self.grow(1)
            elif self._idle >= _IDLE and count > self._scaling.least:
                self._running.pop().cancel()

    def end(self) -> None:
        """End all copies, and wait until they have."""
        for each in self._running:
            each.cancel()
        for each in self._running:
            with suppress(BaseException):
                each.exception(30)
