"""``image``: the service with what builds a container of it."""

from __future__ import annotations

from typing import Final

from kodonb.export import pinning
from kodonb.export.filling import fill
from kodonb.export.manifests.pods import HOME, USER
from kodonb.export.naming import name_of, tag_of
from kodonb.export.service import Files, Service
from kodonb.export.targets.module import constraints
from kodonb.export.targets.serve import TARGET as SERVE
from kodonb.export.targets.serving import PORT

UV: Final = "0.13.9"
"""The uv that installs what the service requires."""


STORE: Final = "kodonb[postgres]"
"""What an image requires besides: pods come and go, so their events are kept in PostgreSQL."""


class ImageTarget:
    """Writes a Dockerfile, and what keeps everything else out of the image."""

    name = "image"
    summary = "the service, and the Dockerfile of a container of it"

    def files(self, service: Service) -> Files:
        """Return the service and the files of its image."""
        pinned = dict(sorted({**pinning.closure([STORE]), **service.constraints}.items()))
        return {
            **SERVE.files(service),
            "constraints.txt": constraints(service._replace(constraints=pinned)),
            "Dockerfile": _dockerfile(service),
            ".dockerignore": fill("dockerignore"),
            "wheels/README.md": fill("wheels.md"),
        }


def _dockerfile(service: Service) -> str:
    return fill(
        "Dockerfile",
        home=HOME,
        label=name_of(service),
        package=service.package,
        port=PORT,
        python=service.slice.module.python,
        store=STORE,
        tag=tag_of(service),
        title=_quoted(" ".join(service.title.split())),
        user=USER,
        uv=UV,
        version=_quoted(service.version),
    )


def _quoted(text: str) -> str:
    """Spell text as it stands between the double quotes of a Dockerfile, where ``$`` and backslash mean something."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")


TARGET = ImageTarget()
"""What the entry point names."""
