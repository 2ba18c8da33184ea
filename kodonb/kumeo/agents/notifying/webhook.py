"""Webhooks, signed as https://www.standardwebhooks.com says, so that the receiver knows who sent them.

The signature is HMAC-SHA256 over ``id.timestamp.body`` with a secret that both sides know: ``WEBHOOK_SECRET`` in the
environment, or the `secret` of the webhook. A secret that begins with ``whsec_`` is base64.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from kodonb.kumeo.agents.errors import declared_wrongly
from kodonb.kumeo.agents.notifying.notice import Notice, unsent
from kodonb.kumeo.agents.packages import package
from kodonb.kumeo.agents.quiet import quiet

_PAUSES: Final = (0.3, 1.0)  # seconds before it is sent again
_PATIENCE: Final = 10.0


def signature(secret: str, id: str, timestamp: int, body: bytes) -> str:  # noqa: A002 - the standard's word
    """Return the signature of a webhook.

    Args:
        secret: What both sides know.
        id: Id of the message.
        timestamp: When it is sent, in seconds since 1970.
        body: What is sent.
    """
    encoded = secret.startswith("whsec_")
    key = base64.b64decode(secret.removeprefix("whsec_")) if encoded else secret.encode()
    digest = hmac.new(key, f"{id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


class Webhook:
    """A channel of HTTP requests.

    Args:
        url: Where they go.
        secret: What signs them; nothing does if it is empty.
        where: The agent.

    Raises:
        AgentError: The URL or the secret is none (KN802).
    """

    def __init__(self, url: str, secret: str, where: str) -> None:
        host = _host(url)
        if not host:
            raise declared_wrongly("the webhook's address is no URL", "write https://host/path", where=where)
        try:
            signature(secret, "", 0, b"")
        except ValueError:
            raise declared_wrongly(
                "the webhook's secret is no base64", "copy it again", where=where
            ) from None
        self._url = url
        self._host = host
        self._secret = secret
        self._http: Any = package("httpx")

    async def send(self, notice: Notice) -> None:
        """Send a notice; again, if the receiver is not ready.

        Raises:
            AgentError: It was not taken (KN812).
        """
        body = msgspec.json.encode(
            {
                "type": "review.requested",
                "timestamp": int(notice.at),
                "text": notice.text(),  # that is what chat programs show
                "data": {
                    "agent": notice.agent,
                    "title": notice.title,
                    "description": notice.description,
                    "fields": notice.shown,
                    "link": notice.link,
                },
            }
        )
        async with self._http.AsyncClient(
            timeout=_PATIENCE, trust_env=False, follow_redirects=False
        ) as client:
            for pause in (*_PAUSES, None):
                problem = await self._sent(client, notice, body)
                if not problem:
                    return
                if pause is None or problem.startswith("it answers 4"):
                    raise unsent(
                        f"the webhook at {self._host} was not taken: {problem}",
                        "check its address",
                        transient=True,
                    )
                await asyncio.sleep(pause)

    async def _sent(self, client: Any, notice: Notice, body: bytes) -> str:
        """Return what went wrong; nothing if it was taken."""
        headers = {"content-type": "application/json", "webhook-id": notice.id}
        if self._secret:
            timestamp = int(notice.at)
            headers["webhook-timestamp"] = str(timestamp)
            headers["webhook-signature"] = signature(self._secret, notice.id, timestamp, body)
        try:
            # What it answers beside its status concerns nobody, and might have no end.
            with quiet():  # chat programs' addresses are secrets
                async with client.stream("POST", self._url, content=body, headers=headers) as response:
                    status = response.status_code
        except self._http.HTTPError as error:
            return f"{type(error).__name__} {error!s:.100}"
        return "" if 200 <= status < 300 else f"it answers {status}"


def _host(url: str) -> str:
    """Return the host of an address; empty if it is none."""
    try:
        parts = urlsplit(url)
        is_url = parts.scheme in {"http", "https"} and parts.port != 0
    except ValueError:  # as for ports that there are not
        return ""
    return (parts.hostname or "") if is_url else ""
