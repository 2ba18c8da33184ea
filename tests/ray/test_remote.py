"""A cluster that somebody else runs, with its events on PostgreSQL."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import kodonb as kb

pytestmark = pytest.mark.timeout(300)

_HEAD = """
import sys, ray
context = ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="error",
                   object_store_memory=100_000_000, _temp_dir=sys.argv[1], _node_ip_address="127.0.0.1")
print(context.address_info["gcs_address"], flush=True)
sys.stdin.read()
"""

_CLIENT = """
import kodonb as kb

@kb.step
def double(number: int) -> int:
    kb.debug(number)
    return 2 * number

@kb.flow
def remote(count: int) -> int:
    return sum(double.map(range(count)).results())

if __name__ == "__main__":
    run = remote.submit(count=3)
    assert run.result(120) == 6
    print(run.id, run.session.cluster)
"""

_POOL_DIES = """
import os, signal, time
import kodonb as kb
from pydantic import BaseModel

class Go(BaseModel):
    go: bool

@kb.flow
def asks() -> bool:
    return kb.ask(Go, "go?").go

if __name__ == "__main__":
    run = asks.submit()
    while run.status != "awaiting":
        time.sleep(0.05)
    pool = run.session.parts()["pool"]["pid"]
    os.kill(pool, signal.SIGKILL)
    try:
        run.result(60)
    except kb.KodonbError as error:
        print(error.code, run.status)
    again = asks.submit()
    while again.status != "awaiting":
        time.sleep(0.05)
    again.answer(go=True)
    print(again.result(60), run.session.parts()["pool"]["pid"] != pool)
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[dict[str, str]]:
    """Environment with which a running cluster of its own token is reached."""
    token = secrets.token_hex(32)
    environment = os.environ | {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": token}
    environment = {name: value for name, value in environment.items() if not name.startswith("KODONB_")}
    folder = f"/tmp/kodonb-test-{secrets.token_hex(4)}"
    head = subprocess.Popen(
        [sys.executable, "-c", _HEAD, folder],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert head.stdin is not None
    assert head.stdout is not None
    address = head.stdout.readline().strip()
    yield environment | {"KODONB_RAY_ADDRESS": address, "KODONB_SESSION": "ray"}
    head.stdin.close()
    head.stdout.close()
    head.wait(timeout=30)


def run(program: str, folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a client as a process of its own: it connects to Ray, which a process does once."""
    file = folder / "client.py"
    file.write_text(program, encoding="utf-8")
    return subprocess.run(
        [sys.executable, str(file)], env=environment, capture_output=True, text=True, timeout=200, check=False
    )


def test_flows_run_on_a_cluster_named_by_its_address(
    cluster: dict[str, str], postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = cluster | {"KODONB_HOME": str(tmp_path / "home"), "KODONB_STORE": postgres}
    first = run(_CLIENT, tmp_path, environment)
    assert first.returncode == 0, first.stderr
    second = run(_CLIENT, tmp_path, environment)
    assert second.returncode == 0, second.stderr
    assert first.stdout.split()[1] == second.stdout.split()[1], (
        "the second client finds what the first has founded"
    )
    third = run(_POOL_DIES, tmp_path, environment)
    assert third.stdout.split() == ["KN305", "error", "True", "True"], third.stderr

    monkeypatch.setenv("KODONB_HOME", str(tmp_path / "other"))
    monkeypatch.setenv("KODONB_STORE", postgres)
    monkeypatch.setenv("KODONB_SESSION", "inline")
    kb.connect("inline")
    history = kb.runs()
    assert list(history.status) == ["finished", "error", "finished", "finished"]
    assert "pool" in history.reason.iloc[1]
    events = kb.attach(history.id.iloc[-1]).events(kind="debug", follow=False)
    assert sorted(event.payload for event in events) == [0, 1, 2]
    kb.disconnect()


def test_a_wrong_token_is_refused_with_one_clear_error(cluster: dict[str, str], tmp_path: Path) -> None:
    environment = cluster | {"KODONB_HOME": str(tmp_path / "home"), "RAY_AUTH_TOKEN": secrets.token_hex(32)}
    refused = run(_CLIENT, tmp_path, environment)
    assert refused.returncode == 1
    assert "KN402" in refused.stderr


def test_an_address_without_a_cluster_is_one_clear_error(cluster: dict[str, str], tmp_path: Path) -> None:
    environment = cluster | {"KODONB_HOME": str(tmp_path / "home"), "KODONB_RAY_ADDRESS": "127.0.0.1:9"}
    nobody = run(_CLIENT, tmp_path, environment)
    assert nobody.returncode == 1
    assert "KN401" in nobody.stderr
