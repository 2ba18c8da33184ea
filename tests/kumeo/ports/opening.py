"""Opens sources and targets as a workflow declares them."""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path

from kodonb.kumeo.ports import kinds
from kodonb.kumeo.ports.declared import Declared
from kodonb.kumeo.ports.protocol import Outgoing


def declared(
    type_, address, folder=".", *, client=None, replay="", fresh=True, warn=lambda _: None, **options
):
    async def get():
        return client

    return Declared(
        type=type_, address=address, options=options, workflow="W", folder=Path(folder), client=get, warn=warn,
        replay=replay, fresh=fresh,
    )  # fmt: skip


@asynccontextmanager
async def source(*arguments, **options):
    made = await kinds.source(declared(*arguments, **options))
    try:
        await made.open()
        yield made
    finally:
        await made.close()


@asynccontextmanager
async def target(*arguments, **options):
    made = await kinds.target(declared(*arguments, **options))
    try:
        await made.open()
        yield made
    finally:
        await made.close()


def outgoing(values, subject="", stem="id"):
    return [
        Outgoing(f"{stem}{number}", f"trace{number}", value, subject) for number, value in enumerate(values)
    ]


async def pulled(made, count):
    """Return so many messages of a source."""
    found = []
    while len(found) < count:
        batch = await made.pull(count - len(found))
        assert batch, f"the source ended after {len(found)}"
        found += batch
    return found
