"""An instance: started once, found again, stopped whole, and honest about its own end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

import kodonb as kb
from kodonb.model.errors import RunFailed, SessionError
from kodonb.model.settings import settings
from kodonb.session.ray.instance import Instance
from kodonb.session.ray.session import RaySession
from tests.ray.conftest import eventually

pytestmark = pytest.mark.timeout(300)


@kb.flow
def waiting(seconds: float = 60.0) -> str:
    """Take a while."""
    kb.debug("begun")
    time.sleep(seconds)
    return "done"


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RaySession]:
    """A session of an instance that the test may break; nothing of it is left afterwards."""
    monkeypatch.setenv("KODONB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KODONB_NUM_CPUS", "2")
    monkeypatch.setenv("KODONB_WARM", "1")
    monkeypatch.delenv("KODONB_STORE", raising=False)
    session = RaySession(settings(), progress=lambda _: None)
    kb.connect(session)
    yield session
    session.down()
    kb.disconnect()
    eventually(lambda: processes(session) == [], "nothing is left running")


def processes(session: RaySession) -> list[psutil.Process]:
    """Return Ray's processes of an instance."""
    mark = str(Instance(session.settings).temporary)
    return [p for p in psutil.process_iter(["cmdline"]) if mark in " ".join(p.info["cmdline"] or ())]


def ray_stop(session: RaySession) -> None:
    """Do to one instance what ``ray stop`` does to all of a machine: ask, wait, then kill."""
    stopped = [p for p in processes(session) if "session.ray.head" not in " ".join(p.cmdline())]
    for process in stopped:
        process.terminate()
    _, stubborn = psutil.wait_procs(stopped, timeout=16)
    for process in stubborn:
        process.kill()


def test_a_cluster_that_is_stopped_under_a_run_ends_the_run_with_the_reason(own: RaySession) -> None:
    run = waiting.submit()
    next(iter(run.events(kind="debug")))
    head = Instance(own.settings).told()
    assert head is not None
    ray_stop(own)
    with pytest.raises(RunFailed) as failed:
        run.result(timeout=60)
    assert failed.value.code == "KN306"
    eventually(lambda: not psutil.pid_exists(head["pid"]), "the head is gone")
    eventually(lambda: processes(own) == [], "nothing is left running")

    assert waiting.submit(seconds=0.0).result(timeout=90) == "done", "the next run starts a new cluster"


def test_a_killed_head_takes_its_cluster_along_and_the_next_look_settles_its_runs(own: RaySession) -> None:
    run = waiting.submit()
    next(iter(run.events(kind="debug")))
    head = Instance(own.settings).told()
    assert head is not None
    os.kill(head["pid"], signal.SIGKILL)
    run.wait(timeout=60)
    assert (run.status, run.record.reason) == ("error", "the cluster stopped while the run was going on")
    eventually(lambda: processes(own) == [], "nothing is left running")
    # SIGKILL leaves the head's own files behind; the next start must not be confused by them.
    assert own.down() is False


def test_two_processes_that_start_an_instance_at_once_start_one(own: RaySession, instance: Path) -> None:
    home = own.settings.home
    environment = os.environ | {"KODONB_HOME": str(home)}
    program = (
        "from kodonb.session.ray.session import RaySession as S; from kodonb.model.settings import settings as s; "
        "import json; print(json.dumps(S(s()).up()))"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    told = [json.loads(process.communicate(timeout=120)[0]) for process in started]
    assert told[0]["pid"] == told[1]["pid"]
    assert told[0]["cluster"] != json.loads((instance / "instance.json").read_text())["cluster"]
    assert (home / "token").stat().st_mode & 0o077 == 0
    assert (home / "instance.json").stat().st_mode & 0o077 == 0


def test_who_does_not_have_the_instances_key_is_refused(ray_session: RaySession, instance: Path) -> None:
    told = json.loads((instance / "instance.json").read_text())
    stranger = Instance(ray_session.settings)
    forged = {**told, "where": {**told["where"], **_other_keys()}}
    stranger.told = lambda: forged  # type: ignore[method-assign]
    session = RaySession(ray_session.settings, progress=lambda _: None)
    session._instance = stranger
    try:
        with pytest.raises(SessionError) as refused:
            session.parts()
        assert refused.value.code == "KN402"
    finally:
        session.close()


def _other_keys() -> dict[str, str]:
    import msgspec
    import zmq

    public, secret = zmq.curve_keypair()
    found: dict[str, str] = msgspec.to_builtins({"public": public, "secret": secret})
    return found
