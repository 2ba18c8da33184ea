"""Agents of one's own: functions, classes, modules."""

from __future__ import annotations

import asyncio
import inspect
import threading

import pytest

from kodonb.kumeo.agents import (
    AgentError,
    MemorySite,
    Message,
    Parameters,
    agent,
    opened,
    registry,
    webassembly,
)
from kodonb.kumeo.catalogue import types


@pytest.fixture(autouse=True)
def forgotten():
    before = set(registry._made)
    yield
    for name in set(registry._made) - before:
        registry.forget(name)


async def test_a_function_is_an_agent_and_its_keywords_are_its_arguments(run):
    @agent("Weather")
    def weather(inputs, *, city: str = "Santiago", days: int = 1):
        """Tells the weather."""
        return {"in": city, "days": days, "asked": inputs}

    assert await run("Weather", {"a": 1}, city="Quito") == {"in": "Quito", "days": 1, "asked": {"a": 1}}
    assert weather({}) == {"in": "Santiago", "days": 1, "asked": {}}
    assert types.find("Weather").arguments.model_fields["days"].annotation is int


async def test_its_arguments_are_checked(run):
    @agent("Weather")
    def weather(inputs, *, days: int): ...

    with pytest.raises(AgentError, match="days"):
        await run("Weather", {}, days="many")
    with pytest.raises(AgentError, match="missing"):
        await run("Weather", {})
    with pytest.raises(AgentError) as error:
        await run("Weather", {}, dais=1)
    assert "`days`" in error.value.remedy


async def test_it_may_have_a_name_of_its_own_and_ask_for_message_and_site(run):
    @agent("Echo")
    async def anything(inputs, message, *, site):
        site.metric("seen", 1)
        await asyncio.sleep(0)
        return [inputs, message.id, site.agent]

    assert await run("Echo", 5) == [5, "m1", "agent"]
    assert inspect.iscoroutinefunction((await opened("Echo", {}, MemorySite())).process)


async def test_a_function_that_waits_may_be_called_in_a_thread(run):
    @agent(thread=True)
    def slow(inputs):
        return threading.current_thread() is threading.main_thread()

    assert await run("slow", None) is False


async def test_what_it_raises_names_the_cause(run):
    @agent
    def broken(inputs):
        return 1 / inputs

    with pytest.raises(AgentError, match="ZeroDivisionError") as error:
        await run("broken", 0)
    assert isinstance(error.value.__cause__, ZeroDivisionError)


async def test_an_error_of_ours_goes_through(run):
    @agent
    async def refuses(inputs):
        raise AgentError("not today", code="KN805")

    with pytest.raises(AgentError, match="KN805"):
        await run("refuses", 0)


async def test_a_class_is_an_agent_if_it_follows_the_protocol(run):
    class CounterParameters(Parameters):
        start: int = 0

    @agent
    class Counter:
        parameters = CounterParameters

        def __init__(self, arguments):
            self.count = arguments.start

        async def open(self, site): ...

        def process(self, inputs, message):
            self.count += 1
            return self.count

        async def close(self): ...

    assert await run("Counter", None, start=4) == 5
    with pytest.raises(AgentError, match="lacks parameters"):
        agent(type("Half", (), {"open": None, "close": None}))


@pytest.mark.parametrize("made", [lambda: 1, lambda a, b: 1, lambda *a: 1, lambda a, **k: 1])
def test_parameters_that_no_agent_has_are_refused(made):
    with pytest.raises(AgentError, match="KN802"):
        agent("Odd")(made)


def test_a_type_of_the_language_cannot_be_replaced():
    with pytest.raises(AgentError, match="take another name"):
        agent("Router")(lambda inputs: inputs)


async def test_a_file_under_models_is_an_agent_too(run, tmp_path):
    (tmp_path / "bot.py").write_text(
        "def process(inputs, *, loud: bool = False):\n    return inputs.upper() if loud else inputs\n"
    )
    site = MemorySite(tmp_path, sections={"models": {"Bot": {"file": "bot.py", "type": "python"}}})
    assert await run("Bot", "hi", site, loud=True) == "HI"


async def test_a_module_can_be_registered_under_a_name(tmp_path, message):
    from tests.kumeo.agents.test_web_assembly import ECHO

    (tmp_path / "echo.wat").write_text(ECHO)
    webassembly("Parrot", tmp_path / "echo.wat", fuel=1_000_000)
    made = await opened("Parrot", {"x": 1}, MemorySite(tmp_path))
    assert (await made.process("hi", Message(id="9")))["arguments"] == {"x": 1}
    await made.close()


async def test_a_type_of_another_package_is_found_by_its_entry_point(run, tmp_path, monkeypatch):
    (tmp_path / "shouting.py").write_text(
        "from kodonb.kumeo.agents import Parameters\n\n\nclass Shout:\n    parameters = Parameters\n\n"
        "    def __init__(self, arguments): ...\n    async def open(self, site): ...\n    async def close(self): ...\n"
        "    def process(self, inputs, message):\n        return inputs.upper()\n"
    )
    info = tmp_path / "shouting-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shouting\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[kodonb.agents]\nShout = shouting:Shout\nMute = shouting:Nothing\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    assert await run("Shout", "hi") == "HI"
    with pytest.raises(AgentError, match="KN803"):
        await run("Mute", "hi")


async def test_what_an_asynchronous_function_raises_names_the_cause(run):
    @agent
    async def fails(inputs):
        raise KeyError("x")

    with pytest.raises(AgentError, match="KeyError"):
        await run("fails", 0)
