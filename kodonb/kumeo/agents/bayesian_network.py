"""BayesianNetwork: says how likely things are, given the fields of a message."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pydantic

from kodonb.kumeo.agents.compiled import Compiled, CompiledAgent
from kodonb.kumeo.agents.errors import AgentError, declared_wrongly
from kodonb.kumeo.agents.expressing import expression
from kodonb.kumeo.agents.inferring.network import load
from kodonb.kumeo.agents.inferring.posterior import Posterior
from kodonb.kumeo.agents.parameters import Parameters, Record
from kodonb.kumeo.agents.protocol import Site
from kodonb.kumeo.agents.scope import Fields, Work
from kodonb.kumeo.agents.sections import data_file, model, section_of
from kodonb.kumeo.catalogue import models
from kodonb.kumeo.diagnostics.near import meant
from kodonb.kumeo.expressions import Condition


class NetworkConfig(Record):
    """Settings of a network.

    Attributes:
        evidence: Variable -> expression of its state; by default the field of that name, whatever its case.
        query: Variables whose probabilities are asked for; by default all that are not known.
    """

    evidence: dict[str, str] = {}
    query: str | list[str] = pydantic.Field([], validation_alias=pydantic.AliasChoices("query", "targets"))


class BayesianNetworkParameters(Parameters):
    """Arguments of a BayesianNetwork.

    Attributes:
        network: The network itself, its file, or a name under ``models``.
        network_path: Its file.
        model: As `network`.
        query: Variables whose probabilities are asked for; by default all that are not known.
        evidence: Variable -> expression of its state; by default the field of that name.
        config: The same in one object.
    """

    needs = models.BayesianNetwork.needs
    positional = models.BayesianNetwork.positional

    network: str | dict[str, Any] | None = None
    network_path: str | None = None
    model: str | dict[str, Any] | None = None
    query: str | list[str] | None = None
    evidence: dict[str, str] = {}
    config: NetworkConfig = NetworkConfig()


class BayesianNetwork(CompiledAgent[BayesianNetworkParameters]):
    """Returns ``{probabilities: {variable: {state: p}}, most_likely: {variable: state}}``."""

    parameters = BayesianNetworkParameters

    def compiled(self, site: Site) -> Compiled:
        """Load the network."""
        said = self.arguments
        network = said.network or said.network_path or said.model or ""
        settings = NetworkConfig(
            evidence={**said.config.evidence, **said.evidence}, query=said.query or said.config.query
        )
        return inference(place(site, network), settings, site.agent)


def place(site: Site, said: str | dict[str, Any]) -> Path | dict[str, Any]:
    """Return where a network is, or the network itself if that is what is declared."""
    if isinstance(said, dict) and "nodes" in said:
        return said
    if isinstance(said, str) and section_of(said) == "data":
        return data_file(site, said)
    return model(site, said).file


def inference(network: Path | dict[str, Any], settings: NetworkConfig, where: str) -> Compiled:
    """Compile inference in a network."""
    asked = [settings.query] if isinstance(settings.query, str) else settings.query
    posterior = Posterior(load(network), asked, where)
    for name in settings.evidence:
        if name not in posterior.states:
            remedy = meant(name, posterior.states)
            raise declared_wrongly(f"there is no variable `{name}`", remedy, where=where)
    evidence = {name: expression(text, f"evidence of {name}") for name, text in settings.evidence.items()}
    return Compiled(_inferring(posterior, evidence), list(evidence.values()))


def _inferring(posterior: Posterior, evidence: Mapping[str, Condition]) -> Work:
    variables = _spelled(name for name in posterior.states if name not in evidence)
    made = [(name, each.value) for name, each in evidence.items()]

    def inferred(inputs: Any, fields: Fields) -> dict[str, Any]:
        known = _known(inputs, variables) if type(inputs) is dict else {}
        known.update((name, value(fields)) for name, value in made)
        return posterior.given(known)

    return inferred


def _spelled(names: Iterable[str]) -> dict[str, str]:
    """Return the names by which fields may call variables: their own, and in small letters where one alone is meant."""
    exact = {name: name for name in names}
    small: dict[str, list[str]] = {}
    for name in exact:
        small.setdefault(name.lower(), []).append(name)
    return {lower: alike[0] for lower, alike in small.items() if len(alike) == 1} | exact


def _known(inputs: Mapping[str, Any], variables: Mapping[str, str]) -> dict[str, Any]:
    """Return what the fields of an event say of variables; one of the very name goes before those that differ in case.

    Raises:
        AgentError: Two fields may be meant (KN805).
    """
    known: dict[str, Any] = {}
    alike: dict[str, str] = {}
    for field, value in inputs.items():
        name = variables.get(field)
        if name == field:
            known[name] = value
        elif (name := name or variables.get(field.lower())) and name not in inputs:
            if name in alike:
                message = f"both `{alike[name]}` and `{field}` may be the variable `{name}`"
                raise AgentError(message, code="KN805", remedy=f"call one of them `{name}`")
            alike[name], known[name] = field, value
    return known
