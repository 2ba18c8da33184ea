"""Services on Ray Serve: started, driven over HTTP, updated and broken under load."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import pytest

from kodonb.session.ray.session import RaySession
from tests.ray.conftest import eventually, kill
from tests.ray.services import write

pytestmark = pytest.mark.timeout(300)


class Done:
    """What a command line did.

    Args:
        process: The process that has ended.
    """

    def __init__(self, process: subprocess.CompletedProcess[str]) -> None:
        self.code, self.out, self.err = process.returncode, process.stdout, process.stderr

    @property
    def told(self) -> Any:
        return json.loads(self.out)


def kodonb(*words: object, expect: int = 0, **environment: str) -> Done:
    """Run the command line as a process of its own."""
    command = [sys.executable, "-m", "kodonb.cli", *map(str, words)]
    environ = os.environ | environment
    done = Done(
        subprocess.run(command, capture_output=True, text=True, timeout=200, env=environ, check=False)
    )
    assert done.code == expect, done.err
    return done


@pytest.fixture(scope="module")
def address(instance: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the first version of a service is; it is the one at the root of the instance."""
    folder = write(tmp_path_factory.mktemp("one"), "1.0.0")
    made = kodonb("deploy", folder, "--no-auth", "--port", 0, "--json").told
    assert (made["status"], made["replicas"], made["changed"]) == ("running", 1, True)
    yield made["address"]
    kodonb("undeploy", "digits")


@pytest.fixture
def client(address: str, ray_session: RaySession) -> Iterator[httpx.Client]:
    """A client of that service."""
    with httpx.Client(base_url=address, timeout=60) as made:
        yield made


def launch(client: httpx.Client, flow: str, **inputs: Any) -> str:
    """Start a run and return its id."""
    launched = client.post(flow, json=inputs)
    assert launched.status_code == 202, launched.text
    return str(launched.json()["run"])


def result(client: httpx.Client, run: str) -> dict[str, Any]:
    """Wait for a run to end and return what is told of that."""

    def ended() -> dict[str, Any] | None:
        told: dict[str, Any] = client.get(f"runs/{run}/result", params={"wait": 30}).json()
        return told if told["status"] in {"finished", "error", "cancelled"} else None

    found: dict[str, Any] = eventually(ended, f"run {run} ends", within=60)
    return found


def follow(client: httpx.Client, run: str, after: int = -1) -> list[dict[str, Any]]:
    """Follow a run until the stream ends, and return its events."""
    headers = {"Last-Event-ID": str(after)} if after >= 0 else {}
    with client.stream("GET", f"runs/{run}/events", headers=headers) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        return [json.loads(line[6:]) for line in stream.iter_lines() if line.startswith("data: ")]


class Load:
    """Calls a function again and again, in threads, while a block lasts.

    Args:
        call: The function; it is given a client.
        address: Where the service is.
        threads: How many threads.
        pause: Seconds between two calls of a thread.
    """

    def __init__(self, call: Callable[[httpx.Client], Any], address: str, threads: int, pause: float) -> None:
        self._call, self._address, self._pause = call, address, pause
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._loop, daemon=True) for _ in range(threads)]
        self.answers: list[Any] = []
        self.troubles: list[BaseException] = []

    def _loop(self) -> None:
        with httpx.Client(base_url=self._address, timeout=60) as client:
            while not self._over.wait(self._pause):
                try:
                    self.answers.append(self._call(client))
                except BaseException as trouble:  # noqa: BLE001 - the test looks at it
                    self.troubles.append(trouble)

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        eventually(lambda: self.answers or self.troubles, "the first answer")
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(90)


def who(client: httpx.Client) -> str:
    """Return the version that answers."""
    answer = client.get("who")
    assert answer.status_code == 200, answer.text
    return str(answer.json()["version"])


def pids(client: httpx.Client, count: int) -> set[int]:
    """Return the processes that answer, when there are so many."""
    found: set[int] = set()

    def all_of_them() -> bool:
        found.add(client.get("who").json()["pid"])
        return len(found) == count

    eventually(all_of_them, f"{count} replicas answer")
    return found


