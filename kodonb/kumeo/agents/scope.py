"""What expressions and prompts of an agent see of an event.

Its fields, by their names; `input`, all of it; `data` and `value`, all of it too unless it has a field of that name;
`config`, the settings of the program; `context`, the shared knowledge; `message`, what stands beside the data. An event
cannot take the place of settings or knowledge: these names are theirs, whatever fields it has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from kodonb.kumeo.agents.contexts.knowledge import Knowledge, knowledge
from kodonb.kumeo.agents.protocol import Message, Process, Site
from kodonb.kumeo.agents.sections import found
from kodonb.kumeo.expressions import Condition

Fields = Mapping[str, Any]
Work = Callable[[Any, Fields], Any]

_WHOLE: Final = frozenset({"data", "value"})
_SPECIAL: Final = _WHOLE | {"input", "config", "context", "message"}


class Scope:
    """Makes fields of inputs.

    Args:
        roots: First names of all that is read.
        fixed: What is the same for all events, by name.
        known: The shared knowledge.
    """

    def __init__(self, roots: frozenset[str], fixed: Mapping[str, Any], known: Knowledge) -> None:
        self._special = roots & _SPECIAL
        self._whole = roots & _WHOLE
        self._fixed = dict(fixed)
        self._known = known

    @property
    def moving(self) -> bool:
        """Whether something must be looked up for every event."""
        return self._known.moving

    async def close(self) -> None:
        """Close what was opened for this agent alone."""
        await self._known.close()

    def fields(self, inputs: Any, message: Message) -> Fields:
        """Return what is seen of an event, without what must be looked up."""
        fields = inputs if type(inputs) is dict else {}
        return self._full(fields, inputs, message) if self._special else fields

    def _full(self, fields: Fields, inputs: Any, message: Message) -> Fields:
        full = {**fields, **self._fixed, "input": inputs}
        for name in self._whole:
            full.setdefault(name, inputs)
        if "message" in self._special:
            full["message"] = about(message)
        return full

    async def looked(self, inputs: Any, message: Message) -> Fields:
        """Return all that is seen of an event."""
        fields = self.fields(inputs, message)
        if not self.moving:
            return fields
        return {**fields, "context": await self._known.look({**fields, "input": inputs})}

    def bound(self, work: Work, read: Callable[[Any], Any]) -> Process:
        """Return a `process`, a plain one unless something must be looked up.

        Args:
            work: What it calls with the inputs and their fields.
            read: What it makes of the inputs before.
        """
        if self.moving:
            return self._awaited(work, read)
        plain, fields = not self._special, self.fields

        def process(inputs: Any, message: Message) -> Any:
            taken = read(inputs)
            if plain and type(taken) is dict:
                return work(taken, taken)
            return work(taken, fields(taken, message))

        return process

    def _awaited(self, work: Work, read: Callable[[Any], Any]) -> Process:
        async def process(inputs: Any, message: Message) -> Any:
            taken = read(inputs)
            return work(taken, await self.looked(taken, message))

        return process


async def scope(site: Site, expressions: Iterable[Condition], declared: str | list[str] | None) -> Scope:
    """Return the scope of an agent.

    Args:
        site: Where it is.
        expressions: All that it evaluates.
        declared: Its `context`.

    Raises:
        AgentError: A setting or a context that is read does not exist (KN802).
    """
    paths = {path for each in expressions for path in each.paths()}
    return await scope_of_paths(site, paths, declared)


async def scope_of_paths(
    site: Site, paths: Iterable[str], declared: str | list[str] | None, *, every: bool = False
) -> Scope:
    """Return the scope of an agent that reads fields with these paths, such as ``"context.rates"``.

    Args:
        site: Where it is.
        paths: The paths.
        declared: Its `context`.
        every: Whether it makes use of all its context, whatever it reads.

    Raises:
        AgentError: A setting or a context that is read does not exist (KN802).
    """
    read = frozenset(paths)
    known = await knowledge(site, declared, read, every=every)
    fixed: dict[str, Any] = {"context": known.fixed}
    settings = {path for path in read if path.partition(".")[0] == "config"}
    if settings:
        fixed["config"] = _settings(site, settings)
    return Scope(frozenset(path.partition(".")[0] for path in read), fixed, known)


def _settings(site: Site, paths: Iterable[str]) -> dict[str, Any]:
    declared = site.sections.get("config", {})
    names = {path.split(".")[1] for path in paths if "." in path} or set(declared)
    return {name: found(site, f"config.{name}") for name in sorted(names)}


def about(message: Message) -> dict[str, Any]:
    """Return what expressions see of a message beside its data."""
    return {
        "id": message.id,
        "trace": message.trace,
        "key": message.key,
        "at": message.at.isoformat(),
        "subject": message.subject,
        "headers": message.headers,
    }
