from __future__ import annotations

import copy
import re

import jsonschema
import pytest
import yaml

from kodonb.export.targets.k8s import TARGET
from tests.export.kubernetes import build, check, cluster, containers, rayservice, templates
from tests.export.made import GIB, flow, service, write

PLAIN = service()
GPU = service(flow(), flow("train", num_gpus=1.5, num_cpus=6, memory=20 * GIB))
ODD = service(package="_3d__" + "very_long_name_" * 8 + "ﬂow", version="2.0-β+local.7")


@pytest.fixture(scope="module", params=[PLAIN, GPU, ODD], ids=["plain", "gpu", "odd"])
def made(request, tmp_path_factory):
    """A service, and the folder of its files."""
    return request.param, write(TARGET.files(request.param), tmp_path_factory.mktemp("export")) / "k8s"


@pytest.fixture(scope="module")
def base(made):
    """What kubectl makes of the base."""
    return build(made[1] / "base")


@pytest.fixture(scope="module")
def production(made):
    """What kubectl makes of the overlay for production."""
    return build(made[1] / "overlays/production")


# What is accepted


def test_kubernetes_and_kuberay_take_all_of_it(base, production):
    for thing in (*base, *production):
        check(thing)


def test_kubernetes_takes_each_file_as_it_is(made):
    for path in made[1].rglob("*.yaml"):
        for thing in yaml.safe_load_all(path.read_text()):
            if isinstance(thing, dict) and "kustomize" not in thing.get("apiVersion", "kustomize"):
                check(thing)


def test_components_can_be_taken_by_an_overlay(made):
    overlay = made[1] / "overlays/mine"
    overlay.mkdir(exist_ok=True)
    taken = {
        "resources": ["../../base"],
        "components": ["../../components/ingress", "../../components/internet"],
    }
    (overlay / "kustomization.yaml").write_text(yaml.safe_dump(taken))
    things = build(overlay)
    for thing in things:
        check(thing)
    ingress = next(thing for thing in things if thing["kind"] == "Ingress")
    backend = ingress["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
    assert backend == {
        "name": f"{rayservice(things)['metadata']['name']}-serve-svc",
        "port": {"number": 8000},
    }


@pytest.mark.parametrize(
    "path",
    [
        "spec/unknown",
        "spec/rayClusterConfig/unknown",
        "spec/rayClusterConfig/autoscalerOptions/unknown",
        "spec/rayClusterConfig/headGroupSpec/template/spec/unknown",
        "spec/rayClusterConfig/workerGroupSpecs/0/unknown",
        "spec/rayClusterConfig/workerGroupSpecs/0/template/spec/containers/0/securityContext/unknown",
    ],
)
def test_a_field_that_nobody_knows_would_be_refused(base, path):
    thing = copy.deepcopy(rayservice(base))
    at = thing
    *parents, last = path.split("/")
    for part in parents:
        at = at[int(part) if part.isdigit() else part]
    at[last] = 1
    with pytest.raises(jsonschema.ValidationError):
        check(thing)


# The service


def test_the_service_on_the_cluster_is_that_of_serve_yaml(made, base):
    served = rayservice(base)["spec"]["serveConfigV2"]
    assert yaml.safe_load(served) == yaml.safe_load((made[1].parent / "serve.yaml").read_text())


def test_production_differs_from_serve_yaml_in_the_number_of_replicas_only(made, production):
    scaled = yaml.safe_load(rayservice(production)["spec"]["serveConfigV2"])
    told = yaml.safe_load((made[1].parent / "serve.yaml").read_text())
    counts = {"min_replicas": 2, "max_replicas": 8}
    told["applications"][0]["deployments"][0]["autoscaling_config"] |= counts
    assert scaled == told


def test_ray_on_the_cluster_is_the_ray_that_ran(made, base):
    assert cluster(base)["rayVersion"] == made[0].constraints["ray"]


def test_ray_asks_for_a_token(base):
    assert cluster(base)["authOptions"] == {"mode": "token"}


def test_every_ray_pod_has_the_image_of_the_service(base, production):
    for things in (base, production):
        images = {container["image"] for container in containers(things)}
        assert len(images) == 1
        assert re.fullmatch(r"[a-z0-9-]+:[\w][\w.-]{0,127}", images.pop())


def test_an_overlay_says_where_the_image_is(made):
    folder = made[1] / "overlays/elsewhere"
    folder.mkdir(exist_ok=True)
    text = yaml.safe_load((made[1] / "overlays/production/kustomization.yaml").read_text())
    text["images"][0] |= {"newName": "registry.example.com/team/digits", "newTag": "7"}
    for name in ("namespace.yaml", "disruption.yaml", "scale.yaml"):
        (folder / name).write_bytes((made[1] / "overlays/production" / name).read_bytes())
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(text))
    assert {each["image"] for each in containers(build(folder))} == {"registry.example.com/team/digits:7"}


# Size