def test_a_service_runs_until_ctrl_c_and_answers_everything(
    client: httpx.Client, ray_session: RaySession, tmp_path: Path
) -> None:
    folder = write(tmp_path / "mine")
    words = ["serve", str(folder), "--name", "mine", "--no-auth", "--json"]
    serving = subprocess.Popen(
        [sys.executable, "-m", "kodonb.cli", *words], stdout=subprocess.PIPE, text=True
    )
    assert serving.stdout is not None
    told = json.loads(serving.stdout.readline())
    assert told["address"] == f"{client.base_url}mine/", "another service has the root"
    assert {route["path"] for route in told["routes"] if route["launches"]} >= {"/digits", "/asks"}
    with httpx.Client(base_url=told["address"], timeout=60) as mine:
        drive(mine)
    assert kodonb("serve", folder, "--name", "mine", expect=1).err.startswith("KN706: mine is deployed")
    serving.send_signal(signal.SIGINT)
    serving.communicate(timeout=60)
    assert serving.returncode == 0
    assert [each["name"] for each in kodonb("deployments", "--json").told] == ["digits"]
    assert client.get("mine/who").status_code == 404
    assert who(client), "the other one is still there"


def drive(client: httpx.Client) -> None:
    """Do with a service whatever its clients do."""
    run = launch(client, "digits", n=4)
    events = follow(client, run)
    assert [event["offset"] for event in events] == list(range(len(events)))
    assert events[-1]["payload"]["status"] == "finished"
    assert result(client, run)["result"] == {"sum": 12, "version": "0.1.0", "told": "data"}

    asking = launch(client, "asks")
    [lock] = eventually(lambda: client.get(f"runs/{asking}/locks").json(), "it asks")
    answered = client.post(f"runs/{asking}/locks/{lock['id']}", json={"size": 7})
    assert answered.is_success, answered.text
    assert result(client, asking)["result"] == 7

    napping = launch(client, "naps")
    eventually(lambda: client.get(f"runs/{napping}").json()["status"] == "running", "it runs")
    assert client.post(f"runs/{napping}/cancel").status_code == 202
    assert result(client, napping)["status"] == "cancelled"

    again = client.post(f"runs/{run}/retry")
    assert again.status_code == 202, again.text
    assert result(client, again.json()["run"])["result"]["sum"] == 12


def test_an_update_under_load_loses_no_request_and_no_run(
    client: httpx.Client, address: str, tmp_path: Path
) -> None:
    before = who(client)
    folder = write(tmp_path / "two", "2.0.0")
    numbers = iter(range(10_000))

    def start(client: httpx.Client) -> tuple[int, str]:
        number = next(numbers)
        return number, launch(client, "nothing", n=number)

    napping = launch(client, "naps")
    with (
        ThreadPoolExecutor(1) as pool,
        Load(who, address, 2, 0.03) as asked,
        Load(start, address, 1, 1.0) as started,
    ):
        following = pool.submit(follow, client, napping)
        done = kodonb("deploy", folder, "--no-auth", "--json").told
        since = len(asked.answers)
        eventually(lambda: len(asked.answers) > since + 5, "the new version answers")
        let_go = following.done()
        client.post(f"runs/{napping}/cancel")
    assert done["changed"] is True
    assert done["before"].startswith(before)
    assert not asked.troubles
    assert not started.troubles
    assert let_go, "who follows a run does not hold up the end of a replica"
    assert len(asked.answers) > 100
    assert set(asked.answers) == {before, "2.0.0"}
    assert set(asked.answers[since + 2 :]) == {"2.0.0"}, "requests of before may end after"
    for number, run in started.answers:
        assert result(client, run)["result"] == number
    followed = following.result()
    assert [event["kind"] for event in followed].count("debug") == 1
    ended = follow(client, napping, after=followed[-1]["offset"])
    assert ended[0]["offset"] == followed[-1]["offset"] + 1, "nothing is missing in between"
    assert ended[-1]["payload"]["status"] == "cancelled"


def test_a_version_that_does_not_start_is_taken_back(
    client: httpx.Client, address: str, tmp_path: Path
) -> None:
    before = who(client)
    folder = write(tmp_path / "three", "3.0.0", more="import nothing_of_that_name")
    differs = kodonb("deploy", folder, "--no-auth", "--diff", "--json", expect=1).told["differences"]
    assert "~ digits/app.py" in differs
    with Load(who, address, 2, 0.03) as asked:
        broken = kodonb("deploy", folder, "--no-auth", "--json", expect=1)
    error = broken.told["error"]
    assert error["code"] == "KN706"
    assert "ModuleNotFoundError: No module named 'nothing_of_that_name'" in error["message"]
    assert f"{before} (" in error["message"]
    assert error["where"] == "digits/app.py, line 16"
    assert not asked.troubles
    assert set(asked.answers) == {before}
    [listed] = kodonb("deployments", "--json").told
    assert (listed["status"], listed["version"].split()[0]) == ("running", before)
    assert result(client, launch(client, "digits"))["result"]["version"] == before


