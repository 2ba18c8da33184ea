"""From a declaration to an agent that is ready."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

from kodonb.kumeo.agents import (
    Agent,
    AgentError,
    Batching,
    MemorySite,
    Parameters,
    Timed,
    opened,
    opened_context,
    registry,
    validated,
)
from kodonb.kumeo.catalogue import types


def test_every_type_of_the_language_has_an_agent():
    assert {kind.__name__ for kind in types.BUILT_IN} <= set(registry.BUILT_IN)
    for name in registry.BUILT_IN:
        made = registry.find(name)
        assert issubclass(made.parameters, Parameters), name
        assert all(hasattr(made, each) for each in ("open", "close")), name


def test_agents_need_and_place_what_the_language_says():
    for kind in types.BUILT_IN:
        made = registry.find(kind.__name__).parameters
        assert made.positional == kind.positional
        assert set(made.needs) <= set(kind.needs)


def test_nothing_heavy_is_imported_before_an_agent_is_opened():
    heavy = "onnxruntime pyagrum duckdb wasmtime httpx sklearn torch jsonschema_rs pandas numpy sqlalchemy"
    code = f"import sys, kodonb.kumeo.agents.registry as r; [r.find(n) for n in r.BUILT_IN]; print([n for n in {heavy.split()} if n in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


async def test_settings_in_texts_are_filled_in(message):
    site = MemorySite(sections={"config": {"region": "eu", "limit": 5}}, environment={"TEAM": "ops"})
    rules = {
        "a > ${config.limit}": "target.${env.TEAM}.${config.region}",
        "default": "target.${env.NONE:-rest}",
    }
    agent = await opened("Router", {"rules": rules}, site)
    assert agent.process({"a": 6}, message).subjects == ("ops.eu",)
    assert agent.process({"a": 1}, message).subjects == ("rest",)


async def test_a_setting_that_is_not_set_is_told():
    with pytest.raises(AgentError, match="NOWHERE"):
        await opened("Router", {"rules": {"default": "target.${env.NOWHERE}"}}, MemorySite())


async def test_an_unknown_agent_names_a_near_one():
    with pytest.raises(AgentError) as error:
        await opened("Routr", {}, MemorySite())
    assert "`Router`" in error.value.remedy


async def test_an_unknown_context_names_a_near_one():
    with pytest.raises(AgentError) as error:
        await opened_context("Databse", {}, MemorySite())
    assert "`Database`" in error.value.remedy


def test_arguments_can_be_checked_without_opening():
    assert validated("Router", {"rules": {"a": "target.b"}}).rules == {"a": "target.b"}
    assert validated("Nothing", {}) is None
    with pytest.raises(AgentError, match=r"needs `rules` or `routing_rules`"):
        validated("Router", {})
    with pytest.raises(AgentError, match="agent r"):
        validated("Router", {"id": "r", "rules": {"a": "b"}, "nonsense": 1})


async def test_what_the_engine_sees_to_is_taken_by_every_agent(message):
    own = {
        "when": "a > 1",
        "timeout": "5s",
        "retry": {"attempts": 2},
        "fallback": "other",
        "cache": "1m",
        "concurrency": 2,
    }
    agent = await opened(
        "Router", {"id": "r", "rules": {"default": "target.x"}, "output": "y", **own}, MemorySite()
    )
    assert agent.process({}, message).subjects == ("x",)


async def test_an_agent_that_cannot_be_opened_is_closed():
    closed = []

    class Broken:
        parameters = Parameters

        def __init__(self, arguments): ...

        async def open(self, site):
            raise AgentError("no")

        def process(self, inputs, message): ...

        async def close(self):
            closed.append(True)

    registry.register("Broken", Broken)
    try:
        with pytest.raises(AgentError, match="no"):
            await opened("Broken", {}, MemorySite())
    finally:
        registry.forget("Broken")
    assert closed == [True]


async def test_whether_an_agent_must_be_awaited_is_known_once_it_is_open():
    plain = await opened("Router", {"rules": {"default": "target.x"}}, MemorySite())
    assert not inspect.iscoroutinefunction(plain.process)
    assert not isinstance(plain, Batching | Timed)
    assert isinstance(await opened("Aggregator", {"method": "sum", "window": "1m"}, MemorySite()), Timed)


async def test_a_package_that_is_missing_is_one_clear_error(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    (tmp_path / "m.onnx").write_bytes(b"x")
    with pytest.raises(AgentError, match="KN803") as error:
        await opened("MLModel", {"model": "m.onnx"}, MemorySite(tmp_path))
    assert error.value.remedy == "pip install 'kodonb[kumeo]'"


def test_the_protocol_is_that_of_the_agents():
    assert set(inspect.signature(Agent.open).parameters) == {"self", "site"}
