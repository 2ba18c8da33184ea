"""From a declaration to an agent that is ready, and to a context."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pydantic

from kodonb.kumeo.agents import registry
from kodonb.kumeo.agents.errors import AgentError, declared_wrongly
from kodonb.kumeo.agents.parameters import Parameters
from kodonb.kumeo.agents.problems import problems
from kodonb.kumeo.agents.protocol import Agent, Context, Site
from kodonb.kumeo.agents.sections import document, found
from kodonb.kumeo.diagnostics.near import meant
from kodonb.kumeo.templates import interpolated
from kodonb.model.errors import UsageError


async def opened(kind: str, arguments: Mapping[str, Any], site: Site) -> Agent:
    """Return an agent that is ready.

    Args:
        kind: Name of its type.
        arguments: Its arguments, as JSON values; references as their text.
        site: Where it is.

    Raises:
        AgentError: There is no such type, or the arguments do not fit it (KN802); what it needs is missing.
    """
    made, given = _found(kind, arguments, site)
    agent: Agent = made(_validated(kind, made.parameters, _complete(given, site), site))
    try:
        await agent.open(site)
    except BaseException:
        await agent.close()
        raise
    return agent


async def opened_context(kind: str, arguments: Mapping[str, Any], site: Site) -> Context:
    """Return a context that is ready.

    Args:
        kind: Name of its type.
        arguments: Its arguments, as JSON values.
        site: Where the workflow is.

    Raises:
        AgentError: As `opened`.
    """
    made = registry.context(kind)
    context: Context = made(_validated(kind, made.parameters, _filled(dict(arguments), site), site))
    try:
        await context.open(site)
    except BaseException:
        await context.close()
        raise
    return context


def validated(kind: str, arguments: Mapping[str, Any]) -> Parameters | None:
    """Return the arguments of an agent as its model has them, without opening it; `None` for a type that is not known.

    Raises:
        AgentError: They do not fit (KN802).
    """
    made = registry.find(kind)
    return (
        None
        if made is None
        else _model(kind, made.parameters, arguments, f"agent {arguments.get('id', kind)}")
    )


def _found(kind: str, arguments: Mapping[str, Any], site: Site) -> tuple[Any, Mapping[str, Any]]:
    made = registry.find(kind)
    if made is not None:
        return made, arguments
    file = site.sections.get("models", {}).get(kind)
    name = file.get("file", "") if isinstance(file, Mapping) else str(file or "")
    if name.endswith(".wasm"):
        return registry.find("WebAssembly"), {**arguments, "module": name}
    if name.endswith(".py"):
        from kodonb.kumeo.agents.custom import of_file  # noqa: PLC0415 - custom agents are registered by way of this

        return of_file(kind, site.folder / name), arguments
    remedy = meant(kind, registry.BUILT_IN, f"register it: @kodonb.agent, or models: {{{kind}: {{file: …}}}}")
    raise declared_wrongly(f"there is no agent `{kind}`", remedy, where=site.agent)


def _complete(arguments: Mapping[str, Any], site: Site) -> dict[str, Any]:
    """Return the arguments with settings filled in, and a `config` that is a file's name, read."""
    given: dict[str, Any] = _filled(dict(arguments), site)
    if isinstance(given.get("config"), str):
        given["config"] = document(site, given["config"])
    return given


def _filled(value: Any, site: Site) -> Any:
    """Fill in ``${env.NAME}`` and ``${section.path}`` in all texts."""
    if isinstance(value, str):
        return _text(value, site) if "${" in value else value
    if isinstance(value, Mapping):
        return {_filled(name, site): _filled(each, site) for name, each in value.items()}
    return [_filled(each, site) for each in value] if isinstance(value, list) else value


def _text(said: str, site: Site) -> str:
    def lookup(path: str) -> str | None:
        head, _, name = path.partition(".")
        if head == "env":
            return site.environment.get(name)
        if head not in site.sections:
            return None
        value = found(site, path, whole=False)
        return value if isinstance(value, str) else json.dumps(value)

    try:
        return interpolated(said).render(lookup)
    except UsageError as error:
        raise declared_wrongly(error.message, error.remedy or "", where=site.agent) from None


def _validated(kind: str, model: type[pydantic.BaseModel], arguments: Mapping[str, Any], site: Site) -> Any:
    return _model(kind, model, arguments, f"agent {site.agent}")


def _model(kind: str, model: type[pydantic.BaseModel], arguments: Mapping[str, Any], where: str) -> Any:
    try:
        return model.model_validate(dict(arguments))
    except pydantic.ValidationError as error:
        message, remedy = problems(error, model)
        raise AgentError(f"{kind} {message}", code="KN802", where=where, remedy=remedy) from None
