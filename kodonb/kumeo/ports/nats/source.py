"""NATS as a source: a durable consumer of JetStream, acknowledged when everything of a message has left."""

from __future__ import annotations

import asyncio
import re
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from nats.errors import Error
from nats.js import api
from nats.js.errors import APIError

from kodonb.kumeo.agents.protocol import Message
from kodonb.kumeo.ports.errors import PortError
from kodonb.kumeo.ports.headers import TRACE
from kodonb.kumeo.ports.nats.pulling import Pulling
from kodonb.kumeo.ports.nats.start import started_at
from kodonb.kumeo.ports.nats.streams import checked, stream_for
from kodonb.kumeo.ports.nats.target import KEY
from kodonb.kumeo.ports.protocol import Incoming
from kodonb.kumeo.ports.reading import Reading
from kodonb.model.units import seconds

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg

_ACK_WAIT: Final = "10s"
_MOST_PENDING: Final = 20_000  # given and not done; more than the engine ever has on its way
_SHORT: Final = 9  # words of a reply subject without a domain
_MOST_WAITING: Final = 10_000  # without JetStream; the client keeps some more, and loses the rest
_NO_HEADERS: Final[dict[str, str]] = {}


class NatsSource:
    """A durable consumer.

    Args:
        client: The connection.
        subject: The subject, with wildcards maybe.
        options: `durable` or `queue` (name of the consumer; whoever uses the same name shares the messages),
            `start` (``all``, ``new``, a time or an offset, for a consumer that is new), `ack_wait`, and those
            of `stream_for` and `Reading`.
        name: Name of the consumer if the options say none.
        replay: Time or offset from which messages are taken again, by a consumer of their own; empty for none.
    """

    def __init__(
        self, client: Client, subject: str, options: Mapping[str, Any], name: str, replay: str = ""
    ) -> None:
        self._client = client
        self._subject = subject
        self._options = options
        self._reading = Reading(options)
        said = str(options.get("durable") or options.get("queue") or name)
        self._name = re.sub(r"[^A-Za-z0-9_-]", "_", said)
        self._replay = replay
        self._wait = seconds(options.get("ack_wait", _ACK_WAIT))
        self._given: dict[str, float] = {}  # number of a message -> when it came
        self._replies: dict[str, str] = {}  # number of a message -> where it is acknowledged
        self._prefix = ""

    @property
    def partitioned(self) -> bool:
        """Whether messages with the same key keep their order."""
        return self._reading.partitioned

    async def open(self) -> None:
        """Find or make the consumer.

        Raises:
            PortError: There is no stream (KN825), or no consumer can be made (KN820).
        """
        self._stream = await stream_for(self._client, self._subject, self._options)
        if self._replay:
            self._name = f"{self._name}-replay-{time.time_ns():x}"
            self._prefix = f"{self._name[-8:]}:"
        await self._ensure()
        self._pulling = Pulling(self._client, self._stream, self._name)
        await self._pulling.open()
        self._keeping = asyncio.ensure_future(self._keep())

    async def _ensure(self) -> None:
        context = self._client.jetstream()
        policy = started_at(self._replay or str(self._options.get("start", "all")))
        config = api.ConsumerConfig(
            durable_name=self._name,
            filter_subject=self._subject,
            ack_policy=api.AckPolicy.EXPLICIT,
            ack_wait=self._wait,
            max_ack_pending=_MOST_PENDING,
            inactive_threshold=3600.0 if self._replay else None,
            **policy,
        )
        try:
            known = None if self._replay else await _known(context, self._stream, self._name)
            if known is None:
                await context.add_consumer(self._stream, config)
            else:
                self._wait = known.config.ack_wait or self._wait
        except (APIError, Error) as error:
            raise PortError(
                f"no consumer {self._name!r} can be made: {getattr(error, 'description', None) or error}",
                where=f"stream {self._stream}",
                remedy="give it another name with `durable`, or delete the one that is there",
            ) from None

    async def pull(self, most: int) -> Sequence[Incoming]:
        """Return the next messages, as soon as there are some."""
        while True:
            found = [self._incoming(each) for each in await self._pulling.pull(most)]
            fresh = [each for each in found if each is not None]
            if fresh:
                return fresh

    def _incoming(self, given: Msg) -> Incoming | None:
        reply = given.reply
        words = reply.split(".")
        at = 4 if len(words) == _SHORT else 6
        number = words[at + 1]
        if number in self._given:  # the server has lost patience; what is under way here need not begin again
            self._given[number] = time.monotonic()
            return None
        self._given[number] = time.monotonic()
        self._replies[number] = reply
        stamp = int(words[at + 3])
        headers: dict[str, str] = dict(given.headers) if given.headers else _NO_HEADERS
        data, fault = self._reading.read(given.data)
        id_ = f"{self._prefix}{self._stream}:{number}:{stamp:x}"
        message = Message(
            id=id_,
            trace=headers.get(TRACE) or id_,
            key="" if fault else self._reading.key(data) or headers.get(KEY, ""),
            at=datetime.fromtimestamp(stamp / 1e9, UTC),
            subject=given.subject,
            headers=headers,
            data=data,
        )
        return Incoming(message, (number, reply), fault, words[at] != "1")

    async def done(self, messages: Sequence[Incoming]) -> None:
        """Acknowledge messages."""
        publish, given = self._client.publish, self._given
        for each in messages:
            number, reply = each.token
            given.pop(number, None)
            self._replies.pop(number, None)
            # An acknowledgement that gets lost brings the message again; what it leads to is known by its id then.
            with suppress(Error):
                await publish(reply, b"+ACK")

    async def _keep(self) -> None:
        """Tell the server of messages that take long, before it gives them to somebody else."""
        pause = self._wait / 3
        while True:
            await asyncio.sleep(pause)
            now = time.monotonic()
            for number in [number for number, since in self._given.items() if now - since > pause]:
                with suppress(Error):
                    await self._client.publish(self._replies[number], b"+WPI")

    async def close(self) -> None:
        """Give back what was not begun; what is not done stays for later."""
        if not hasattr(self, "_pulling"):
            return
        self._keeping.cancel()
        await self._pulling.close()
        if not self._client.is_connected:
            return
        for reply in [*self._replies.values(), *(each.reply for each in self._pulling.left())]:
            with suppress(Error):
                await self._client.publish(reply, b"-NAK")
        if self._replay:
            with suppress(APIError, Error):
                await self._client.jetstream().delete_consumer(self._stream, self._name)

    async def backlog(self) -> int:
        """Return how many messages wait."""
        info = await self._client.jetstream().consumer_info(self._stream, self._name)
        return int(info.num_pending or 0)


