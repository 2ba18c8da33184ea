"""What a cluster knows of the deployments on it; it lives as long as the cluster."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import msgspec
from ray.experimental import internal_kv

_SPACE: Final = "kodonb-deployments"
_PREVIOUS: Final = 5  # versions that are remembered


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """A service as it was deployed once.

    Attributes:
        label: What its project calls the version.
        code: Hash of its code.
        service: Where its Ray Serve application is; with a path, where the ASGI application is.
        path: Folder from which replicas import it, if the code was not brought to them.
        route: Prefix of its paths.
        options: Options of the deployment that its config or the command line gave.
        env: Environment variables of its replicas.
        files: Its code: path -> SHA-256.
        replica: What a replica is made of; replicas of another one are replaced.
        at: When it was deployed.
        by: Who did.
    """

    label: str
    code: str
    service: str
    path: str = ""
    route: str
    options: dict[str, Any]
    env: dict[str, str]
    files: dict[str, str]
    replica: str
    at: datetime
    by: str

    @property
    def full(self) -> str:
        """Version and code, for people."""
        return f"{self.label} ({self.code[:8]})" if self.code else self.label


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a deployment.

    Attributes:
        name: Its name.
        current: The version that serves.
        previous: Those before, the last one first.
        next: The one that is being deployed, if any.
    """

    name: str
    current: Version | None = None
    previous: tuple[Version, ...] = ()
    next: Version | None = None

    def begun(self, version: Version) -> Record:
        """Return this with a version that is being deployed."""
        return msgspec.structs.replace(self, next=version)

    def done(self, version: Version) -> Record:
        """Return this with a version that serves now."""
        before = (self.current,) if self.current and self.current.replica != version.replica else ()
        previous = (*before, *self.previous)[:_PREVIOUS]
        return Record(name=self.name, current=version, previous=previous)

    def failed(self) -> Record:
        """Return this without the version that was being deployed."""
        return msgspec.structs.replace(self, next=None)

    @property
    def versions(self) -> tuple[Version, ...]:
        """All versions, whatever became of them."""
        return tuple(each for each in (self.current, self.next, *self.previous) if each is not None)


def keep(record: Record) -> None:
    """Keep what is known of a deployment."""
    internal_kv._internal_kv_put(record.name, msgspec.json.encode(record), namespace=_SPACE)  # noqa: SLF001 - Ray names them so


def known(name: str) -> Record | None:
    """Return what is known of a deployment."""
    found: bytes | None = internal_kv._internal_kv_get(name, namespace=_SPACE)  # noqa: SLF001 - Ray names them so
    return None if found is None else msgspec.json.decode(found, type=Record)


def forget(name: str) -> None:
    """Forget a deployment."""
    internal_kv._internal_kv_del(name, namespace=_SPACE)  # noqa: SLF001 - Ray names them so


def all_known() -> list[Record]:
    """Return what is known of all deployments, by name."""
    names = internal_kv._internal_kv_list("", namespace=_SPACE)  # noqa: SLF001 - Ray names them so
    found = (known(name.decode()) for name in sorted(names))
    return [record for record in found if record is not None]
