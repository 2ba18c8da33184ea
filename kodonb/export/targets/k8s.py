"""``k8s``: the service, its image, and what runs it on Kubernetes with KubeRay."""

from __future__ import annotations

from kodonb.export.filling import fill
from kodonb.export.manifests.base import base
from kodonb.export.manifests.overlays import components, production
from kodonb.export.naming import name_of, tag_of
from kodonb.export.service import Files, Service
from kodonb.export.targets.image import TARGET as IMAGE
from kodonb.export.targets.serving import PORT


class KubernetesTarget:
    """Writes a kustomization: a base, an overlay for production, and components that overlays may take."""

    name = "k8s"
    summary = "everything, with what runs it on Kubernetes"

    def files(self, service: Service) -> Files:
        """Return the service, the files of its image, and the kustomization."""
        named = {"label": name_of(service), "port": PORT, "tag": tag_of(service)}
        return {
            **IMAGE.files(service),
            "k8s/README.md": fill("k8s.md", title=" ".join(service.title.split()), **named),
            "k8s/.gitignore": "keys.json\nsecrets.env\n",
            "k8s/secrets.example.env": fill("secrets.env", **named),
            **{f"k8s/base/{path}": text for path, text in base(service).items()},
            **{f"k8s/components/{path}": text for path, text in components(service).items()},
            **{f"k8s/overlays/production/{path}": text for path, text in production(service).items()},
        }


TARGET = KubernetesTarget()
"""What the entry point names."""
