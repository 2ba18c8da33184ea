"""What the language knows of agents is what agents take, and the other way round."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pydantic
import pytest

from kodonb.kumeo.agents import registry
from kodonb.kumeo.agents.parameters import Parameters
from kodonb.kumeo.catalogue import types
from kodonb.kumeo.catalogue.arguments import Arguments
from kodonb.kumeo.catalogue.endpoints import ENDPOINTS
from kodonb.kumeo.catalogue.options import COMMON, options
from kodonb.kumeo.catalogue.roles import parts
from kodonb.kumeo.ports import kinds
from kodonb.kumeo.ports.declared import Declared
from kodonb.kumeo.ports.errors import PortError
from kodonb.kumeo.running.engine.policy import ENGINE, LENT

SENT_ON = {"LLM": {"temperature", "max_tokens", "top_p", "seed", "stop"}}
"""Arguments that an agent hands on as they are."""


def names(model: type[pydantic.BaseModel]) -> set[str]:
    """Return all names under which something may be given."""
    found = set()
    for name, field in model.model_fields.items():
        alias = field.validation_alias
        choices = alias.choices if isinstance(alias, pydantic.AliasChoices) else [field.alias or name]
        found |= {str(each) for each in choices}
    return found


def config(model: type[pydantic.BaseModel]) -> set[str]:
    inner = parts(model).get("config")
    return names(inner) if inner is not None else set()


def parameters(name: str) -> Any:
    return registry.find(name).parameters


@pytest.mark.parametrize("name", types.names())
def test_the_language_knows_all_that_an_agent_takes_and_nothing_else(name):
    known = types.find(name).arguments
    assert names(parameters(name)) | SENT_ON.get(name, set()) == names(known)


@pytest.mark.parametrize("name", types.names())
def test_the_language_knows_the_settings_of_an_agent(name):
    assert config(parameters(name)) == config(types.find(name).arguments)


def test_all_types_of_the_language_can_run():
    assert {kind.__name__ for kind in types.BUILT_IN} == set(registry.BUILT_IN)


def test_every_common_argument_is_seen_to_by_the_engine_or_by_all_agents():
    its_own = {"id", "model", "config", "context"}
    assert set(Arguments.model_fields) == ENGINE | LENT | its_own
    assert Parameters.model_fields.keys() == Arguments.model_fields.keys()


@pytest.mark.parametrize("role", ["source", "target"])
@pytest.mark.parametrize(
    "kind", [each for each in ENDPOINTS.values() if each.name != "Custom"], ids=lambda each: each.name
)
async def test_the_language_knows_all_options_of_sources_and_targets(kind, role):
    if role == "target" and not kind.target:
        assert options(kind.name, role) == {}
        return
    declared = Declared(
        type=kind.name,
        address="5s",
        workflow="W",
        folder=Path(),
        client=None,
        warn=None,
        options={"surely_not": 1},
    )
    with pytest.raises(PortError, match="no option `surely_not`") as failed:
        await (kinds.source if role == "source" else kinds.target)(declared)
    taken = set(re.split(r",\s*", failed.value.remedy.removeprefix("use ")))
    beside = set(COMMON) if role == "target" else {kind.named}
    assert set(options(kind.name, role)) == taken - beside
