"""Publishing to JetStream: many messages at once, each acknowledged, each once.

A message has the header `Nats-Msg-Id`, by which the server drops doubles within the stream's window; so
whatever was not acknowledged is simply sent again. Wire format:
https://docs.nats.io/reference/reference-protocols/nats_api_reference
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from nats.errors import ConnectionClosedError, Error

from kodonb.kumeo.ports.errors import PortError
from kodonb.kumeo.ports.nats.connecting import when_found

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg

_PATIENCE: Final = 5.0  # seconds until what was not acknowledged is sent again
_PAUSE: Final = 0.1
_LONGEST: Final = 5.0
_TAKEN: Final = b'{"stream":'
_TOO_LARGE: Final = frozenset({10054})
_WITH_HEADERS: Final = 4096  # bytes that headers may take beside the message


class Letter(NamedTuple):
    """A message to be published: its subject, its bytes, its headers."""

    subject: str
    body: bytes
    headers: dict[str, str]


class _Batch:
    """Messages that are waited for together."""

    def __init__(self, letters: Sequence[Letter]) -> None:
        self.letters = letters
        self.answers: list[str | None] = [None] * len(letters)
        self.left = len(letters)
        self.done = asyncio.Event()

    def answer(self, number: int, refused: str) -> None:
        """Take note of what became of a message."""
        if self.answers[number] is None:
            self.answers[number] = refused
            self.left -= 1
            if not self.left:
                self.done.set()


class Publisher:
    """Publishes to JetStream.

    Args:
        client: The connection.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._inbox = client.new_inbox()
        self._numbers = itertools.count()
        self._waiting: dict[str, tuple[_Batch, int]] = {}
        self._batches: set[_Batch] = set()
        self._subscription: Any = None

    async def open(self) -> None:
        """Listen for acknowledgements."""
        when_found(self._client, self._again)
        self._subscription = await self._client.subscribe(f"{self._inbox}.*", cb=self._heard)

    async def publish(self, letters: Sequence[Letter]) -> list[str]:
        """Publish messages; when this returns, the server has them on disk.

        A server that is away is waited for.

        Returns:
            For each message why it was refused for good; empty if it was taken.

        Raises:
            PortError: The connection was closed.
        """
        batch = _Batch(letters)
        self._batches.add(batch)
        try:
            await self._repeat(batch)
        finally:
            self._batches.discard(batch)
        return [answer or "" for answer in batch.answers]

    async def _repeat(self, batch: _Batch) -> None:
        """Send messages until all are acknowledged; at once when the connection is a new one."""
        pause = _PAUSE
        while batch.left:
            batch.done.clear()
            tokens = await self._send(batch)
            try:
                async with asyncio.timeout(_PATIENCE):
                    await batch.done.wait()
            except TimeoutError:
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST)
            finally:
                for token in tokens:
                    self._waiting.pop(token, None)

    async def _send(self, batch: _Batch) -> list[str]:
        tokens: list[str] = []
        limit = self._client.max_payload - _WITH_HEADERS
        publish, inbox = self._client.publish, self._inbox
        try:
            for number, letter in enumerate(batch.letters):
                if batch.answers[number] is not None:
                    continue
                if len(letter.body) > limit:
                    batch.answer(number, f"it has {len(letter.body)} bytes, and the server takes {limit}")
                    continue
                token = str(next(self._numbers))
                tokens.append(token)
                self._waiting[token] = (batch, number)
                await publish(letter.subject, letter.body, f"{inbox}.{token}", letter.headers)
        except ConnectionClosedError:
            raise PortError("the connection to NATS was closed", remedy="retry the run") from None
        except Error:
            await asyncio.sleep(
                _PAUSE
            )  # too much waits already, or the server is away; the rest is sent with the next try
        return tokens

    async def _heard(self, message: Msg) -> None:
        found = self._waiting.pop(message.subject.rpartition(".")[2], None)
        if found is None:
            return
        batch, number = found
        if message.data.startswith(_TAKEN):
            batch.answer(number, "")
            return
        error = msgspec.json.decode(message.data).get("error") or {} if message.data else {}
        if error.get("err_code") in _TOO_LARGE:
            batch.answer(number, str(error.get("description")))
        else:  # what else there is, such as a stream that is not there yet, may pass
            asyncio.get_running_loop().call_later(_PAUSE, batch.done.set)

    def _again(self) -> None:
        for batch in self._batches:
            batch.done.set()

    async def close(self) -> None:
        """Listen no more."""
        if self._subscription is not None and not self._client.is_closed:
            await self._subscription.unsubscribe()