class PlainNatsSource:
    """A subject of NATS without JetStream: what comes while nobody listens is lost, and nothing comes again.

    Args:
        client: The connection.
        subject: The subject.
        options: `queue` (whoever uses the same name shares the messages), and those of `Reading`.
    """

    def __init__(self, client: Client, subject: str, options: Mapping[str, Any]) -> None:
        self._client = client
        self._subject = subject
        self._queue = str(options.get("queue", ""))
        self._reading = Reading(options)
        self._came: deque[Msg] = deque()
        self._ready = asyncio.Event()
        self._room = asyncio.Event()
        self._number = 0

    @property
    def partitioned(self) -> bool:
        """Whether messages with the same key keep their order."""
        return self._reading.partitioned

    async def open(self) -> None:
        """Listen."""
        self._subscription = await self._client.subscribe(checked(self._subject), self._queue, cb=self._heard)
        self._began = f"{time.time_ns():x}"

    async def _heard(self, message: Msg) -> None:
        while len(self._came) >= _MOST_WAITING:
            self._room.clear()
            await self._room.wait()
        self._came.append(message)
        self._ready.set()

    async def pull(self, most: int) -> Sequence[Incoming]:
        """Return the next messages, as soon as there are some."""
        while not self._came:
            self._ready.clear()
            await self._ready.wait()
        self._room.set()
        return [self._incoming(self._came.popleft()) for _ in range(min(most, len(self._came)))]

    def _incoming(self, given: Msg) -> Incoming:
        self._number += 1
        id_ = f"{self._began}:{self._number}"
        headers = dict(given.headers) if given.headers else {}
        data, fault = self._reading.read(given.data)
        message = Message(
            id=id_, trace=headers.get(TRACE) or id_, key="" if fault else self._reading.key(data),
            subject=given.subject, headers=headers, data=data,
        )  # fmt: skip
        return Incoming(message, None, fault)

    async def done(self, messages: Sequence[Incoming]) -> None:
        """Do nothing: nobody waits for it."""

    async def close(self) -> None:
        """Listen no more."""
        if not self._client.is_closed:
            await self._subscription.unsubscribe()


async def _known(context: Any, stream: str, name: str) -> Any:
    try:
        return await context.consumer_info(stream, name)
    except APIError as error:
        if error.code != 404:
            raise
        return None
