"""One real local instance for all tests of the Ray session."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import kodonb
from kodonb.model.settings import settings
from kodonb.session.ray.session import RaySession


@pytest.fixture(scope="session")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a running instance; it is stopped at the end."""
    home = tmp_path_factory.mktemp("instance")
    before = {name: os.environ.get(name) for name in _OURS}
    os.environ.update(_OURS, KODONB_HOME=str(home))
    os.environ.pop("KODONB_STORE", None)
    session = RaySession(settings(), progress=lambda _: None)
    session.up()
    yield home
    os.environ.update(_OURS, KODONB_HOME=str(home))
    session.down()
    session.close()
    for name, value in before.items():
        os.environ.pop(name, None) if value is None else os.environ.update({name: value})


_OURS = {"KODONB_SESSION": "ray", "KODONB_NUM_CPUS": "2", "KODONB_WARM": "2"}


@pytest.fixture
def ray_session(instance: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RaySession]:
    """The current session, connected to the instance; nothing may be left running after a test."""
    monkeypatch.setenv("KODONB_HOME", str(instance))
    for name, value in _OURS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("KODONB_STORE", raising=False)
    session = RaySession(settings(), progress=lambda _: None)
    kodonb.connect(session)
    yield session
    eventually(lambda: not busy(session), "every runner is free again")
    kodonb.disconnect()


def busy(session: RaySession) -> list[dict[str, Any]]:
    """Return the runners that carry a run."""
    return [runner for runner in session.parts()["runners"] if runner["run"] is not None]


def eventually(holds: Callable[[], Any], what: str, within: float = 30.0) -> Any:
    """Wait until something holds, and return it."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        found = holds()
        if found:
            return found
        time.sleep(0.02)
    pytest.fail(f"not within {within:g} s: {what}")


def kill(pid: int) -> None:
    """Kill a process that the instance started."""
    os.kill(pid, signal.SIGKILL)
