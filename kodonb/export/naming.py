"""How the objects of a service are called, and labelled."""

from __future__ import annotations

import hashlib
import re
from typing import Any, Final

from kodonb.export.service import Service

LONGEST: Final = 40
"""Letters of a name: KubeRay adds up to 16 to it, and Kubernetes allows 63."""

INSTANCE: Final = "app.kubernetes.io/instance"
"""The label by which the pods of a service are found. Not ``…/name``: that one is KubeRay's, on pods."""

COMPONENT: Final = "app.kubernetes.io/component"
"""The label that tells the pods of a service apart."""


def name_of(service: Service) -> str:
    """Return the DNS label that the names of all objects of a service begin with."""
    label = re.sub(r"[^a-z0-9]+", "-", service.package.lower()).strip("-")
    label = label if label[:1].isalpha() else f"service-{label}".rstrip("-")
    if len(label) <= LONGEST:
        return label
    mark = hashlib.sha256(service.package.encode()).hexdigest()[:7]
    return f"{label[: LONGEST - 8].rstrip('-')}-{mark}"


def tag_of(service: Service) -> str:
    """Return the version as tags of images and values of labels may spell it."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", service.version)[:63].strip("._-") or "0"


def metadata(service: Service, part: str = "") -> dict[str, Any]:
    """Return name and labels of an object.

    Args:
        service: The service.
        part: What is added to its name.
    """
    name = name_of(service)
    return {
        "name": f"{name}-{part}" if part else name,
        "labels": {
            "app.kubernetes.io/name": name,
            INSTANCE: name,
            "app.kubernetes.io/version": tag_of(service),
            "app.kubernetes.io/managed-by": "kodonb",
        },
    }


def selector(service: Service, component: str = "") -> dict[str, Any]:
    """Return what finds the pods of a service, or those of one component."""
    which = {COMPONENT: component} if component else {}
    return {"matchLabels": {INSTANCE: name_of(service), **which}}
