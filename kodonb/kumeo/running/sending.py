"""Gives a workflow events from outside: to its first source, as any other sender would."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

import msgspec

from kodonb.kumeo.ports import kinds
from kodonb.kumeo.ports.protocol import Outgoing
from kodonb.kumeo.program.records import Endpoint
from kodonb.kumeo.running.choosing import chosen, sections
from kodonb.kumeo.running.entry import checked
from kodonb.kumeo.running.errors import WorkflowError
from kodonb.kumeo.running.settings import filling
from kodonb.kumeo.running.surrounding import Connection, Surrounding, Wishes

_CAN: Final = frozenset({"NATS", "MQTT", "Kafka", "HTTP"})
_OF_SOURCES: Final = frozenset({
    "ack_wait", "dead_letter", "durable", "format", "group", "partition", "queue", "start", "max_size", "timeout",
})  # fmt: skip


def send(
    text: str,
    values: Sequence[Any],
    *,
    workflow: str = "",
    subject: str = "",
    nats: str = "",
    folder: str | Path = "",
) -> int:
    """Send events to the first source of a workflow that takes any; return how many.

    Args:
        text: The program.
        values: The events.
        workflow: Name of the workflow; may be left out if there is only one.
        subject: Where to, for a source whose address has wildcards.
        nats: Address of the NATS server, if not that of the program.
        folder: Folder of the program.

    Raises:
        WorkflowError: No source takes events from outside (KN832), or one was refused.
        PortError: It cannot be reached.
    """
    return asyncio.run(_sent(text, values, workflow, subject, nats, Path(folder or Path.cwd())))


async def _sent(text: str, values: Sequence[Any], name: str, subject: str, nats: str, folder: Path) -> int:  # noqa: PLR0917
    workflow = chosen(checked(text), name)
    source = next((each for each in workflow.sources if each.type in _CAN), None)
    if source is None:
        types = ", ".join(each.type for each in workflow.sources)
        raise WorkflowError(
            f"{workflow.name} takes no events from outside, but from {types}", remedy="run it with events=[…]"
        )
    fill = filling(os.environ, sections(workflow), folder)
    around = Surrounding(
        workflow=workflow,
        fill=fill,
        folder=folder,
        wishes=Wishes(nats=nats),
        emit=lambda _kind, _payload: None,
    )
    async with AsyncExitStack() as stack:
        end = _as_target(source, subject)
        target = await kinds.target(around.declared(end, Connection(around, stack)))
        stack.push_async_callback(target.close)
        await target.open()
        ids = [f"send:{secrets.token_hex(8)}" for _ in values]
        refused = [
            why
            for why in await target.send(
                [Outgoing(id_, id_, value) for id_, value in zip(ids, values, strict=True)]
            )
            if why
        ]
    if refused:
        raise WorkflowError(f"the source refused {len(refused)} events: {refused[0]}", remedy="correct them")
    return len(values)


def _as_target(source: Endpoint, subject: str) -> Endpoint:
    address = subject or source.address
    if isinstance(address, str) and source.type in {"NATS", "MQTT"} and set(address) & set("*>+#"):
        raise WorkflowError(f"{address!r} stands for many subjects", remedy="name the one to send to")
    options = {name: value for name, value in source.options.items() if name not in _OF_SOURCES}
    return msgspec.structs.replace(source, address=address, options=options)
