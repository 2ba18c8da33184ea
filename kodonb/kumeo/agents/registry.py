"""Agents by the name of their type: those of the language, those of other packages, and those that a program makes."""

from __future__ import annotations

import importlib
from importlib.metadata import entry_points
from typing import Any, Final

from kodonb.kumeo.agents.errors import AgentError, declared_wrongly
from kodonb.kumeo.catalogue import types
from kodonb.kumeo.diagnostics.near import meant

_HERE: Final = "kodonb.kumeo.agents"
BUILT_IN: Final[dict[str, str]] = {
    "LLM": f"{_HERE}.llm:LLM",
    "MLModel": f"{_HERE}.ml_model:MLModel",
    "DataProcessor": f"{_HERE}.data_processor:DataProcessor",
    "Router": f"{_HERE}.router:Router",
    "DecisionMatrix": f"{_HERE}.decision_matrix:DecisionMatrix",
    "HumanReview": f"{_HERE}.human_review:HumanReview",
    "BayesianNetwork": f"{_HERE}.bayesian_network:BayesianNetwork",
    "RuleEngine": f"{_HERE}.rule_engine:RuleEngine",
    "Aggregator": f"{_HERE}.aggregator:Aggregator",
    "DataNormalizer": f"{_HERE}.data_normalizer:DataNormalizer",
    "MissingValueHandler": f"{_HERE}.missing_value_handler:MissingValueHandler",
    "HumanInLoop": f"{_HERE}.human_in_loop:HumanInLoop",
    "WebAssembly": f"{_HERE}.web_assembly:WebAssembly",
}
"""Agents of this package; each is imported when it is first asked for."""

CONTEXTS: Final[dict[str, str]] = {
    "KnowledgeBase": f"{_HERE}.contexts.knowledge_base:KnowledgeBase",
    "BayesianNetwork": f"{_HERE}.contexts.network:BayesianNetwork",
    "Database": f"{_HERE}.contexts.database:Database",
}
"""Contexts of this package."""

_made: dict[str, Any] = {}


def register(name: str, kind: Any) -> None:
    """Make a type of agents known in this process, to the language too.

    Args:
        name: What it is called in a workflow.
        kind: A class that follows the protocol `Agent`.

    Raises:
        AgentError: The name is taken by the language, or the class lacks something (KN802).
    """
    if name in BUILT_IN:
        raise declared_wrongly(f"`{name}` is a type of the language", "take another name")
    lacking = [each for each in ("parameters", "open", "close") if not hasattr(kind, each)]
    if lacking:
        raise declared_wrongly(
            f"agent `{name}` lacks {', '.join(lacking)}", "see the protocol kodonb.kumeo.agents.Agent"
        )
    _made[name] = kind
    types.register(name, kind.parameters)


def forget(name: str) -> None:
    """Take a type back that was made known."""
    if _made.pop(name, None) is not None:
        types.forget(name)


def find(name: str) -> Any:
    """Return the class of a type of agents; `None` if there is none.

    A type of another package is an entry point of the group ``kodonb.agents``.

    Raises:
        AgentError: The package of an entry point cannot be imported (KN803).
    """
    if name in _made:
        return _made[name]
    if name in BUILT_IN:
        return _loaded(BUILT_IN[name])
    for point in entry_points(group=types.GROUP, name=name):
        try:
            register(name, point.load())
        except (ImportError, AttributeError) as error:
            message = f"agent `{name}` cannot be loaded from {point.value}: {error}"
            raise AgentError(message, code="KN803", remedy="install its package again") from error
        return _made[name]
    return None


def context(name: str) -> Any:
    """Return the class of a type of contexts.

    Raises:
        AgentError: There is none (KN802).
    """
    if name not in CONTEXTS:
        raise declared_wrongly(f"there is no context `{name}`", meant(name, CONTEXTS))
    return _loaded(CONTEXTS[name])


def _loaded(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(module), name)
