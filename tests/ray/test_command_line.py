"""The command line and the notebook against a real instance."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

import kodonb as kb
from kodonb.session.ray.session import RaySession
from tests.ray.conftest import eventually

pytestmark = pytest.mark.timeout(300)

FLOWS = '''
import time
import kodonb as kb
from pydantic import BaseModel

class Choice(BaseModel):
    """Which colour?"""
    colour: str

@kb.step
def square(x: int) -> int:
    return x * x

@kb.flow
def squares(n: int) -> int:
    return sum(square.map(range(n)).results())

@kb.flow
def choosing() -> str:
    return kb.ask(Choice).colour

@kb.flow
def napping(seconds: float = 60.0) -> None:
    kb.debug("asleep")
    time.sleep(seconds)
'''

DOUBLING = """%%flow doubling
@kb.step
def double(x: int) -> int:
    return 2 * x

def doubling(n: int = 3) -> list[int]:
    return double.map(range(n)).results()"""


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    """A file of flows."""
    file = tmp_path / "flows.py"
    file.write_text(FLOWS, encoding="utf-8")
    return file


def kodonb(*words: str, expect: int = 0) -> str:
    """Run the command line as a process of its own and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "kodonb.cli", *words], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == expect, done.stderr
    return done.stdout


def test_a_run_is_started_seen_and_read_back(ray_session: RaySession, flows: Path) -> None:
    lines = [
        json.loads(line) for line in kodonb("run", f"{flows}:squares", "-p", "n=4", "--json").splitlines()
    ]
    assert lines[-1]["result"] == 14
    assert lines[-1]["status"] == "finished"
    [newest] = json.loads(kodonb("runs", "--limit", "1", "--json"))
    assert (newest["flow"], newest["status"]) == ("squares", "finished")


def test_status_names_every_part_with_its_pid(ray_session: RaySession) -> None:
    status = json.loads(kodonb("status", "--json"))
    assert status["up"] is True
    for part in ("head", "spooler", "pool"):
        assert Path(f"/proc/{status[part]['pid']}").exists()
    assert all(Path(f"/proc/{runner['pid']}").exists() for runner in status["runners"])


def test_a_detached_run_is_answered_from_another_process(ray_session: RaySession, flows: Path) -> None:
    started = json.loads(kodonb("run", f"{flows}:choosing", "--detach", "--json").splitlines()[-1])
    run = kb.attach(started.get("id") or started["run"])
    eventually(lambda: run.status == "awaiting", "it asks")
    kodonb("answer", run.id, "-p", "colour=blue")
    assert run.result(timeout=30) == "blue"


def test_ctrl_c_leaves_the_run_going_and_says_how_to_come_back(ray_session: RaySession, flows: Path) -> None:
    waiting = subprocess.Popen(
        [sys.executable, "-m", "kodonb.cli", "run", f"{flows}:napping"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert waiting.stdout is not None
    while "asleep" not in waiting.stdout.readline():
        assert waiting.poll() is None
    waiting.send_signal(signal.SIGINT)
    _, said = waiting.communicate(timeout=30)
    assert waiting.returncode == 130
    run = kb.attach("last")
    assert run.id in said
    assert run.status == "running"
    kodonb("cancel", run.id)
    assert run.wait(timeout=30).status == "cancelled"


def test_a_notebook_runs_a_flow_and_keeps_a_static_picture(ray_session: RaySession, instance: Path) -> None:
    cells = [
        "%load_ext kodonb\nimport kodonb as kb",
        DOUBLING,
        "%flow run doubling n=4 -o run",
        "run.result()",
        "%%flow failing\ndef failing():\n    return 1 / 0",
        "%flow run failing",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(
        notebook, timeout=120, allow_errors=True, resources={"metadata": {"path": str(instance)}}
    ).execute()
    outputs = [cell.outputs for cell in notebook.cells]
    [picture] = [output for output in outputs[2] if output.output_type == "display_data"]
    assert set(picture.data) == {"text/html", "text/plain"}
    assert "finished" in picture.data["text/plain"]
    assert outputs[3][0].data["text/plain"] == "[0, 2, 4, 6]"
    error = outputs[5][-1]
    assert error.output_type == "error"
    assert "Cell In[5], line 3" in "\n".join(error.traceback)
