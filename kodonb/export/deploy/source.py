"""What is deployed: a folder with a service in it."""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

from kodonb.model.errors import ServiceError

CONFIG: Final = "serve.yaml"
CODE: Final = "src"
_MADE: Final = frozenset({"__pycache__", ".pytest_cache", ".DS_Store"})  # what running leaves behind
_KEYS: Final = "KODONB_KEYS"
_ACCESS: Final = (_KEYS, "KODONB_NO_AUTH", "KODONB_OIDC_")


class Source(NamedTuple):
    """A service in a folder.

    Attributes:
        folder: The folder.
        name: What it is called.
        version: Its version.
        service: Where its Ray Serve application is, as ``package.replica:service``; without files of its own, where the
            ASGI application is.
        config: What `serve.yaml` says of the application.
        http: What `serve.yaml` says of HTTP.
        files: Its code: path below ``src`` -> content. None of a service that is imported from where it is.
    """

    folder: Path
    name: str
    version: str
    service: str
    config: Mapping[str, Any] = {}
    http: Mapping[str, Any] = {}
    files: Mapping[str, bytes] = {}

    @property
    def hashes(self) -> dict[str, str]:
        """SHA-256 of each file."""
        return {name: hashlib.sha256(body).hexdigest() for name, body in self.files.items()}

    @property
    def code(self) -> str:
        """Hash of all code; 16 hexadecimal digits."""
        return digest(self.hashes)

    @property
    def data(self) -> bool:
        """Whether there are data files in its code."""
        return any("/resources/" in name for name in self.files)

    @property
    def app(self) -> tuple[Path, str]:
        """Where its ASGI application is: folder to import from, and ``module:object``."""
        if not self.files:
            return self.folder, self.service
        return self.folder / CODE, f"{self.service.partition('.')[0]}.app:app"

    @property
    def flows(self) -> list[str]:
        """Names of the flows that an export offers; nothing of another service."""
        return [str(flow.get("name", "")) for flow in _provenance(self.folder).get("flows", ())]

    @property
    def changed(self) -> list[str]:
        """Files of an export that were changed by hand since."""
        told = _provenance(self.folder).get("files", {})
        now = {f"{CODE}/{name}": hash_ for name, hash_ in self.hashes.items()}
        return sorted(name for name, hash_ in now.items() if told.get(name, hash_) != hash_)


def read(folder: Path) -> Source:
    """Read a service's folder; nothing of it is executed.

    Raises:
        ServiceError: There is no service in it (KN705).
    """
    told, project = _config(folder), _project(folder)
    config = _application(folder, told)
    service = str(config.get("import_path") or _found(folder))
    return Source(
        folder=folder.resolve(),
        name=str(project.get("name") or config.get("name") or service.partition(".")[0]),
        version=str(project.get("version") or "0"),
        service=service,
        config=config,
        http=told.get("http_options") or {},
        files=dict(sorted(_files(folder / CODE))),
    )


def loose(module: str, name: str, folder: Path) -> Source:
    """Return an ASGI application as a service, to be imported from where it is.

    Args:
        module: Its module.
        name: Its name there.
        folder: Folder to import that from.
    """
    called = module.rpartition(".")[2].replace("_", "-")
    return Source(folder=folder.resolve(), name=called, version="0", service=f"{module}:{name}")


def access() -> dict[str, str]:
    """Return what this process's environment says of who may use a service."""
    found = {name: value for name, value in os.environ.items() if name.startswith(_ACCESS) and value}
    if _KEYS in found:
        found[_KEYS] = str(Path(found[_KEYS]).expanduser().absolute())  # replicas have another folder
    return found


def digest(value: object) -> str:
    """Return a hash of a JSON value; 16 hexadecimal digits."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


def _found(folder: Path) -> str:
    packages = sorted(path.parent.name for path in (folder / CODE).glob("*/replica.py"))
    if len(packages) != 1:
        raise _no_service(folder, f"there is no {CODE}/<package>/replica.py in it")
    return f"{packages[0]}.replica:service"


def _config(folder: Path) -> Mapping[str, Any]:
    path = folder / CONFIG
    if not path.is_file():
        return {}
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise _no_service(folder, f"{CONFIG} cannot be read: {error}") from error
    if not isinstance(found, dict):
        raise _no_service(folder, f"{CONFIG} is no config of Ray Serve")
    return found


def _application(folder: Path, config: Mapping[str, Any]) -> Mapping[str, Any]:
    found = config.get("applications") or ([] if config else [{}])
    if len(found) != 1 or not isinstance(found[0], dict):
        raise _no_service(folder, f"{CONFIG} does not describe one application")
    told: Mapping[str, Any] = found[0]
    return told


def _provenance(folder: Path) -> Mapping[str, Any]:
    try:
        found: Mapping[str, Any] = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def _project(folder: Path) -> Mapping[str, Any]:
    try:
        found: Mapping[str, Any] = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise _no_service(folder, f"pyproject.toml cannot be read: {error}") from error
    return dict(found.get("project", {}))


def _files(top: Path) -> list[tuple[str, bytes]]:
    return [
        (path.relative_to(top).as_posix(), path.read_bytes())
        for path in top.rglob("*")
        if path.is_file() and not _MADE & set(path.parts) and path.suffix != ".pyc"
    ]


def _no_service(folder: Path, why: str) -> ServiceError:
    return ServiceError(
        f"{folder} is no service: {why}",
        code="KN705",
        where=str(folder),
        remedy="name a folder that kodonb export has made",
    )
