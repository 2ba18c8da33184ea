"""Deploying on Kubernetes, with a stand-in for `kubectl`: what it is told, and what is made of what it says."""

import json
import os
import sys

import pytest

from kodonb.export.deploy import kubernetes
from kodonb.model.errors import ServiceError

KUBECTL = """#!{python}
import json, pathlib, sys
here = pathlib.Path({here!r})
words = sys.argv[1:]
with (here / "calls").open("a") as calls:
    print(json.dumps(words), file=calls)
if words[0] == "kustomize":
    print((here / "rendered.yaml").read_text())
elif words[0] == "apply":
    if words[1] == "-f":
        (here / "applied").write_text(sys.stdin.read())
    print("rayservice.ray.io/digits configured")
elif words[0] == "diff":
    print((here / "diff").read_text(), end="")
    sys.exit(int((here / "code").read_text()))
elif words[0] == "get":
    said = json.loads((here / "said.json").read_text())
    (here / "said.json").write_text(json.dumps(said[1:] or said))
    print(json.dumps(said[0]) if said[0] else "", end="")
"""

RENDERED = """\
apiVersion: v1
kind: Namespace
metadata: {name: digits}
---
apiVersion: ray.io/v1
kind: RayService
metadata: {name: digits, namespace: digits}
"""


def told(state="RUNNING", *, generation=2, seen=2, ready="True", upgrade="False", message="", pending=None):
    """What Kubernetes says of a RayService."""
    part = {"status": state, "message": message}
    conditions = [
        {"type": "Ready", "status": ready, "reason": "NonZeroServeEndpoints"},
        {"type": "UpgradeInProgress", "status": upgrade},
    ]
    status = {
        "observedGeneration": seen,
        "conditions": conditions,
        "activeServiceStatus": {"rayClusterName": "digits-a", "applicationStatuses": {"digits": part}},
        "pendingServiceStatus": {"rayClusterStatus": {"desiredCPU": "0"}},
    }
    if pending:
        status["pendingServiceStatus"] = {
            "rayClusterName": "digits-b",
            "applicationStatuses": {"digits": {"status": pending, "message": message}},
        }
    applied = {"kubectl.kubernetes.io/last-applied-configuration": '{"the": "last"}'}
    return {"metadata": {"generation": generation, "annotations": applied}, "status": status}


@pytest.fixture
def overlay(tmp_path, monkeypatch):
    """An export with manifests, and a `kubectl` on the PATH."""
    monkeypatch.setattr(kubernetes, "_LOOK", 0.0)
    kubectl = tmp_path / "bin" / "kubectl"
    kubectl.parent.mkdir()
    kubectl.write_text(KUBECTL.format(python=sys.executable, here=str(tmp_path)))
    kubectl.chmod(0o755)
    monkeypatch.setenv("PATH", f"{kubectl.parent}{os.pathsep}{os.environ['PATH']}")
    (tmp_path / "rendered.yaml").write_text(RENDERED)
    folder = tmp_path / "digits" / kubernetes.OVERLAY
    folder.mkdir(parents=True)
    (folder / "kustomization.yaml").write_text("")
    return folder


@pytest.fixture
def says(tmp_path, overlay):
    """Have `kubectl get` say one thing after the other, the first before anything is applied."""

    def set_(*said):
        (tmp_path / "said.json").write_text(json.dumps(said))
        return tmp_path / "digits"

    return set_


def calls(tmp_path):
    return [json.loads(line) for line in (tmp_path / "calls").read_text().splitlines()]


def test_a_service_is_applied_and_waited_for(says, overlay, tmp_path):
    folder = says(
        {},
        told(seen=1),
        told(ready="False"),
        told(upgrade="True", pending="DEPLOYING"),
        told("DEPLOYING"),
        told(),
    )
    said = []
    assert kubernetes.deploy(folder, said.append) == ["digits"]
    assert said == [
        "rayservice.ray.io/digits configured",
        "digits: not seen by KubeRay yet",
        "digits: NonZeroServeEndpoints",
        "digits: starting beside the last version",
        "digits: digits is DEPLOYING",
    ]
    made = calls(tmp_path)
    assert made[0] == ["kustomize", str(overlay)]
    assert made[1] == ["get", "rayservice", "digits", "-n", "digits", "-o", "json", "--ignore-not-found"]
    assert made[2] == ["apply", "-k", str(overlay)]


def test_a_version_that_fails_is_taken_back(says, tmp_path):
    folder = says(told(), told(upgrade="True", pending="DEPLOY_FAILED", message="no module"))
    with pytest.raises(ServiceError, match="no module") as failed:
        kubernetes.deploy(folder, lambda _: None)
    assert failed.value.code == "KN706"
    assert "the version of before was applied again" in failed.value.message
    assert (tmp_path / "applied").read_text() == '{"the": "last"}'


def test_a_first_version_that_fails_leaves_nothing_to_go_back_to(says, tmp_path):
    folder = says({}, told("DEPLOY_FAILED", message="no module"))
    with pytest.raises(ServiceError, match="there is none to go back to"):
        kubernetes.deploy(folder, lambda _: None)
    assert not (tmp_path / "applied").exists()


def test_a_version_that_takes_too_long_is_taken_back(says, tmp_path):
    folder = says(told(), told(ready="False"))
    with pytest.raises(ServiceError, match="after 0 s it was"):
        kubernetes.deploy(folder, lambda _: None, timeout=0)
    assert (tmp_path / "applied").exists()


def test_who_does_not_wait_only_applies(says, tmp_path):
    folder = says(told(), told(ready="False"))
    assert kubernetes.deploy(folder, lambda _: None, timeout=None) == ["digits"]
    assert calls(tmp_path)[-1][0] == "apply"


@pytest.mark.parametrize(("code", "diff"), [(0, ""), (1, "-  a\n+  b\n")])
def test_differences_are_those_of_kubectl(overlay, tmp_path, code, diff):
    (tmp_path / "diff").write_text(diff)
    (tmp_path / "code").write_text(str(code))
    assert kubernetes.compare(tmp_path / "digits") == diff
    assert calls(tmp_path) == [["diff", "-k", str(overlay)]]


def test_an_error_of_kubectl_is_told(overlay, tmp_path):
    (tmp_path / "diff").write_text("")
    (tmp_path / "code").write_text("2")
    with pytest.raises(ServiceError, match="kubectl diff failed") as failed:
        kubernetes.compare(tmp_path / "digits")
    assert failed.value.code == "KN706"


def test_without_kubectl_it_is_told_what_to_run(overlay, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ServiceError) as failed:
        kubernetes.compare(tmp_path / "digits")
    assert failed.value.code == "KN706"
    assert f"kubectl apply -k {overlay}" in failed.value.remedy


def test_a_folder_without_manifests_is_refused(tmp_path):
    with pytest.raises(ServiceError) as refused:
        kubernetes.compare(tmp_path)
    assert refused.value.code == "KN705"
