"""A WebAssembly agent gets JSON and returns JSON, and can do nothing else."""

from __future__ import annotations

import asyncio
import time

import pytest

from kodonb.kumeo.agents import AgentError, Message

BOX = """(module (memory (export "memory") 1) (global $next (mut i32) (i32.const 1024)) (global $calls (mut i32) (i32.const 0))
  (func (export "alloc") (param i32) (result i32)
    (global.get $next) (global.set $next (i32.add (global.get $next) (local.get 0))))
  (func $same (param $at i32) (param $n i32) (result i64)
    (i64.or (i64.shl (i64.extend_i32_u (local.get $at)) (i64.const 32)) (i64.extend_i32_u (local.get $n))))
  (data (i32.const 0) "TEXT")
  (func (export "process") (param $at i32) (param $n i32) (result i64) BODY))"""
SAME = "(call $same (local.get $at) (local.get $n))"
ECHO = BOX.replace("BODY", SAME)
SAYS = "(call $same (i32.const 0) (i32.const LENGTH))"


@pytest.fixture
def module(tmp_path):
    """Write a module that has a body, or that returns a text."""

    def write(body=None, text=""):
        body = body or SAYS.replace("LENGTH", str(len(text)))
        (tmp_path / "m.wat").write_text(BOX.replace("BODY", body).replace("TEXT", text.replace('"', '\\"')))
        return "m.wat"

    return write


async def test_it_is_given_input_message_and_arguments(run, module):
    found = await run("WebAssembly", {"a": ["ä", 1.5, None]}, module=module(SAME), limit=3)
    assert found["input"] == {"a": ["ä", 1.5, None]}
    assert found["message"]["id"] == "m1"
    assert found["arguments"] == {"limit": 3}


async def test_what_it_returns_is_the_result(run, module):
    assert await run("WebAssembly", 1, module=module(text='[1,"x"]')) == [1, "x"]


async def test_an_error_that_it_tells_is_one(run, module):
    with pytest.raises(AgentError, match="too cold"):
        await run("WebAssembly", 1, module=module(text='{"$error":"too cold"}'))


@pytest.mark.parametrize("text", ["", "{", "[1,]", "nan"])
async def test_a_result_that_is_no_json_is_an_error(run, module, text):
    with pytest.raises(AgentError, match="KN809"):
        await run("WebAssembly", 1, module=module(text=text))


async def test_a_loop_without_end_uses_up_its_fuel(run, module):
    with pytest.raises(AgentError, match="instructions"):
        await run("WebAssembly", 1, module=module("(loop $l (br $l)) (unreachable)"), fuel=1_000_000)


async def test_a_loop_with_fuel_for_ever_runs_out_of_time(run, module):
    began = time.monotonic()
    with pytest.raises(AgentError, match=r"longer than 0\.3 s"):
        await run(
            "WebAssembly", 1, module=module("(loop $l (br $l)) (unreachable)"), fuel=1 << 40, patience="300ms"
        )
    assert time.monotonic() - began < 5


async def test_one_that_runs_out_of_time_does_not_stop_those_beside_it(ready, module, tmp_path):
    slow = "(if (i32.gt_u (local.get $n) (i32.const 1000)) (then (loop $l (br $l)))) " + SAME
    agent = await ready("WebAssembly", module=module(slow), fuel=1 << 40, patience="400ms")
    long = asyncio.ensure_future(agent.process("x" * 2_000, Message()))
    short = []
    while not long.done():
        short.append(await agent.process("y", Message()))
        await asyncio.sleep(0.01)
    assert {each["input"] for each in short} == {"y"}
    with pytest.raises(AgentError, match="longer than"):
        await long


async def test_it_gets_no_more_memory_than_declared(run, module):
    grow = "(if (i32.eq (memory.grow (i32.const 1000)) (i32.const -1)) (then (unreachable))) " + SAME
    with pytest.raises(AgentError, match="unreachable"):
        await run("WebAssembly", 1, module=module(grow), memory="1MiB")
    assert (await run("WebAssembly", 1, module=module(grow), memory="100MiB"))["input"] == 1


