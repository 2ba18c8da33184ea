from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys

import pytest

from kodonb.kumeo.ports.nats.server import Server
from tests.kumeo.running.counting import COUNTED, assert_each_once, connection, publish, until_size

EVENTS = 10_000
CARRY = """
import sys
import kodonb as kb
from kodonb.kumeo.running.compiling import compiled
kb.connect("inline")
compiled(open(sys.argv[1]).read()).submit(limit=int(sys.argv[2])).result()
"""


@pytest.fixture
def program(tmp_path):
    file = tmp_path / "counted.kumeo"
    file.write_text(COUNTED)
    return file


def carry(program, tmp_path, limit=0, home="home"):
    """Start a process that carries the workflow."""
    environment = {**os.environ, "KODONB_HOME": str(tmp_path / home), "KODONB_SESSION": "inline"}
    return subprocess.Popen([sys.executable, "-c", CARRY, str(program), str(limit)], env=environment)


def end(process):
    process.send_signal(signal.SIGKILL)
    process.wait()


async def test_a_killed_process_loses_no_event_and_doubles_none(nats_server, program, tmp_path):
    async with connection(nats_server.url) as client:
        await publish(client, "orders", [{"n": n} for n in range(EVENTS)])
        for share in (0.2, 0.5):
            process = carry(program, tmp_path)
            await until_size(client, "counted", int(EVENTS * share))
            end(process)
        process = carry(program, tmp_path)
        await until_size(client, "counted", EVENTS)
        await asyncio.sleep(0.5)
        end(process)
        await assert_each_once(client, "counted", EVENTS)


async def test_a_killed_server_loses_no_event_and_doubles_none(nats_server, program, tmp_path):
    process = carry(program, tmp_path)
    async with connection(nats_server.url) as client:
        filling = asyncio.ensure_future(publish(client, "orders", [{"n": n} for n in range(EVENTS)]))
        for share in (0.2, 0.6):
            await until_size(client, "counted", int(EVENTS * share))
            nats_server.kill()
            await asyncio.sleep(0.3)
            nats_server.start()
        await filling
        await until_size(client, "counted", EVENTS)
        await asyncio.sleep(1)
        end(process)
        await assert_each_once(client, "counted", EVENTS)


async def test_what_left_long_before_a_death_is_not_sent_again(nats_server, tmp_path):
    program = tmp_path / "counted.kumeo"
    # The server forgets ids after a tenth of a second, so that it cannot help.
    program.write_text(COUNTED.replace('NATS("counted")', 'NATS("counted", {duplicate_window: "100ms"})'))
    async with connection(nats_server.url) as client:
        await publish(client, "orders", [{"n": n} for n in range(EVENTS)])
        process = carry(program, tmp_path)
        await until_size(client, "counted", EVENTS // 3)
        end(process)
        await asyncio.sleep(1)
        process = carry(program, tmp_path)
        await until_size(client, "counted", EVENTS)
        await asyncio.sleep(1)
        end(process)
        await assert_each_once(client, "counted", EVENTS)


async def test_a_killed_server_of_ones_own_is_started_again(monkeypatch, program, tmp_path):
    monkeypatch.delenv("KODONB_NATS", raising=False)
    monkeypatch.setenv("KODONB_HOME", str(tmp_path / "home"))
    process = carry(program, tmp_path)
    async with connection(None) as client:
        filling = asyncio.ensure_future(publish(client, "orders", [{"n": n} for n in range(EVENTS)]))
        await until_size(client, "counted", EVENTS // 3)
        os.kill(Server(tmp_path / "home" / "nats").pid(), signal.SIGKILL)
        await filling
        await until_size(client, "counted", EVENTS)
        await asyncio.sleep(1)
        end(process)
        await assert_each_once(client, "counted", EVENTS)
