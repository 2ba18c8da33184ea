"""Deploys services: on the local instance, on a Ray cluster elsewhere, on Kubernetes.

source, deployment ← cluster ← deploying → updating → rollout → application, rayserve, record, bringing, asking
kubernetes

Ray is loaded when a cluster is connected to, not before.
"""

from __future__ import annotations

from kodonb.export.deploy.deploying import Held, compare, deploy, deployments, held, undeploy
from kodonb.export.deploy.deployment import Deployed, Deployment, Wanted
from kodonb.export.deploy.source import Source, loose, read

__all__ = [
    "Deployed",
    "Deployment",
    "Held",
    "Source",
    "Wanted",
    "compare",
    "deploy",
    "deployments",
    "held",
    "loose",
    "read",
    "undeploy",
]
