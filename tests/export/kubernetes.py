"""What Kubernetes and KubeRay accept, and what kubectl makes of a kustomization; nothing here needs a cluster.

KubeRay's custom resource definition is in no package, so the fields of a RayService are written down here as its API
reference for 1.7.0 lists them (`docs/reference/api.md` of KubeRay). Whatever is a type of Kubernetes in it is checked
against Kubernetes' own schema. Fields that nobody knows are refused everywhere.
"""

from __future__ import annotations

import functools
import subprocess
import sys
from pathlib import Path

import jsonschema
import kubernetes_validate
import yaml
from kubernetes_validate.utils import schema_contents
from referencing import Registry, Resource

VERSION = "1.37"
_DEFINITIONS = f"kubernetes-json-schema/v{VERSION}.0-local-strict/_definitions.json"
_AT = "https://kubernetes.io/api/_definitions.json#/$defs/io.k8s."


def build(folder):
    """Return what kubectl makes of a kustomization."""
    kubectl = Path(sys.executable).with_name("kubectl")
    done = subprocess.run([kubectl, "kustomize", folder], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not done.stderr, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def check(thing):
    """Refuse an object that Kubernetes with KubeRay would not accept, or of which it would drop a part."""
    if thing["kind"] == "RayService":
        _rayservices().validate(thing)
    else:
        kubernetes_validate.validate(thing, VERSION, strict=True)


def rayservice(things):
    """Return the RayService among things."""
    return next(thing for thing in things if thing["kind"] == "RayService")


def cluster(things):
    """Return the cluster of the RayService among things."""
    return rayservice(things)["spec"]["rayClusterConfig"]


def templates(things):
    """Return the templates of all pods of the cluster, that of the head first."""
    config = cluster(things)
    return [config["headGroupSpec"]["template"], *(group["template"] for group in config["workerGroupSpecs"])]


def containers(things):
    """Return the containers in all of them."""
    return [container for template in templates(things) for container in template["spec"]["containers"]]


def _record(required=(), **fields):
    return {"type": "object", "properties": fields, "required": list(required), "additionalProperties": False}


def _native(name):
    return {"$ref": _AT + name}


def _list(of):
    return {"type": "array", "items": of}


def _one(*values):
    return {"type": "string", "enum": list(values)}


TEXT = {"type": "string"}
TEXTS = {"type": "object", "additionalProperties": TEXT}
FLAG = {"type": "boolean"}
NUMBER = {"type": "integer", "minimum": 0, "maximum": 2**31 - 1}

_AUTOSCALER = _record(
    args=_list(TEXT),
    command=_list(TEXT),
    env=_list(_native("api.core.v1.EnvVar")),
    envFrom=_list(_native("api.core.v1.EnvFromSource")),
    idleTimeoutSeconds=NUMBER,
    image=TEXT,
    imagePullPolicy=_one("Always", "IfNotPresent", "Never"),
    resources=_native("api.core.v1.ResourceRequirements"),
    securityContext=_native("api.core.v1.SecurityContext"),
    upscalingMode=_one("Default", "Aggressive", "Conservative"),
    version=_one("v1", "v2"),
    volumeMounts=_list(_native("api.core.v1.VolumeMount")),
)
_GROUP = {
    "labels": TEXTS,
    "rayStartParams": TEXTS,
    "resources": TEXTS,
    "template": _native("api.core.v1.PodTemplateSpec"),
}
_HEAD = _record(
    ["template"],
    enableIngress=FLAG,
    headService=_native("api.core.v1.Service"),
    serviceType=_one("ClusterIP", "NodePort", "LoadBalancer"),
    **_GROUP,
)
_WORKERS = _record(
    ["groupName", "template"],
    groupName=TEXT,
    idleTimeoutSeconds=NUMBER,
    maxReplicas=NUMBER,
    minReplicas=NUMBER,
    numOfHosts=NUMBER,
    priority=NUMBER,
    replicas=NUMBER,
    **_GROUP,
)
_CLUSTER = _record(
    ["headGroupSpec"],
    authOptions=_record(mode=_one("disabled", "token"), secretName=TEXT),
    autoscalerOptions=_AUTOSCALER,
    enableInTreeAutoscaling=FLAG,
    headGroupSpec=_HEAD,
    headServiceAnnotations=TEXTS,
    rayVersion=TEXT,
    suspend=FLAG,
    workerGroupSpecs=_list(_WORKERS),
)
_SPEC = _record(
    excludeHeadPodFromServeSvc=FLAG,
    rayClusterConfig=_CLUSTER,
    rayClusterDeletionDelaySeconds=NUMBER,
    serveConfigV2=TEXT,
    serveService=_native("api.core.v1.Service"),
    suspend=FLAG,
    upgradeStrategy=_record(type=_one("NewCluster", "NewClusterWithIncrementalUpgrade", "None")),
)
RAYSERVICE = _record(
    ["apiVersion", "kind", "metadata", "spec"],
    apiVersion=_one("ray.io/v1"),
    kind=_one("RayService"),
    metadata=_native("apimachinery.pkg.apis.meta.v1.ObjectMeta"),
    spec=_SPEC,
)


@functools.cache
def _rayservices():
    definitions = Resource.from_contents(schema_contents(_DEFINITIONS, VERSION))
    return jsonschema.Draft202012Validator(RAYSERVICE, registry=definitions @ Registry())
