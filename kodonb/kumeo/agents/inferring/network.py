"""Discrete Bayesian networks, read from BIF, XMLBIF or JSON.

The JSON form is our own::

    {"nodes": {"Rain": {"states": ["yes", "no"], "probabilities": [0.2, 0.8]},
               "Wet": {"states": ["yes", "no"], "parents": ["Rain"],
                       "probabilities": {"yes": [0.9, 0.1], "no": [0.2, 0.8]}}}}

With several parents, keys have a state of each, in their order: ``"yes, no"``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pydantic

from kodonb.kumeo.agents.errors import AgentError
from kodonb.kumeo.agents.inferring import bif, xmlbif
from kodonb.kumeo.agents.inferring.nodes import Node, Unreadable, check, combinations, size
from kodonb.kumeo.agents.packages import package
from kodonb.kumeo.agents.parameters import Record
from kodonb.kumeo.agents.problems import problems
from kodonb.kumeo.agents.sections import existing, read_json, read_text

if TYPE_CHECKING:
    import pyagrum


class _Variable(Record):
    states: list[str]
    parents: list[str] = []
    probabilities: list[float] | dict[str, list[float]]


class _Network(Record):
    nodes: dict[str, _Variable]


def load(said: Path | dict[str, Any]) -> pyagrum.BayesNet:
    """Return a network.

    Args:
        said: A file of any of the three forms, whatever its ending; or the JSON form itself.

    Raises:
        AgentError: It cannot be read, or its tables are no probabilities (KN804).
    """
    name = said.name if isinstance(said, Path) else "the network"
    try:
        nodes = _nodes(said)
        check(nodes)
        return _built(nodes)
    except Unreadable as error:
        message = f"{name} is no Bayesian network: {error}"
        raise AgentError(
            message, code="KN804", remedy="correct it: BIF, XMLBIF, or JSON with nodes"
        ) from None


def _nodes(said: Path | dict[str, Any]) -> dict[str, Node]:
    if isinstance(said, dict):
        return _of_json(said)
    text = read_text(existing(said))
    start = text.lstrip()[:1]
    if start == "{":
        return _of_json(read_json(said))
    return xmlbif.read(text) if start == "<" else bif.read(text)


def _of_json(said: Any) -> dict[str, Node]:
    try:
        declared = _Network.model_validate(said).nodes
    except pydantic.ValidationError as error:
        raise Unreadable(problems(error, _Network)[0]) from None
    nodes = {name: Node(each.states, each.parents) for name, each in declared.items()}
    for name, each in declared.items():
        size(nodes, name)
        given = each.probabilities
        keyed = given if isinstance(given, dict) else {"": given}
        nodes[name].rows = {_states(key, nodes, name): row for key, row in keyed.items()}
    return nodes


def _states(key: str, nodes: Mapping[str, Node], name: str) -> tuple[str, ...]:
    if len(nodes[name].parents) == 1:
        return (key.strip(),)
    return tuple(part.strip() for part in key.split(",")) if key else ()


def _built(nodes: Mapping[str, Node]) -> pyagrum.BayesNet:
    gum = package("pyagrum")
    net: pyagrum.BayesNet = gum.BayesNet()
    try:
        for name, node in nodes.items():
            net.add(gum.LabelizedVariable(name, "", node.states))
        for name, node in nodes.items():
            for parent in node.parents:
                net.addArc(parent, name)
        for name, node in nodes.items():
            table = net.cpt(name)
            for states in combinations(nodes, name):
                table[dict(zip(node.parents, states, strict=True))] = node.rows[states]
    except gum.GumException as error:
        raise Unreadable(str(error).splitlines()[0]) from None
    return net