async def test_a_bomb_of_memory_is_stopped(run, module):
    bomb = "(loop $l (drop (memory.grow (i32.const 1000))) (memory.fill (i32.const 0) (i32.const 7) (i32.const 65536)) (br $l)) (unreachable)"
    with pytest.raises(AgentError, match="KN809"):
        await run("WebAssembly", 1, module=module(bomb), memory="4MiB", fuel=50_000_000)


async def test_recursion_without_end_is_stopped(run, tmp_path):
    (tmp_path / "m.wat").write_text(ECHO[:-1] + '(func $f (call $f)) (func (export "x") (call $f)))')
    (tmp_path / "r.wat").write_text(BOX.replace("BODY", "(call $f) " + SAME)[:-1] + "(func $f (call $f)))")
    with pytest.raises(AgentError, match="KN809"):
        await run("WebAssembly", 1, module="r.wat")


@pytest.mark.parametrize(
    "body", ["(i64.const -1)", "(i64.const 0x7fffffff00000010)", "(i64.const 0x00000000ffffffff)"]
)
async def test_a_result_outside_of_its_memory_is_refused(run, module, body):
    with pytest.raises(AgentError, match="interface"):
        await run("WebAssembly", 1, module=module(body))


async def test_every_message_meets_a_new_instance(ready, module):
    count = "(global.set $calls (i32.add (global.get $calls) (i32.const 1))) (i32.store8 (i32.const 0) (i32.add (i32.const 48) (global.get $calls))) (call $same (i32.const 0) (i32.const 1))"
    agent = await ready("WebAssembly", module=module(count))
    assert [await agent.process(None, Message()) for _ in range(3)] == [1, 1, 1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '(module (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32))))',
            "imports wasi",
        ),
        ('(module (import "env" "memory" (memory 1)))', "imports env.memory"),
        ("(module)", "does not export alloc, memory, process"),
        ("no module", "cannot be used"),
        ("", "cannot be used"),
    ],
)
async def test_a_module_that_wants_more_or_offers_less_is_refused(ready, tmp_path, text, said):
    (tmp_path / "m.wat").write_text(text)
    with pytest.raises(AgentError, match=said):
        await ready("WebAssembly", module="m.wat")


@pytest.mark.parametrize(
    "text",
    [
        '(module (memory (export "memory") 1) (func (export "alloc")) (func (export "process")))',
        '(module (memory (export "memory") 1) (func (export "alloc") (param i32) (result i32) (i32.const -1)) (func (export "process") (param i32 i32) (result i64) (i64.const 0)))',
        '(module (memory (export "memory") 1) (global (export "alloc") i32 (i32.const 0)) (global (export "process") i32 (i32.const 0)))',
        '(module (global (export "memory") i32 (i32.const 0)) (func (export "alloc") (param i32) (result i32) (i32.const 0)) (func (export "process") (param i32 i32) (result i64) (i64.const 0)))',
        '(module (memory (export "memory") 60000) (func (export "alloc")) (func (export "process")))',
        '(module (memory (export "memory") 1) (func $s (loop $l (br $l))) (start $s) (func (export "alloc")) (func (export "process")))',
    ],
)
async def test_a_module_that_does_not_keep_to_the_interface_is_an_error_and_no_crash(run, tmp_path, text):
    (tmp_path / "m.wat").write_text(text)
    with pytest.raises(AgentError, match="KN809"):
        await run("WebAssembly", 1, module="m.wat", fuel=10_000_000)


async def test_a_module_that_nobody_waits_for_any_more_is_stopped_all_the_same(ready, module):
    agent = await ready(
        "WebAssembly", module=module("(loop $l (br $l)) (unreachable)"), fuel=1 << 40, patience="300ms"
    )
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(agent.process(1, Message()), 0.05)
    assert agent._busy == 1
    for _ in range(100):
        await asyncio.sleep(0.05)
        if not agent._busy:
            break
    assert agent._busy == 0


async def test_a_module_that_is_at_work_when_its_agent_is_closed_is_stopped_all_the_same(ready, module):
    agent = await ready(
        "WebAssembly", module=module("(loop $l (br $l)) (unreachable)"), fuel=1 << 36, patience="300ms"
    )
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(agent.process(1, Message()), 0.05)
    await agent.close()
    for _ in range(60):
        await asyncio.sleep(0.05)
        if not agent._busy:
            break
    assert agent._busy == 0
