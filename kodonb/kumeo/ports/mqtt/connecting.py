"""A connection to an MQTT broker; what comes from its thread is handed to the loop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from kodonb.kumeo.ports.declared import Declared
from kodonb.kumeo.ports.tls import context

_KEPT: Final = 7 * 24 * 3600  # seconds for which the broker keeps what a client that is away has not got
_WAIT: Final = 10.0


class Broker(NamedTuple):
    """Where a broker is, and who may use it."""

    host: str
    port: int
    user: str
    password: str
    tls: Any

    def __repr__(self) -> str:
        """Show no password."""
        return f"mqtt://{self.host}:{self.port}"


def broker(declared: Declared) -> Broker:
    """Return the broker of a declaration: its option `broker`, or `KODONB_MQTT`, or the one of this machine.

    Raises:
        PortError: Its address is malformed (KN821).
    """
    said = str(declared.option("broker") or os.environ.get("KODONB_MQTT") or "mqtt://127.0.0.1:1883")
    parts = _parts(said)
    if parts is None or not parts.hostname:
        shown = said.rpartition("@")[2]  # before it stands a password
        raise declared.wrong(f"{shown!r} is no broker", "write mqtt://HOST:1883, or mqtts://HOST:8883")
    tls = declared.option("tls", parts.scheme == "mqtts" or None)
    user = str(declared.option("user") or unquote(parts.username or ""))
    password = str(declared.option("password") or unquote(parts.password or ""))
    return Broker(parts.hostname, parts.port or (8883 if tls else 1883), user, password, tls)


def _parts(said: str) -> SplitResult | None:
    try:
        parts = urlsplit(said)
        _ = parts.port  # which is read as a number only when it is asked for
    except ValueError:
        return None
    return parts if parts.scheme in {"mqtt", "mqtts"} else None


class Connection:
    """A connection to a broker; it is made again when it is lost.

    Args:
        declared: What it is for.
        name: The client's name; the broker keeps messages for it. Empty for one that is forgotten.
        came: Called with each message, in the loop.
        topic: What is subscribed to, whenever the connection is there.
    """

    def __init__(
        self,
        declared: Declared,
        name: str,
        came: Callable[[mqtt.MQTTMessage], None] | None = None,
        topic: str = "",
    ) -> None:
        self._declared = declared
        self._broker = broker(declared)
        self._came = came
        self._topic = topic
        self._loop: asyncio.AbstractEventLoop | None = None
        self._published: dict[int, asyncio.Future[str]] = {}
        self._ready: asyncio.Future[str] | None = None
        self.client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=name,
            protocol=mqtt.MQTTv5,
            manual_ack=came is not None,
        )
        self._quality = _quality(declared)
        self.client.max_inflight_messages_set(200)
        self.client.reconnect_delay_set(1, 5)
        self._keeps = bool(name)

    async def open(self) -> None:
        """Connect.

        Raises:
            PortError: The broker does not answer, or refuses.
        """
        self._loop = asyncio.get_running_loop()
        self._ready = self._loop.create_future()
        client, where = self.client, self._broker
        if where.user:
            client.username_pw_set(where.user, where.password)
        if where.tls:
            declared = self._declared
            client.tls_set_context(
                context(where.tls, declared.folder, f"{declared.type}({declared.address!r})")
            )
        client.on_connect, client.on_message, client.on_publish = self._connected, self._heard, self._taken
        client.on_disconnect, client.on_subscribe = self._lost, self._subscribed
        kept = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        kept.SessionExpiryInterval = _KEPT if self._keeps else 0
        try:
            await asyncio.to_thread(
                client.connect, where.host, where.port, 30, clean_start=not self._keeps, properties=kept
            )
            client.loop_start()
            async with asyncio.timeout(_WAIT):
                refused = await self._ready
        except (OSError, TimeoutError) as error:
            self.client.loop_stop()
            raise self._declared.unreachable(
                f"{where!r} does not answer: {str(error) or 'no answer'}"
            ) from None
        if refused:
            self.client.loop_stop()
            raise self._declared.unreachable(
                f"{where!r} refuses: {refused}", "see who may use it: `user`, `password`"
            )

    def _in_loop(self, call: Callable[..., object], *arguments: object) -> None:
        assert self._loop is not None
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(call, *arguments)

    def _connected(self, client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if self._topic and not reason.is_failure:
            client.subscribe(self._topic, qos=self._quality)
        else:
            self._in_loop(self._settle, str(reason) if reason.is_failure else "")

    def _subscribed(self, _client: Any, _data: Any, _number: int, reasons: Any, _properties: Any) -> None:
        self._in_loop(self._settle, next((str(each) for each in reasons if each.is_failure), ""))

    def _settle(self, refused: str) -> None:
        if self._ready is not None and not self._ready.done():
            self._ready.set_result(refused)

    def _lost(self, _client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._in_loop(self._declared.warn, f"the connection to {self._broker!r} was lost: {reason}")

    def _heard(self, _client: Any, _data: Any, message: mqtt.MQTTMessage) -> None:
        if self._came is not None:
            self._in_loop(self._came, message)

    def _taken(self, _client: Any, _data: Any, number: int, reason: Any, _properties: Any) -> None:
        self._in_loop(self._answer, number, str(reason) if reason.is_failure else "")

    def _answer(self, number: int, refused: str) -> None:
        waiting = self._published.pop(number, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(refused)

    def publish(self, topic: str, body: bytes, named: Mapping[str, str]) -> asyncio.Future[str]:
        """Publish a message; the future says why it was refused, or is empty when the broker has it."""
        assert self._loop is not None
        beside = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        beside.UserProperty = list(named.items())
        waiting: asyncio.Future[str] = self._loop.create_future()
        try:
            sent = self.client.publish(topic, body, qos=self._quality, properties=beside)
        except ValueError as error:  # a topic with wildcards, or too much
            waiting.set_result(f"{topic!r}: {error}")
            return waiting
        if (
            sent.rc and not self._quality
        ):  # only what is to be acknowledged is kept until the broker is there again
            waiting.set_result("the broker is away, and with `qos` 0 nothing is sent again")
        else:
            self._published[sent.mid] = waiting
        return waiting

    async def close(self) -> None:
        """Disconnect."""
        self.client.disconnect()
        await asyncio.to_thread(self.client.loop_stop)


def _quality(declared: Declared) -> int:
    quality = declared.whole("qos", 1)
    if quality not in {0, 1, 2}:
        raise declared.wrong(f"there is no `qos` {quality}", "write 0, 1 or 2")
    return quality