def test_who_does_not_wait_sees_to_a_version_that_fails(client: httpx.Client, tmp_path: Path) -> None:
    before = who(client)
    good = write(tmp_path / "good", "3.1.0")
    assert kodonb("deploy", good, "--no-auth", "--no-wait", "--json").told["changed"]
    eventually(lambda: who(client) == "3.1.0", "the new version answers")
    broken = write(tmp_path / "broken", "3.2.0", more="import nothing_of_that_name")
    assert kodonb("deploy", broken, "--no-auth", "--no-wait", "--json").told["before"].startswith("3.1.0")
    eventually(
        lambda: kodonb("deployments", "--json").told[0]["status"] == "deploy_failed", "the failure is told"
    )
    assert kodonb("deploy", good, "--no-auth", "--json").told["changed"]
    assert who(client) == "3.1.0"
    assert before != "3.1.0"


def test_a_killed_replica_loses_no_run_of_clients_that_ask_again(
    client: httpx.Client, address: str, tmp_path: Path
) -> None:
    folder = write(tmp_path / "four", "4.0.0")
    kodonb("deploy", folder, "--no-auth", "--replicas", 2)
    victim, *_ = pids(client, 2)
    known = {each["id"] for each in client.get("runs", params={"flow": "nothing"}).json()}
    asked_again: list[str] = []

    def start(client: httpx.Client) -> str:
        key = secrets.token_hex(8)
        for _ in range(600):
            try:
                answer = client.post("nothing", json={"n": 1}, headers={"Idempotency-Key": key})
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.status_code == 202:
                return str(answer.json()["run"])
            asked_again.append(key)
            time.sleep(0.1)
        return pytest.fail(f"no run for {key}: {answer}")

    with Load(start, address, 3, 0.3) as started:
        kill(victim)
        eventually(lambda: len(started.answers) > 12, "the other replica goes on")
    assert not started.troubles
    assert len(set(started.answers)) == len(started.answers), "each key has a run of its own"
    for run in started.answers:
        assert result(client, run)["status"] == "finished"
    runs = client.get("runs", params={"flow": "nothing", "limit": 1000}).json()
    assert {each["id"] for each in runs} - known == set(started.answers), "no key has two"
    assert victim not in pids(client, 2)
    [listed] = kodonb("deployments", "--json").told
    assert (listed["status"], listed["replicas"], listed["wanted"]) == ("running", 2, 2)


def test_who_asks_for_what_is_taken_or_not_there_is_told_so(client: httpx.Client, tmp_path: Path) -> None:
    folder = write(tmp_path / "other")
    port = kodonb("deploy", folder, "--name", "other", "--port", 1, expect=1)
    assert port.err.startswith("KN706: Ray Serve listens on 127.0.0.1:")
    route = kodonb("deploy", folder, "--name", "other", "--route", "/", expect=1)
    assert route.err.startswith("KN706: the route / belongs to digits already")
    unknown = kodonb("undeploy", "nobody", expect=1)
    assert unknown.err.splitlines()[0] == "KN707: there is no deployment 'nobody'"
    assert "there are: digits" in unknown.err


def test_rays_own_command_runs_a_service(
    client: httpx.Client, instance: Path, ray_session: RaySession, tmp_path: Path
) -> None:
    folder = write(tmp_path / "run")
    told = json.loads((instance / "instance.json").read_text())
    environment = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(instance / "token")}
    variables = json.dumps({"env_vars": {"KODONB_NO_AUTH": "1"}})
    source = str(folder / "src")
    command = [
        "run",
        "--address",
        told["ray"],
        "--name",
        "raw",
        "--route-prefix",
        "/raw",
        "--app-dir",
        source,
    ]
    command += ["--working-dir", source, "--runtime-env-json", variables, "digits.replica:service"]
    output = (tmp_path / "output").open("w")
    serve = Path(sys.executable).with_name("serve")
    running = subprocess.Popen([serve, *command], env=os.environ | environment, stdout=output, stderr=output)
    try:
        with httpx.Client(base_url=f"{client.base_url}raw/", timeout=60) as raw:
            eventually(lambda: raw.get("ready").status_code == 200, "it is ready", within=90)
            assert result(raw, launch(raw, "digits", n=2))["result"]["sum"] == 2
        taken = kodonb("deploy", folder, "--name", "raw", "--no-auth", expect=1)
        assert taken.err.splitlines()[0] == (
            "KN706: an application raw runs there already, and kodonb has not deployed it"
        )
    finally:
        running.send_signal(signal.SIGINT)
        running.wait(60)
        output.close()
    # Ray's command ends all of Serve with itself; what was deployed there is told to be gone.
    assert [(each["name"], each["status"]) for each in kodonb("deployments", "--json").told] == [
        ("digits", "gone")
    ]


