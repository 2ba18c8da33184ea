"""Channels as they are declared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from kodonb.kumeo.agents.errors import declared_wrongly
from kodonb.kumeo.agents.notifying.mail import Mail
from kodonb.kumeo.agents.notifying.notice import Channel
from kodonb.kumeo.agents.notifying.webhook import Webhook
from kodonb.kumeo.agents.protocol import Site
from kodonb.kumeo.agents.saying import warn
from kodonb.kumeo.diagnostics.near import meant

_HOOKS: Final = frozenset({"webhook", "slack", "teams", "http"})
_KINDS: Final = sorted({"email", *_HOOKS})


def channels(site: Site, said: Any) -> list[Channel]:
    """Return channels.

    Args:
        site: Where the agent is.
        said: An e-mail address or URL; ``{email: {to, subject}, webhook: {url, secret}}``; or a list of such.

    Raises:
        AgentError: Something of that is unknown or malformed (KN802), or there is no server for e-mail (KN812).
    """
    return list(_channels(site, said))


def _channels(site: Site, said: Any) -> Iterator[Channel]:
    if not said:
        return
    if isinstance(said, list):
        for each in said:
            yield from _channels(site, each)
    elif isinstance(said, str):
        yield channel(site, said)
    elif isinstance(said, Mapping):
        for kind, each in said.items():
            yield from _of_kind(site, str(kind), each)
    else:
        raise declared_wrongly("notifications are malformed", "write {email: {to: …}}", where=site.agent)


def channel(site: Site, said: str) -> Channel:
    """Return the channel of an e-mail address or a URL."""
    return _webhook(site, said, "") if "://" in said else Mail(said, "", site.environment, site.agent)


def _of_kind(site: Site, kind: str, said: Any) -> Iterator[Channel]:
    if isinstance(said, list):
        for each in said:
            yield from _of_kind(site, kind, each)
    elif kind == "email":
        given = _given(site, {"to": said} if isinstance(said, str) else said, {"to", "subject"})
        yield Mail(given.get("to", ""), given.get("subject", ""), site.environment, site.agent)
    elif kind in _HOOKS:
        given = _given(site, {"url": said} if isinstance(said, str) else said, {"url", "secret"})
        yield _webhook(site, given.get("url", ""), given.get("secret", ""))
    else:
        raise declared_wrongly(f"there is no channel `{kind}`", meant(kind, _KINDS), where=site.agent)


def _given(site: Site, said: Any, known: set[str]) -> dict[str, str]:
    if not isinstance(said, Mapping) or not all(isinstance(each, str) for each in said.values()):
        raise declared_wrongly("notifications are malformed", "write {email: {to: …}}", where=site.agent)
    for name in sorted(set(said) - known):
        raise declared_wrongly(f"a channel has no `{name}`", meant(name, known), where=site.agent)
    return dict(said)


def _webhook(site: Site, url: str, secret: str) -> Webhook:
    secret = secret or site.environment.get("WEBHOOK_SECRET", "")
    if not secret:
        warn(site, "webhooks are not signed: set WEBHOOK_SECRET in the environment")
    return Webhook(url, secret, site.agent)
