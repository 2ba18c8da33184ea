"""Which server is spoken to: from `engine`, `provider` and `model`, and the environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from kodonb.kumeo.agents.chatting.ollama import Ollama
from kodonb.kumeo.agents.chatting.openai import OpenAI
from kodonb.kumeo.agents.chatting.wire import Wire
from kodonb.kumeo.agents.errors import AgentError, declared_wrongly

_URLS: Final = {"openai": "https://api.openai.com/v1", "ollama": "http://127.0.0.1:11434"}


class Service(NamedTuple):
    """A model at a server.

    Attributes:
        wire: What the server speaks.
        url: Where requests go.
        key: Key of its user; empty for none.
        model: Name of the model.
        provider: Name of the provider.
    """

    wire: Wire
    url: str
    key: str
    model: str
    provider: str


def service(
    *,
    engine: str | None,
    provider: str | None,
    model: str | None,
    base_url: str | None,
    environment: Mapping[str, str],
    where: str,
) -> Service:
    """Return the service that is declared.

    Keys come from the environment alone: ``OPENAI_API_KEY``, and ``NAME_API_KEY`` for a provider `name`; addresses too,
    unless `base_url` has one: ``OPENAI_BASE_URL``, ``OLLAMA_HOST``, ``NAME_BASE_URL``.

    Args:
        engine: ``"provider/model"``, or a model alone.
        provider: Name of the provider.
        model: Name of the model.
        base_url: Address of the API.
        environment: Variables of the environment.
        where: The agent.

    Raises:
        AgentError: The model is missing (KN802), or the address or the key (KN806).
    """
    provider, model = _named(engine, provider, model)
    if not model:
        raise declared_wrongly("there is no model", 'write engine: "ollama/llama3"', where=where)
    stem = "".join(char if char.isalnum() else "_" for char in provider).upper()
    wire: Wire = Ollama() if provider == "ollama" else OpenAI()
    url = base_url or _address(provider, stem, environment)
    key = environment.get(f"{stem}_API_KEY", "").strip()
    if not url:
        raise _missing(f"the address of the provider `{provider}` is not known", f"{stem}_BASE_URL", where)
    if url == _URLS["openai"] and not key:
        raise _missing("there is no key for OpenAI", "OPENAI_API_KEY", where)
    _check(url, key, where)
    return Service(wire, url.rstrip("/") + wire.path, key, model, provider)


def _named(engine: str | None, provider: str | None, model: str | None) -> tuple[str, str]:
    """Return provider and model: ``"a/b"`` names both, unless the provider is named beside it."""
    said = model or engine or ""
    if provider:
        return provider.lower(), said.removeprefix(f"{provider}/")
    head, slash, rest = (engine or said).partition("/")
    if not slash:
        return "openai" if not (model and engine) else head.lower(), said
    return head.lower(), model or rest


def _address(provider: str, stem: str, environment: Mapping[str, str]) -> str:
    if provider == "ollama" and environment.get("OLLAMA_HOST"):
        host = environment["OLLAMA_HOST"]
        return host if "://" in host else f"http://{host}"
    return environment.get(f"{stem}_BASE_URL") or _URLS.get(provider, "")


def _missing(message: str, name: str, where: str) -> AgentError:
    return AgentError(message, code="KN806", where=where, remedy=f"set {name} in the environment")


def _check(url: str, key: str, where: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise declared_wrongly(f"{url!r} is no address of an API", "write https://host/v1", where=where)
    if parts.username or parts.password:
        message = "an address must not hold a password"
        raise declared_wrongly(message, "set the key in the environment", where=where)
    if key and not (key.isascii() and key.isprintable()):
        raise AgentError(
            "the key has characters that no key has", code="KN806", where=where, remedy="set it again"
        )


def options_of(said: Mapping[str, Any]) -> tuple[str | None, dict[str, Any]]:
    """Return the name of a provider, and what else is said of it, of ``{ollama: {model, temperature}}``."""
    name = next(iter(said), None)
    inner = said.get(name) if name is not None and len(said) == 1 else None
    if isinstance(inner, Mapping):
        return name, dict(inner)
    rest = dict(said)
    named = rest.pop("name", None) or rest.pop("type", None)
    return (str(named) if named else None), rest
