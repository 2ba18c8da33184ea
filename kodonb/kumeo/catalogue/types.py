"""All types of agents, by name."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import entry_points
from typing import Final, NamedTuple

from kodonb.kumeo.catalogue.arguments import Arguments
from kodonb.kumeo.catalogue.handling import (
    Aggregator,
    DataNormalizer,
    DataProcessor,
    DecisionMatrix,
    MissingValueHandler,
    Router,
    RuleEngine,
)
from kodonb.kumeo.catalogue.models import LLM, BayesianNetwork, MLModel
from kodonb.kumeo.catalogue.modules import WebAssembly
from kodonb.kumeo.catalogue.people import HumanInLoop, HumanReview

GROUP: Final = "kodonb.agents"
"""The entry points that add types."""

BUILT_IN: Final[tuple[type[Arguments], ...]] = (
    LLM, MLModel, DataProcessor, Router, DecisionMatrix, HumanReview, BayesianNetwork, RuleEngine, Aggregator,
    DataNormalizer, MissingValueHandler, HumanInLoop, WebAssembly,
)  # fmt: skip
_known: dict[str, type[Arguments] | None] = {kind.__name__: kind for kind in BUILT_IN}


class AgentType(NamedTuple):
    """A type of agents.

    Attributes:
        name: Its name.
        arguments: What it takes; `None` for one that is known by name alone.
    """

    name: str
    arguments: type[Arguments] | None


def register(name: str, arguments: type[Arguments] | None = None) -> None:
    """Make a type known, for this process.

    Args:
        name: What it is called in a workflow.
        arguments: What it takes; nothing is checked of them without.
    """
    _known[name] = arguments
    _plain_names.cache_clear()


def forget(name: str) -> None:
    """Take a type back that was made known."""
    _known.pop(name, None)
    _plain_names.cache_clear()


def names() -> list[str]:
    """Return the names of all types: those of the language first, then those of others."""
    return [*_known, *(name for name in _installed() if name not in _known)]


def find(name: str) -> AgentType | None:
    """Return a type by its name.

    A type of an entry point is known without being loaded: what it takes is known once the package that brings
    it has called `register`.
    """
    if name in _known:
        return AgentType(name, _known[name])
    return AgentType(name, None) if name in _installed() else None


def places(name: str) -> tuple[str, ...]:
    """Return what the arguments without a name of a type are."""
    known = find(name)
    return known.arguments.positional if known is not None and known.arguments is not None else ()


def find_loosely(name: str) -> AgentType | None:
    """Return a type by a name as blocks have it: ``"llm"``, ``"data_processor"``."""
    exact = _plain_names().get(_plain(name))
    return find(exact) if exact is not None else None


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


@lru_cache(maxsize=1)
def _plain_names() -> dict[str, str]:
    return {_plain(name): name for name in names()}


@lru_cache(maxsize=1)
def _installed() -> frozenset[str]:
    return frozenset(point.name for point in entry_points(group=GROUP))
