"""`kodonb serve`, `deploy`, `deployments` and `undeploy` without a cluster; with one they have tests of their own."""

import json
import signal
import socket
import urllib.request

import pytest

from tests.ray.services import write

APP = """
import kodonb as kb
from kodonb.serve import ServeAPI


@kb.flow
def hello(who: str = "you") -> str:
    return f"hello {who}"


app = ServeAPI(title="Hello")
app.include(hello)
"""


@pytest.fixture
def folder(project):
    """A service beside the flows of the project."""
    return write(project / "build" / "digits")


@pytest.mark.parametrize(
    ("target", "said", "remedy"),
    [
        ("nowhere", "there is no folder nowhere", "kodonb export"),
        ("nowhere.py:app", "there is no file nowhere.py", "file.py:app"),
        ("nowhere_at_all:app", "there is no module 'nowhere_at_all'", "module:app"),
    ],
)
def test_what_is_not_there_cannot_be_served(kodonb, target, said, remedy):
    done = kodonb("serve", target)
    assert (done.code, done.out) == (2, "")
    assert said in done.err and done.err.startswith("KN006") and remedy in done.err


def test_a_name_that_is_nearly_right_is_offered(kodonb, folder):
    assert "did you mean build/digits?" in kodonb("serve", "build/digit").err


@pytest.mark.parametrize("command", ["serve", "deploy"])
def test_a_folder_without_a_service_is_refused(kodonb, project, command):
    done = kodonb(command, ".")
    assert done.code == 1
    assert done.err.startswith("KN705")


def test_what_a_first_deployment_brings_is_told_without_a_cluster(kodonb, folder, monkeypatch):
    monkeypatch.setenv("KODONB_SESSION", "ray")
    done = kodonb("deploy", folder, "--diff", "--json", "--replicas", 3, "--no-auth")
    assert done.code == 1
    differences = json.loads(done.out)["differences"]
    assert "+ digits/app.py" in differences
    assert "+ option num_replicas 3" in differences
    assert "+ environment KODONB_NO_AUTH" in differences


def test_nothing_is_deployed_where_nothing_runs(kodonb, monkeypatch):
    monkeypatch.setenv("KODONB_SESSION", "ray")
    assert json.loads(kodonb("deployments", "--json").out) == []
    assert kodonb("deployments").err == "kodonb: nothing is deployed\n"
    done = kodonb("undeploy", "digits")
    assert done.code == 1
    assert done.err.startswith("KN707: there is no deployment 'digits'")


def test_kubernetes_lists_and_removes_what_is_its_own(kodonb, monkeypatch):
    done = kodonb("deployments", "--to", "k8s")
    assert done.code == 1
    assert "kubectl get rayservices" in done.err


def test_a_service_on_kubernetes_is_deployed(kodonb, folder):
    done = kodonb("serve", folder, "--to", "k8s")
    assert done.code == 2
    assert "kodonb deploy --to k8s" in done.err


def test_a_cluster_that_is_not_there_is_one_clear_error(kodonb, folder):
    done = kodonb("deploy", folder, "--to", "127.0.0.1:9")
    assert done.code == 4
    assert done.err.startswith("KN401")


def test_a_service_in_this_process_runs_until_ctrl_c(process, project):
    (project / "hand.py").write_text(APP)
    serving = process("serve", "hand.py:app", "--on", "here", "--port", 0, "--no-auth", "--json")
    address = json.loads(serving.stdout.readline())["address"]
    with urllib.request.urlopen(f"{address}hello") as answer:
        assert json.load(answer)["schema"]["properties"]["who"]["default"] == "you"
    launch = urllib.request.Request(f"{address}hello", b"{}", {"Content-Type": "application/json"})
    with urllib.request.urlopen(launch) as answer:
        run = json.load(answer)["run"]
    with urllib.request.urlopen(f"{address}runs/{run}/result?wait=30") as answer:
        assert json.load(answer)["result"] == "hello you"
    serving.send_signal(signal.SIGINT)
    _, said = serving.communicate(timeout=30)
    assert serving.returncode == 0
    assert "ended hand" in said


def test_the_application_of_a_folder_is_served_too(process, folder):
    serving = process("serve", folder, "--on", "here", "--port", 0, "--no-auth", "--json")
    address = json.loads(serving.stdout.readline())["address"]
    with urllib.request.urlopen(f"{address}who") as answer:
        assert json.load(answer)["pid"] == serving.pid


def test_a_port_that_is_taken_is_one_clear_error(kodonb, project):
    (project / "fine.py").write_text("async def app(scope, receive, send): pass\n")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = kodonb("serve", "fine.py:app", "--on", "here", "--port", port)
    assert done.code == 1
    assert (
        done.err.splitlines()[0] == f"KN706: port {port} of 127.0.0.1 cannot be bound: Address already in use"
    )


def test_an_application_that_cannot_be_imported_is_told_with_its_traceback(kodonb, project):
    (project / "broken.py").write_text("import nothing_of_that_name\n")
    done = kodonb("serve", "broken.py:app", "--on", "here")
    assert done.code == 1
    assert "KN706: broken:app cannot be imported: ModuleNotFoundError" in done.err
    assert "broken.py" in done.err
