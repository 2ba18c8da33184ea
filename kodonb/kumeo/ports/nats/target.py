"""NATS as a target: results go to subjects, each once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from kodonb.kumeo.ports.errors import PortError
from kodonb.kumeo.ports.headers import TRACE, header
from kodonb.kumeo.ports.nats.publishing import Letter, Publisher
from kodonb.kumeo.ports.nats.recall import Recall
from kodonb.kumeo.ports.nats.streams import checked, stream_for
from kodonb.kumeo.ports.protocol import Outgoing
from kodonb.kumeo.ports.reading import write

if TYPE_CHECKING:
    from nats.aio.client import Client

KEY: Final = "Kumeo-Key"


class NatsTarget:
    """A subject of JetStream.

    Args:
        client: The connection.
        subject: The subject.
        options: As of `stream_for`.
    """

    parallel = 8

    def __init__(self, client: Client, subject: str, options: Mapping[str, Any]) -> None:
        self._client = client
        self._subject = subject
        self._options = options
        self._publisher = Publisher(client)
        self._recall = Recall(client)
        self._streams: dict[str, str] = {}

    async def open(self) -> None:
        """Find the stream, or make one.

        Raises:
            PortError: There is none, and none can be made.
        """
        await self._publisher.open()
        await self._stream(self._subject)

    async def _stream(self, subject: str) -> str:
        found = self._streams.get(subject)
        if found is None:
            options = self._options if subject == self._subject else {**self._options, "stream": None}
            found = self._streams[subject] = await stream_for(self._client, subject, options)
        return found

    async def send(self, batch: Sequence[Outgoing]) -> Sequence[str]:
        """Publish results that are not there yet."""
        letters: list[Letter] = []
        refused: dict[int, str] = {}
        for number, each in enumerate(batch):
            subject = each.subject or self._subject
            if subject not in self._streams:
                try:
                    await self._stream(subject)
                except PortError as error:
                    refused[number] = error.message
                    continue
            if each.again and await self._recall.has(self._streams[subject], header(each.id), each.again):
                refused[number] = ""
                continue
            headers = {"Nats-Msg-Id": header(each.id), TRACE: header(each.trace)}
            if each.key:
                headers[KEY] = header(each.key)
            letters.append(Letter(subject, write(each.data), headers))
        answers = iter(await self._publisher.publish(letters))
        return [refused[number] if number in refused else next(answers) for number in range(len(batch))]

    async def close(self) -> None:
        """Listen for acknowledgements no more."""
        await self._publisher.close()


class PlainNatsTarget:
    """A subject of NATS without JetStream: nobody acknowledges, nothing is kept.

    Args:
        client: The connection.
        subject: The subject.
    """

    parallel = 1

    def __init__(self, client: Client, subject: str) -> None:
        self._client = client
        self._subject = subject

    async def open(self) -> None:
        """Do nothing: a subject need not be made."""

    async def send(self, batch: Sequence[Outgoing]) -> Sequence[str]:
        """Publish results, and wait until the server has seen them."""
        for each in batch:
            await self._client.publish(
                checked(each.subject or self._subject), write(each.data), headers={TRACE: header(each.trace)}
            )
        await self._client.flush()
        return [""] * len(batch)

    async def close(self) -> None:
        """Do nothing."""
