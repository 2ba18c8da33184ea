"""What is around a workflow: its sources and targets as they are declared, or as a run wants them instead."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

from kodonb.kumeo.ports import kinds
from kodonb.kumeo.ports.declared import Declared
from kodonb.kumeo.ports.files.source import FileSource
from kodonb.kumeo.ports.files.target import FileTarget
from kodonb.kumeo.ports.memory import ListSource
from kodonb.kumeo.ports.protocol import Finishing, Source, Target
from kodonb.kumeo.ports.reading import Reading, write
from kodonb.kumeo.program.records import Endpoint, Workflow
from kodonb.kumeo.running.carrying import World
from kodonb.kumeo.running.settings import Fill
from kodonb.kumeo.running.sharing import names, shared
from kodonb.kumeo.running.telling.shown import ShownTarget

_NATS: Final = "NATS"


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """What a run wants otherwise than it is declared.

    Attributes:
        events: Messages instead of the sources: a list, or a file.
        out: File instead of the targets; with `events` and without this, results are events of the run.
        replay: Time or offset from which messages are taken again.
        nats: Address of the NATS server.
    """

    events: list[Any] | str | None = None
    out: str = ""
    replay: str = ""
    nats: str = ""


class Surrounding(msgspec.Struct, kw_only=True):
    """Opens what is around a workflow.

    Attributes:
        workflow: Its declaration.
        fill: Fills in settings.
        folder: Folder of the program.
        wishes: What the run wants otherwise.
        emit: Takes events of the run.
    """

    workflow: Workflow
    fill: Fill
    folder: Path
    wishes: Wishes
    emit: Callable[[str, Any], None]

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[World]:
        """Open sources and targets.

        Raises:
            PortError: One cannot be opened.
        """
        async with AsyncExitStack() as stack:
            client = Connection(self, stack)
            sources = [await _open(stack, each) for each in await self._sources(client)]
            targets = [await _open(stack, each) for each in await self._targets(client)]
            dead = await self._dead(client)
            if dead is not None:
                await _open(stack, dead)
            ordered = any(getattr(source, "partitioned", False) for source in sources)
            alarm = client.alarm if client.used else None
            yield World(sources=sources, targets=targets, dead=dead, alarm=alarm, ordered=ordered)
            for target in targets:
                if isinstance(target, Finishing):
                    await target.finish()

    async def _sources(self, client: Connection) -> list[Source]:
        events = self.wishes.events
        if isinstance(events, str):
            options = self._options(self.workflow.sources[0]) if self.workflow.sources else {}
            return [FileSource(self._path(events), Reading(options))]
        if events is not None:
            return [ListSource(events, f"{self.workflow.name}.events")]
        return [await kinds.source(self.declared(each, client)) for each in self.workflow.sources]

    async def _targets(self, client: Connection) -> list[Target]:
        said = names(self.workflow.targets, self.fill)
        if self.wishes.out:
            path = self._path(self.wishes.out)
            return shared(FileTarget(path, append=not self._finite, fresh=self._finite), said)
        if self.wishes.events is not None or not self.workflow.targets:
            return shared(ShownTarget(self.emit), said)
        return [await kinds.target(self.declared(each, client)) for each in self.workflow.targets]

    async def _dead(self, client: Connection) -> Target | None:
        """Return where dead letters go: where the source says, else a subject, else nowhere but the event stream."""
        named = [found for each in self.workflow.sources if (found := self._options(each).get("dead_letter"))]
        said = named[0] if named else None
        if any(each != said for each in named):
            self.warn(f"dead letters of all sources go to {said!r}, which is the first that is named")
        uses_nats = self.wishes.events is None and _NATS in {
            each.type for each in (*self.workflow.sources, *self.workflow.targets)
        }
        if self.wishes.events is not None or not (said or uses_nats):
            return None
        subject = str(said or f"{self.workflow.name}.dead")
        options: dict[str, Any] = {} if uses_nats else {"append": True}
        end = Endpoint(type=_NATS if uses_nats else "File", address=subject, options=options)
        return await kinds.target(self.declared(end, client))

    @property
    def _finite(self) -> bool:
        """Whether the messages come to an end by themselves, and are given anew to each run."""
        if self.wishes.events is not None:
            return True
        return all(
            each.type == "File" and not ({"follow", "durable"} & set(self._options(each)))
            for each in self.workflow.sources
        )

    def _path(self, said: str) -> Path:
        return self.folder / Path(said).expanduser()

    def _options(self, end: Endpoint) -> dict[str, Any]:
        return {name: self.fill(value) for name, value in end.options.items()}

    def declared(self, end: Endpoint, client: Connection) -> Declared:
        """Return a source or target with all that making it needs."""
        return Declared(
            type=end.type,
            address=str(self.fill(end.address) if end.address is not None else ""),
            options=self._options(end),
            workflow=self.workflow.name,
            folder=self.folder,
            client=client.get,
            warn=self.warn,
            replay=self.wishes.replay,
            fresh=self._finite,
        )

    def warn(self, text: str) -> None:
        """Tell what a person should know."""
        self.emit(
            "log",
            {"level": "WARNING", "logger": "kodonb.kumeo", "message": text, "where": self.workflow.name},
        )


class Connection:
    """The connection to NATS, made when the first asks for it."""

    def __init__(self, surrounding: Surrounding, stack: AsyncExitStack) -> None:
        self._around = surrounding
        self._stack = stack
        self._client: Any = None
        self._saying: set[asyncio.Task[None]] = set()

    @property
    def used(self) -> bool:
        """Whether it was made."""
        return self._client is not None

    async def get(self) -> Any:
        """Return it.

        Raises:
            PortError: The server cannot be reached.
        """
        if self._client is None:
            from kodonb.kumeo.ports.nats.connecting import connected  # noqa: PLC0415 - not every workflow uses NATS

            around = self._around
            said = around.wishes.nats or around.fill(around.workflow.nats)
            self._client = await self._stack.enter_async_context(connected(said, around.folder, around.warn))
            self._stack.push_async_callback(self._said)
        return self._client

    def alarm(self, subject: str, value: Any) -> None:
        """Publish a value, and wait for nobody."""
        task = asyncio.get_running_loop().create_task(self._say(subject, write(value)))
        self._saying.add(task)  # the loop alone would not keep it
        task.add_done_callback(self._saying.discard)

    async def _say(self, subject: str, body: bytes) -> None:
        try:
            await self._client.publish(subject, body)
        except Exception as error:  # noqa: BLE001 - whatever it is, the workflow goes on, and a person is told
            self._around.warn(
                f"`{subject}` could not be told of something: {str(error) or type(error).__name__}"
            )

    async def _said(self) -> None:
        """Wait until everything is said, while there is a connection."""
        await asyncio.gather(*self._saying)


async def _open(stack: AsyncExitStack, port: Any) -> Any:
    stack.push_async_callback(port.close)
    await port.open()
    return port
