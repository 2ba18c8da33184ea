from __future__ import annotations

import pytest

from kodonb.kumeo.agents import MemorySite, Message, opened


@pytest.fixture
def message():
    return Message(id="m1", trace="t1", key="k1", subject="orders.new")


@pytest.fixture
async def ready(tmp_path):
    """Open an agent in a site of its own; all are closed at the end."""
    made = []

    async def open_it(kind, site=None, **arguments):
        site = site or MemorySite(tmp_path)
        agent = await opened(kind, arguments, site)
        made.append(agent)
        agent.site = site
        return agent

    yield open_it
    for agent in made:
        await agent.close()


@pytest.fixture
def run(ready, message):
    """Open an agent, and give it one event."""

    async def run_it(kind, inputs, site=None, **arguments):
        agent = await ready(kind, site, **arguments)
        found = agent.process(inputs, message)
        return await found if hasattr(found, "__await__") else found

    return run_it
