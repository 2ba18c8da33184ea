"""HTTP as a source: a request is a message, and its response says what became of it."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Sequence
from typing import Any, Final
from uuid import uuid4

from aiohttp import web

from kodonb.kumeo.agents.protocol import Message
from kodonb.kumeo.ports.errors import PortError
from kodonb.kumeo.ports.headers import TRACE
from kodonb.kumeo.ports.http.pages import is_loopback, refusal
from kodonb.kumeo.ports.http.place import Place
from kodonb.kumeo.ports.protocol import Incoming
from kodonb.kumeo.ports.reading import Reading, write

_WAITING: Final = 1000  # requests that may wait for a place in the workflow
ID: Final = "Idempotency-Key"


class HttpSource:
    """Listens for POST requests with JSON.

    The response comes when everything of a message has left: 200 with the results, 422 if it was put aside,
    400 if it is no JSON, 503 when too much waits or the workflow ends, 504 when it takes too long, though it
    goes on. Without a token, pages of other sites are refused: 403, or 415.

    Args:
        place: Where it listens.
        reading: How messages are read.
        token: What a sender must know; empty for nothing.
        timeout: Seconds that a response may take.
        largest: Bytes of a request at most.
    """

    def __init__(
        self,
        place: Place,
        reading: Reading,
        *,
        token: str = "",
        timeout: float = 60.0,
        largest: int = 1 << 20,
    ) -> None:
        self.place = place
        self._reading = reading
        self._token = token
        self._timeout = timeout
        self._largest = largest
        self._came: asyncio.Queue[Incoming] = asyncio.Queue(_WAITING)
        self._answers: dict[str, asyncio.Future[tuple[Sequence[Any], str]]] = {}
        self._runner: web.AppRunner | None = None
        self._host = place.host
        self._local = False

    @property
    def partitioned(self) -> bool:
        """Whether messages with the same key keep their order."""
        return self._reading.partitioned

    async def open(self) -> None:
        """Listen.

        Raises:
            PortError: That is not possible there.
        """
        app = web.Application(client_max_size=self._largest)
        app.router.add_post(self.place.path, self._post)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self.place.host, self.place.port).start()
        except (OSError, OverflowError) as error:
            await self.close()
            raise PortError(
                f"nothing can listen there: {getattr(error, 'strerror', '') or error}",
                where=self.place.url,
                remedy="take another port",
            ) from None
        self.place = self.place._replace(port=self._runner.addresses[0][1])
        self._local = all(is_loopback(each[0]) for each in self._runner.addresses)

    async def _post(self, request: web.Request) -> web.Response:
        unwelcome = self._unwelcome(request)
        if unwelcome is not None:
            return unwelcome
        data, fault = self._reading.read(await request.read())
        if fault:
            return web.json_response({"error": fault}, status=400)
        incoming = self._incoming(request, data)
        if incoming.token in self._answers:
            return web.json_response({"error": "this message is under way already"}, status=409)
        try:
            self._came.put_nowait(incoming)
        except asyncio.QueueFull:
            return web.json_response({"error": "too much waits"}, status=503, headers={"Retry-After": "1"})
        return await self._answered(incoming)

    def _unwelcome(self, request: web.Request) -> web.Response | None:
        """Return the response to a request that is not even read; who knows the token is no page of another site."""
        if self._token:
            known = self._knows_token(request)
            return None if known else web.json_response({"error": "this needs a token"}, status=401)
        json = self._reading.format == "json"
        why = refusal(request.headers, host=self._host, local=self._local, json=json)
        return None if why is None else web.json_response({"error": why.why}, status=why.status)

    def _knows_token(self, request: web.Request) -> bool:
        said = request.headers.get("Authorization", "")
        # Bytes are compared, since texts that are not ASCII cannot be; what was no UTF-8 came as surrogates.
        return hmac.compare_digest(
            said.encode("utf-8", "surrogateescape"),
            f"Bearer {self._token}".encode("utf-8", "surrogateescape"),
        )

    def _incoming(self, request: web.Request, data: Any) -> Incoming:
        id_ = request.headers.get(ID) or uuid4().hex
        headers = {name: value for name, value in request.headers.items() if name.lower() != "authorization"}
        trace = request.headers.get(TRACE) or id_
        message = Message(
            id=f"http:{id_}",
            trace=trace,
            key=self._reading.key(data),
            subject=request.path,
            headers=headers,
            data=data,
        )
        return Incoming(message, id_)

    async def _answered(self, incoming: Incoming) -> web.Response:
        answer: asyncio.Future[tuple[Sequence[Any], str]] = asyncio.get_running_loop().create_future()
        self._answers[incoming.token] = answer
        told = {"event": incoming.message.trace}
        try:
            async with asyncio.timeout(self._timeout):
                results, fault = await answer
        except TimeoutError:
            return web.json_response({**told, "error": "it takes longer; it goes on"}, status=504)
        finally:
            self._answers.pop(incoming.token, None)
        body = {**told, "error": fault} if fault else {**told, "results": list(results)}
        return web.Response(body=write(body), status=422 if fault else 200, content_type="application/json")

    async def pull(self, most: int) -> Sequence[Incoming]:
        """Return the next messages, as soon as there are some."""
        found = [await self._came.get()]
        while len(found) < most and not self._came.empty():
            found.append(self._came.get_nowait())
        return found

    async def answer(self, message: Incoming, results: Sequence[Any], fault: str) -> None:
        """Answer a request."""
        waiting = self._answers.get(message.token)
        if waiting is not None and not waiting.done():
            waiting.set_result((results, fault))

    async def done(self, messages: Sequence[Incoming]) -> None:
        """Do nothing: the response has said it."""

    async def close(self) -> None:
        """Listen no more; requests that wait are told to come again."""
        for waiting in self._answers.values():
            if not waiting.done():
                waiting.set_exception(
                    web.HTTPServiceUnavailable(
                        text='{"error": "the workflow ends"}', content_type="application/json"
                    )
                )
        if self._runner is not None:
            await self._runner.cleanup()
