"""A project with flows, and the command line in it: in this process, and as a process of its own."""

import os
import subprocess
import sys
from typing import NamedTuple

import pytest

from kodonb.cli import main
from kodonb.flows import register

FLOWS = '''
import time

import kodonb as kb
from pydantic import BaseModel


class Choice(BaseModel):
    """How many?"""

    size: int
    name: str = "x"
    tags: list[str] = []


@kb.step
def double(x: int) -> int:
    return 2 * x


@kb.flow(tags=["sums"])
def good(n: int = 3, who: str = "you") -> dict[str, int]:
    """Add up doubles."""
    print("hello", who)
    kb.metric("best", 0.5)
    return {"sum": sum(future.result() for future in double.map(list(range(n))))}


@kb.flow
def bad(n: int = 3) -> int:
    raise ValueError(f"{n} is no good")


@kb.flow(timeout=0.2)
def late() -> None:
    for _ in range(600):
        time.sleep(0.02)


@kb.flow
def slow() -> None:
    for _ in kb.progress(range(600), title="waiting"):
        time.sleep(0.02)


@kb.flow
def large() -> list[int]:
    return list(range(100_000))


@kb.flow
def odd() -> set[int]:
    return {1}


@kb.flow
def asks() -> int:
    first = kb.ask(Choice, title="How many?")
    return first.size + len(first.tags)
'''


class Done(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def project(home, tmp_path, monkeypatch):
    """A folder with flows.py, which is the current one."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "flows.py").write_text(FLOWS)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def kodonb(project, capsys):
    """Executes a command line in this process."""
    path, modules, flows = list(sys.path), set(sys.modules), dict(register._flows)

    def run(*words):
        code = main([str(word) for word in words])
        return Done(code, *capsys.readouterr())

    yield run
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if str(project) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]
    register._flows.clear()
    register._flows.update(flows)


@pytest.fixture
def process(project):
    """Starts a command line as a process of its own."""
    started = []

    def start(*words, **options):
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL}
        environment = os.environ | {"PYTHONUNBUFFERED": "1"}
        command = [sys.executable, "-m", "kodonb.cli", *map(str, words)]
        child = subprocess.Popen(command, text=True, env=environment, cwd=project, **{**streams, **options})
        started.append(child)
        return child

    yield start
    for child in started:
        child.kill()
        child.wait()
        for stream in (child.stdout, child.stderr):
            if stream is not None:
                stream.close()