_HEAD = """
import sys, ray
context = ray.init(address="local", num_cpus=2, include_dashboard=True, dashboard_port=int(sys.argv[2]),
                   log_to_driver=False, logging_level="error", object_store_memory=100_000_000,
                   _temp_dir=sys.argv[1], _node_ip_address="127.0.0.1")
print(context.address_info["gcs_address"], flush=True)
sys.stdin.read()
"""

_CLIENT = """
import kodonb
from kodonb import session
session.current().ready()
"""


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Environment of a cluster that somebody else runs, with Ray's dashboard, and a service's code on its path."""
    token, dashboard = secrets.token_hex(32), str(free_port())
    folder = f"/tmp/kodonb-test-{secrets.token_hex(4)}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KODONB_")}
    environment |= {
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": token,
        "KODONB_HOME": str(tmp_path / "home"),
        "KODONB_SESSION": "ray",
    }
    head = subprocess.Popen(
        [sys.executable, "-c", _HEAD, folder, dashboard],
        env=environment | {"PYTHONPATH": str(tmp_path / "one" / "src"), "KODONB_NO_AUTH": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert head.stdin is not None
    assert head.stdout is not None
    address = head.stdout.readline().strip()
    yield environment | {"ADDRESS": address, "DASHBOARD": f"http://127.0.0.1:{dashboard}"}
    head.stdin.close()
    head.stdout.close()
    head.wait(timeout=30)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_service_on_a_cluster_elsewhere_has_its_runs_there(
    elsewhere: dict[str, str], tmp_path: Path
) -> None:
    port = free_port()
    folder = write(tmp_path / "one", port=port)
    command = [Path(sys.executable).with_name("serve"), "deploy", "-a", elsewhere["DASHBOARD"]]
    subprocess.run([*command, folder / "serve.yaml"], env=elsewhere, check=True, capture_output=True)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}/", timeout=60) as client:
        eventually(lambda: answers(client), "it is ready", within=120)
        first = launch(client, "naps", seconds=2.0)
        kill(client.get("who").json()["pid"])
        eventually(lambda: answers(client), "there is another replica", within=60)
        assert result(client, first)["result"] == "awake", "runs outlive replicas"

        to = ("--to", elsewhere["ADDRESS"])
        two = write(tmp_path / "two", "2.0.0")
        made = kodonb("deploy", two, *to, "--name", "other", "--no-auth", "--json", **elsewhere).told
        assert made["address"].endswith(f":{port}/other/")
        with httpx.Client(base_url=f"http://127.0.0.1:{port}/other/", timeout=60) as other:
            assert who(other) == "2.0.0"
            assert other.get(f"runs/{first}").json()["status"] == "finished", "they share their log"
            assert fetched_again(other, elsewhere) == "2.0.0"
        kodonb("undeploy", "other", *to, **elsewhere)
        assert kodonb("deployments", *to, "--json", **elsewhere).told == []
        assert client.get("other/who").status_code == 404
        assert who(client) == "0.1.0", "what others have deployed stays"

    lost = python(
        _CLIENT, elsewhere | {"KODONB_RAY_ADDRESS": elsewhere["ADDRESS"], "KODONB_HOME": str(tmp_path)}
    )
    assert "KN506: the events of this cluster are in a file that is not on this machine" in lost
    alone = python(_CLIENT, elsewhere | {"KODONB_RAY_ADDRESS": "auto"})
    assert "KN401: this process belongs to no Ray cluster" in alone


def answers(client: httpx.Client) -> bool:
    """Whether a service is there."""
    try:
        return client.get("ready").status_code == 200
    except httpx.TransportError:
        return False


def fetched_again(client: httpx.Client, environment: dict[str, str]) -> str:
    """Have a replica start on a machine that has not got its code; return the version that answers."""
    home = Path(environment["KODONB_HOME"])
    (home / "services").rename(home / "gone")
    kill(client.get("who").json()["pid"])
    eventually(lambda: answers(client), "there is another replica", within=60)
    assert (home / "services").is_dir()
    return who(client)


def python(program: str, environment: dict[str, str]) -> str:
    """Run a program that fails, and return its traceback."""
    environment = {name: value for name, value in environment.items() if name != "RAY_ADDRESS"}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    return done.stderr
