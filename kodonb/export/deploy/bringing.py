"""How code gets to the replicas: a copy that no later export changes."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from ray.experimental import internal_kv

from kodonb.export.deploy.cluster import Cluster
from kodonb.export.deploy.record import Version
from kodonb.export.deploy.source import Source
from kodonb.model.errors import ServiceError
from kodonb.model.units import size
from kodonb.serve.replica.parcel import packed, unpacked
from kodonb.serve.replica.replica import PARCELS

LARGEST: Final = size("64MiB")
"""Bytes that the code of a service may have when it is brought to a cluster elsewhere."""

_KEPT: Final = 30 * 86400.0  # seconds that a copy stays which no deployment needs: runs may be retried


def bring(cluster: Cluster, source: Source) -> None:
    """Copy the code of a service to where replicas find it.

    Raises:
        ServiceError: It is too large (KN706).
    """
    body = packed(source.files)
    os.utime(unpacked(body, _copy(cluster, source.code)))
    if cluster.local:
        return
    if len(body) > LARGEST:
        raise ServiceError(
            f"the code and data of {source.name} have {len(body) >> 20} MiB; a cluster takes {LARGEST >> 20} MiB",
            code="KN706",
            where=str(source.folder),
            remedy="put them into an image, see the Dockerfile of the export, and deploy that",
        )
    internal_kv._internal_kv_put(source.code, body, namespace=PARCELS)  # noqa: SLF001 - Ray names it so


def brought(cluster: Cluster, version: Version) -> tuple[Path, str]:
    """Return the folder with the code of a version, on this machine, and the cluster's name of it.

    Raises:
        ServiceError: The code is not there any more (KN706).
    """
    if not version.code:
        return Path(version.path), ""
    folder = _copy(cluster, version.code)
    if not folder.is_dir():
        unpacked(_fetch(version.code), folder)
    return folder, "" if cluster.local else version.code


def _fetch(code: str) -> bytes:
    body: bytes | None = internal_kv._internal_kv_get(code, namespace=PARCELS)  # noqa: SLF001 - Ray names it so
    if body is None:
        raise ServiceError(
            f"the code of version {code} is gone", code="KN706", remedy="deploy from its folder again"
        )
    return body


def tidy(cluster: Cluster, needed: Iterable[Version]) -> None:
    """Remove copies that no deployment needs: from the cluster at once, from this machine after a month."""
    codes = {version.code for version in needed}
    if not cluster.local:
        for name in internal_kv._internal_kv_list("", namespace=PARCELS):  # noqa: SLF001 - Ray names it so
            if name.decode() not in codes:
                internal_kv._internal_kv_del(name, namespace=PARCELS)  # noqa: SLF001 - Ray names it so
    for folder in _copy(cluster, "").glob("*"):
        if folder.name not in codes and folder.stat().st_mtime < time.time() - _KEPT:
            shutil.rmtree(folder, ignore_errors=True)


def _copy(cluster: Cluster, code: str) -> Path:
    return cluster.settings.home / "services" / code
