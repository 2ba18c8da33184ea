"""What an agent's `context` names: loaded once where it is the same for all events, looked up where it is not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from kodonb.kumeo.agents.contexts.files import content
from kodonb.kumeo.agents.contexts.query import Query
from kodonb.kumeo.agents.errors import declared_wrongly
from kodonb.kumeo.agents.protocol import Context, Site
from kodonb.kumeo.agents.saying import warn
from kodonb.kumeo.agents.sections import found, section_of
from kodonb.kumeo.diagnostics.near import meant

_SQL: Final = re.compile(r"\s*(?:select|with|from|values)\b", re.IGNORECASE)


class Knowledge:
    """The shared knowledge that one agent uses.

    Args:
        fixed: What is the same for all events, by name.
        moving: What is looked up for every event, by name.
        own: Those contexts that belong to the agent, and are closed with it.

    Attributes:
        fixed: As above.
    """

    def __init__(self, fixed: dict[str, Any], moving: Mapping[str, Context], own: list[Context]) -> None:
        self.fixed = fixed
        self._moving = moving
        self._own = own

    @property
    def moving(self) -> bool:
        """Whether something must be looked up for every event."""
        return bool(self._moving)

    async def look(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return all of it, for an event."""
        return {**self.fixed, **{name: await each.look(fields) for name, each in self._moving.items()}}

    async def close(self) -> None:
        """Close what belongs to the agent."""
        for each in self._own:
            await each.close()


async def knowledge(
    site: Site, declared: str | list[str] | None, read: Iterable[str], *, every: bool = False
) -> Knowledge:
    """Return the knowledge of an agent.

    Args:
        site: Where it is.
        declared: Its `context`: ``"data.x"``, ``"config.x"``, a type of the workflow's contexts, an SQL text.
        read: Paths of all fields that it reads.
        every: Whether it uses what it declares although it reads no such path.

    Raises:
        AgentError: Something of that does not exist (KN802), or cannot be read (KN804).
    """
    wanted = {
        path.split(".")[1] if "." in path else "" for path in read if path.partition(".")[0] == "context"
    }
    fixed: dict[str, Any] = {}
    moving: dict[str, Context] = {}
    queries: list[Context] = []
    for said in _listed(declared):
        if _SQL.match(said):
            queries.append(Query(said))
            moving["query" if len(queries) == 1 else f"query_{len(queries)}"] = queries[-1]
        elif section_of(said) in {"data", "config"}:
            fixed[re.split(r"[./]", said)[-1]] = await _loaded(site, said)
        else:
            name = said.removeprefix("context.")
            moving[name] = _shared(site, name, said)
    if declared is None:
        moving |= site.contexts
    _refuse_unknown(site, wanted, [*fixed, *moving])
    if not every and "" not in wanted:
        _warn_of_unread(site, [] if declared is None else [*fixed, *moving], wanted)
        moving = {name: each for name, each in moving.items() if name in wanted}
    own = [each for each in queries if each in moving.values()]
    for query in own:
        await query.open(site)
    return Knowledge(fixed, moving, own)


async def _loaded(site: Site, said: str) -> Any:
    return await content(site, said) if section_of(said) == "data" else found(site, said)


def _listed(declared: str | list[str] | None) -> list[str]:
    return [declared] if isinstance(declared, str) else declared or []


def _shared(site: Site, name: str, said: str) -> Context:
    if name not in site.contexts:
        remedy = meant(
            name, site.contexts, "name data.…, config.…, a context of the workflow, or write SELECT …"
        )
        raise declared_wrongly(f"there is no context `{said}`", remedy, where=site.agent)
    return site.contexts[name]


def _warn_of_unread(site: Site, declared: list[str], wanted: set[str]) -> None:
    for name in declared:
        if name not in wanted:
            warn(site, f"`context.{name}` is declared, but the agent does not read it")


def _refuse_unknown(site: Site, wanted: set[str], known: list[str]) -> None:
    for name in sorted(wanted - {"", *known}):
        remedy = meant(name, known, "declare it as the agent's context")
        raise declared_wrongly(f"there is no `context.{name}`", remedy, where=site.agent)
