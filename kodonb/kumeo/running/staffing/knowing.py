"""Shared knowledge of a workflow: opened before its agents, closed after them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

from kodonb.kumeo.agents.opening import opened_context
from kodonb.kumeo.agents.protocol import Context, Site
from kodonb.kumeo.program import records
from kodonb.kumeo.program.values import plain


@asynccontextmanager
async def knowing(
    contexts: Sequence[records.Context], site: Callable[[str], Site]
) -> AsyncIterator[Mapping[str, Context]]:
    """Open the contexts of a workflow; each is known by its type, and by its name if it has one.

    Args:
        contexts: Their declarations.
        site: Returns what a context is given.

    Raises:
        AgentError: One cannot be opened (KN802, KN804).
    """
    found: dict[str, Context] = {}
    opened: list[Context] = []
    try:
        for each in contexts:
            given = {name: plain(value) for name, value in each.arguments.items()}
            made = await opened_context(each.type, given, site(each.name or each.type))
            opened.append(made)
            found.setdefault(each.type, made)
            if each.name:
                found[each.name] = made
        yield found
    finally:
        for one in reversed(opened):
            await one.close()
