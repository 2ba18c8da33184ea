from __future__ import annotations

import pytest
import yaml

from kodonb.batch.lint.rules.secrets import known, named
from kodonb.export.targets.k8s import TARGET
from tests.export.kubernetes import build, cluster, containers, rayservice, templates
from tests.export.made import GIB, flow, service, write

SERVICE = service(flow(), flow("train", num_gpus=1, memory=20 * GIB))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The folder of an export."""
    return write(TARGET.files(SERVICE), tmp_path_factory.mktemp("export")) / "k8s"


@pytest.fixture(scope="module")
def base(folder):
    """What kubectl makes of the base."""
    return build(folder / "base")


@pytest.fixture(scope="module")
def production(folder):
    """What kubectl makes of the overlay for production."""
    return build(folder / "overlays/production")


def test_no_container_is_root_or_can_become_it(base):
    for template in templates(base):
        pod = template["spec"]["securityContext"]
        assert pod["runAsNonRoot"] is True
        assert pod["runAsUser"] == pod["runAsGroup"] == 1000
        assert pod["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in (*containers(base), cluster(base)["autoscalerOptions"]):
        context = container["securityContext"]
        assert context["runAsNonRoot"] is True
        assert context["allowPrivilegeEscalation"] is False
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert "privileged" not in context


def test_no_container_can_write_but_where_something_is_mounted(base):
    for container in (*containers(base), cluster(base)["autoscalerOptions"]):
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert "/tmp" in {mount["mountPath"] for mount in container["volumeMounts"]}


def test_the_namespace_lets_no_other_pods_in(production):
    namespace = next(thing for thing in production if thing["kind"] == "Namespace")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert {thing["metadata"]["namespace"] for thing in production if thing["kind"] != "Namespace"} == {
        namespace["metadata"]["name"]
    }


def test_only_the_autoscaler_has_a_token_of_kubernetes(base):
    assert all(
        thing["automountServiceAccountToken"] is False for thing in base if thing["kind"] == "ServiceAccount"
    )
    for template in templates(base):
        assert template["spec"]["automountServiceAccountToken"] is False
    tokens = {
        volume["name"]
        for template in templates(base)
        for volume in template["spec"]["volumes"]
        if any("serviceAccountToken" in source for source in volume.get("projected", {}).get("sources", ()))
    }
    assert tokens == {"kubernetes"}
    assert not tokens & {mount["name"] for each in containers(base) for mount in each["volumeMounts"]}
    mounts = cluster(base)["autoscalerOptions"]["volumeMounts"]
    assert tokens < {mount["name"] for mount in mounts}


def test_accounts_that_pods_name_are_there(base):
    accounts = {thing["metadata"]["name"] for thing in base if thing["kind"] == "ServiceAccount"}
    assert {template["spec"]["serviceAccountName"] for template in templates(base)} == accounts


def test_volumes_that_are_mounted_are_there(base):
    for template in templates(base):
        volumes = {volume["name"] for volume in template["spec"]["volumes"]}
        for container in template["spec"]["containers"]:
            assert {mount["name"] for mount in container["volumeMounts"]} <= volumes
    head = {volume["name"] for volume in cluster(base)["headGroupSpec"]["template"]["spec"]["volumes"]}
    assert {mount["name"] for mount in cluster(base)["autoscalerOptions"]["volumeMounts"]} <= head


def test_no_file_holds_a_secret(folder):
    for path in folder.parent.rglob("*"):
        if path.is_file():
            assert [*known(path.read_text()), *named(path.read_text())] == [], path
    assert not [thing for thing in build(folder / "overlays/production") if thing["kind"] == "Secret"]


def test_a_pod_does_not_start_without_a_store(base):
    for container in containers(base):
        store = next(each for each in container["env"] if each["name"] == "KODONB_STORE")
        reference = store["valueFrom"]["secretKeyRef"]
        assert not reference.get("optional")
        assert container["envFrom"][1]["secretRef"]["name"] == reference["name"]


def test_git_ignores_what_becomes_secret(folder):
    assert (folder / ".gitignore").read_text().split() == ["keys.json", "secrets.env"]
    assert "KODONB_STORE=\n" in (folder / "secrets.example.env").read_text()


# The network


def test_pods_are_closed_but_for_what_is_allowed(base):
    closed = next(thing for thing in _policies(base) if thing["metadata"]["name"].endswith("-closed"))
    assert closed["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in closed["spec"] and "egress" not in closed["spec"]
    for template in templates(base):
        chosen = closed["spec"]["podSelector"]["matchLabels"]
        assert chosen.items() <= template["metadata"]["labels"].items()


@pytest.mark.parametrize(
    ("role", "way", "port", "open_"),
    [
        ("worker", "ingress", 8000, True),
        ("head", "ingress", 8265, True),
        ("worker", "ingress", 8265, False),
        ("head", "egress", 6443, True),
        ("worker", "egress", 6443, False),
        ("worker", "egress", 5432, True),
        ("worker", "egress", 53, True),
        ("worker", "egress", 443, False),
        ("worker", "egress", 25, False),
    ],
)
def test_a_port_is_open_to_others_only_where_it_has_to_be(role, way, port, open_):
    things = list(yaml.safe_load_all(TARGET.files(SERVICE)["k8s/base/network.yaml"]))
    assert (port in set(_ports(things, role, way))) is open_


def test_flows_reach_the_internet_by_https_only_and_nothing_private(production):
    rule = next(thing for thing in _policies(production) if thing["metadata"]["name"].endswith("-internet"))[
        "spec"
    ]
    assert [each["port"] for each in rule["egress"][0]["ports"]] == [443]
    blocks = [each["ipBlock"] for each in rule["egress"][0]["to"]]
    assert {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"} <= set(blocks[0]["except"])
    assert rule["policyTypes"] == ["Egress"]


def test_requests_go_only_to_pods_whose_proxy_answers(base):
    assert rayservice(base)["spec"]["excludeHeadPodFromServeSvc"] is True
    for group in cluster(base)["workerGroupSpecs"]:
        probe = group["template"]["spec"]["containers"][0]["readinessProbe"]["httpGet"]
        assert probe == {"path": "/-/healthz", "port": 8000}


def test_probes_need_no_program_in_the_image(base):
    for container in containers(base):
        assert "httpGet" in container["livenessProbe"] and "httpGet" in container["readinessProbe"]


def _policies(things):
    return [thing for thing in things if thing["kind"] == "NetworkPolicy"]


def _ports(things, role, way):
    """Yield the ports that are open to others than the pods of the service."""
    for policy in _policies(things):
        chosen = policy["spec"]["podSelector"]["matchLabels"]
        if chosen.get("app.kubernetes.io/component", role) == role:
            for rule in policy["spec"].get(way, ()):
                yield from (each["port"] for each in rule.get("ports", ()))