def test_a_flow_that_wants_gpus_gets_workers_with_gpus_when_it_runs():
    cluster = _cluster_of(GPU)
    group = next(each for each in cluster["workerGroupSpecs"] if each["groupName"] == "gpu-workers")
    limits = group["template"]["spec"]["containers"][0]["resources"]["limits"]
    assert limits["nvidia.com/gpu"] == "2"  # a container has whole ones
    assert int(limits["cpu"]) >= 6
    assert int(limits["memory"].removesuffix("Gi")) * 0.7 >= 20
    assert (group["minReplicas"], group["replicas"]) == (0, 0)
    assert group["template"]["spec"]["tolerations"][0]["key"] == "nvidia.com/gpu"


def test_flows_without_gpus_have_no_workers_with_gpus():
    assert [each["groupName"] for each in _cluster_of(PLAIN)["workerGroupSpecs"]] == ["workers"]


def test_a_large_flow_fits_into_a_worker():
    cluster = _cluster_of(service(flow("train", num_cpus=7.5, memory=40 * GIB)))
    limits = cluster["workerGroupSpecs"][0]["template"]["spec"]["containers"][0]["resources"]["limits"]
    assert int(limits["cpu"]) == 8
    assert int(limits["memory"].removesuffix("Gi")) * 0.7 >= 40


def test_nothing_that_wants_a_cpu_is_put_on_the_head(base):
    assert cluster(base)["headGroupSpec"]["rayStartParams"]["num-cpus"] == "0"


def test_replicas_take_no_cpu_from_steps(base, production):
    for things in (base, production):
        for group in cluster(things)["workerGroupSpecs"]:
            cpu = int(group["template"]["spec"]["containers"][0]["resources"]["limits"]["cpu"])
            assert int(group["rayStartParams"]["num-cpus"]) == cpu + 1


def test_workers_come_and_go_within_limits(base, production):
    assert cluster(base)["enableInTreeAutoscaling"] is True
    for things, limits in ((base, (1, 4)), (production, (2, 8))):
        group = cluster(things)["workerGroupSpecs"][0]
        assert (group["minReplicas"], group["maxReplicas"]) == limits
        assert group["replicas"] == group["minReplicas"]


def test_every_container_has_requests_and_limits(base):
    for container in (*containers(base), cluster(base)["autoscalerOptions"]):
        assert container["resources"]["requests"].keys() == container["resources"]["limits"].keys()
        assert container["resources"]["limits"].keys() >= {"cpu", "memory"}


def test_one_worker_stays_while_nodes_are_emptied(production):
    budget = next(thing for thing in production if thing["kind"] == "PodDisruptionBudget")
    # Kubernetes does not know how many pods a RayCluster wants, so it takes a number only, and no percentage.
    assert budget["spec"]["minAvailable"] == 1
    labels = cluster(production)["workerGroupSpecs"][0]["template"]["metadata"]["labels"]
    assert budget["spec"]["selector"]["matchLabels"].items() <= labels.items()


# A new version


def test_a_new_version_comes_up_beside_the_old_one(base):
    assert rayservice(base)["spec"]["upgradeStrategy"] == {"type": "NewCluster"}


@pytest.mark.parametrize(
    ("timeouts", "seconds"), [((7200.0, 60.0), 7260), ((5.0,), 65), ((30.0, None), 3600), ((None,), 3600)]
)
def test_the_old_version_stays_until_its_runs_have_had_their_time(timeouts, seconds):
    made = service(*(flow(f"f{number}", timeout) for number, timeout in enumerate(timeouts)))
    assert _spec_of(made)["rayClusterDeletionDelaySeconds"] == seconds


def test_a_changed_setting_begins_a_new_cluster(made, base, production):
    # RayService compares the names in its pods, so a name that says what the settings are is what changes.
    for things in (base, production):
        settings = next(thing for thing in things if thing["kind"] == "ConfigMap")
        assert {each["envFrom"][0]["configMapRef"]["name"] for each in containers(things)} == {
            settings["metadata"]["name"]
        }
    names = {
        thing["metadata"]["name"]
        for things in (base, production)
        for thing in things
        if thing["kind"] == "ConfigMap"
    }
    assert len(names) == 2


# Names


def test_names_are_such_as_kubernetes_and_kuberay_allow(base, production):
    for thing in (*base, *production):
        assert re.fullmatch(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?", thing["metadata"]["name"])
        for value in thing["metadata"]["labels"].values():
            assert re.fullmatch(r"[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?", value, re.ASCII)
    # KubeRay makes the names of clusters, pods and services from this one.
    assert len(rayservice(base)["metadata"]["name"]) <= 47


def test_long_names_that_begin_alike_stay_apart():
    first, second = (_spec_of(service(package="search_" * 9 + end)) for end in ("one", "two"))
    assert first["rayClusterConfig"]["headGroupSpec"] != second["rayClusterConfig"]["headGroupSpec"]


def test_a_pod_keeps_the_name_that_kuberay_finds_it_by(base):
    for template in templates(base):
        assert "app.kubernetes.io/name" not in template["metadata"]["labels"]
        assert not [key for key in template["metadata"]["labels"] if key.startswith("ray.io/")]


def test_all_files_are_equal_each_time():
    assert TARGET.files(GPU) == TARGET.files(GPU)


def _spec_of(made):
    return yaml.safe_load(TARGET.files(made)["k8s/base/rayservice.yaml"])["spec"]


def _cluster_of(made):
    return _spec_of(made)["rayClusterConfig"]
