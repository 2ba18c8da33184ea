"""E-mail by SMTP: the server and its password come from the environment, as ``SMTP_URL`` and ``SMTP_FROM``."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import smtplib
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Final, NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from kodonb.kumeo.agents.errors import AgentError, declared_wrongly
from kodonb.kumeo.agents.notifying.notice import Notice, line, unsent

_PLAIN: Final = r"[^\s@<>,;:\"()\[\]\\]{1,64}@[A-Za-z0-9.\-]{1,255}"
_ADDRESS: Final = re.compile(rf"\s*(?:[^<>\r\n]*<\s*({_PLAIN})\s*>|({_PLAIN}))\s*")
_PORTS: Final = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
_PATIENCE: Final = 20.0


class Server(NamedTuple):
    """A server that takes e-mail.

    Attributes:
        host: Its name.
        port: Its port.
        user: Who sends; empty for nobody in particular.
        password: Their password.
        secure: ``tls`` from the start, ``starttls``, or ``maybe`` if the server offers it.
    """

    host: str
    port: int
    user: str
    password: str
    secure: str


def server(environment: Mapping[str, str], where: str) -> Server:
    """Return the server that the environment names: ``smtps://user:password@host:465``, or ``smtp+starttls://…``.

    Raises:
        AgentError: It names none (KN812).
    """
    url = environment.get("SMTP_URL", "")
    remedy = "set SMTP_URL in the environment: smtps://user:password@host:465"
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError):
        raise AgentError("there is no server for e-mail", code="KN812", where=where, remedy=remedy) from None
    if not parts.hostname:
        raise AgentError("there is no server for e-mail", code="KN812", where=where, remedy=remedy)
    return _server(parts, parts.hostname, port)


def _server(parts: SplitResult, host: str, port: int) -> Server:
    secure = {"smtps": "tls", "smtp+starttls": "starttls"}.get(parts.scheme, "maybe")
    return Server(host, port, unquote(parts.username or ""), unquote(parts.password or ""), secure)


class Mail:
    """A channel of e-mail.

    Args:
        to: Addresses, with commas between them.
        subject: What stands above; the notice's title by default.
        environment: Variables of the environment.
        where: The agent.

    Raises:
        AgentError: An address is none (KN802), or there is no server (KN812).
    """

    def __init__(self, to: str, subject: str, environment: Mapping[str, str], where: str) -> None:
        self._to = addresses(to, where)
        self._subject = subject
        self._server = server(environment, where)
        self._from = environment.get("SMTP_FROM") or self._server.user or f"kodonb@{self._server.host}"
        addresses(self._from, where)

    async def send(self, notice: Notice) -> None:
        """Send a notice.

        Raises:
            AgentError: The server does not take it (KN812).
        """
        mail = self._mail(notice)
        try:
            await asyncio.to_thread(_delivered, self._server, mail)
        except (OSError, smtplib.SMTPException) as error:
            message = f"the e-mail was not sent: {error!s:.200}"
            raise unsent(message, "check SMTP_URL and the address", transient=True) from None

    def _mail(self, notice: Notice) -> EmailMessage:
        mail = EmailMessage()
        mail["From"] = self._from
        mail["To"] = ", ".join(self._to)
        mail["Subject"] = line(self._subject or notice.title)
        mail["Date"] = formatdate(notice.at)
        mail["Message-ID"] = make_msgid(domain="kodonb.invalid")
        mail["Auto-Submitted"] = "auto-generated"  # so that no machine answers
        mail.set_content(notice.text())
        return mail


def addresses(said: str, where: str) -> list[str]:
    """Return the addresses that a text names.

    Raises:
        AgentError: One is none (KN802).
    """
    found = [_ADDRESS.fullmatch(part) for part in said.split(",")]
    addresses = [match[1] or match[2] for match in found if match is not None]
    if len(addresses) < len(found):
        raise declared_wrongly(f"{said!r} is no e-mail address", "write name@example.org", where=where)
    return addresses


def _delivered(to: Server, mail: EmailMessage) -> None:
    with _connected(to) as client:
        encrypted = to.secure == "tls" or _upgraded(client, to)
        if to.user:
            if not (encrypted or _is_here(to.host)):
                raise smtplib.SMTPException("the server offers no encryption, so it is not told the password")
            client.login(to.user, to.password)
        client.send_message(mail)


def _connected(to: Server) -> smtplib.SMTP:
    if to.secure != "tls":
        return smtplib.SMTP(to.host, to.port, timeout=_PATIENCE)
    context = ssl.create_default_context()  # what smtplib takes by itself looks at no certificate
    return smtplib.SMTP_SSL(to.host, to.port, timeout=_PATIENCE, context=context)


def _upgraded(client: smtplib.SMTP, to: Server) -> bool:
    client.ehlo()
    if to.secure == "maybe" and not client.has_extn("starttls"):
        return False
    client.starttls(context=ssl.create_default_context())
    client.ehlo()
    return True


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
