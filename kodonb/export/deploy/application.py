"""A version of a service as an application that Ray Serve takes."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError
from ray.serve.schema import DeploymentSchema

from kodonb.export.deploy.record import Version
from kodonb.model.errors import ServiceError
from kodonb.serve.replica.replica import Replica, on_serve

if TYPE_CHECKING:
    from ray.serve import Application

_ELSEWHERE: Final = ("working_dir", "py_modules")  # the code is brought by us


def application(version: Version, path: Path, parcel: str) -> Application:
    """Return a version as an application.

    Args:
        version: The version.
        path: Folder with its code, on this machine.
        parcel: Name under which the cluster keeps the code; empty where every replica finds the folder.

    Raises:
        ServiceError: It cannot be imported, or is not made by `on_serve` (KN706).
    """
    found = _deployment(version, path)
    told = {**found.init_kwargs, "path": str(path), "parcel": parcel, "env": version.env}
    made: Application = _with_options(found, version.options).bind(*found.init_args, **told)
    # Serve would take a new random version each time, and replace replicas that are what they should be.
    made._bound_deployment._version = version.replica  # noqa: SLF001 - Serve sets it nowhere else
    return made


def checked(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of the deployment that a config of Ray Serve gives, checked by Serve's own schema.

    Args:
        config: What `serve.yaml` says of the application.

    Raises:
        ServiceError: Serve would not take them (KN705).
    """
    deployments = config.get("deployments") or [{}]
    if len(deployments) > 1:
        raise _bad_options("there is more than one deployment")
    try:
        schema = DeploymentSchema.model_validate({"name": "service", **deployments[0]})
    except ValidationError as error:
        raise _bad_options(error) from error
    given: dict[str, Any] = schema.model_dump(mode="json", exclude_unset=True, exclude={"name"})
    environment = {
        name: value for name, value in (config.get("runtime_env") or {}).items()
        if name not in {*_ELSEWHERE, "env_vars"}
    }  # fmt: skip
    if environment:
        given.setdefault("ray_actor_options", {}).setdefault("runtime_env", environment)
    return given


def environment(config: Mapping[str, Any]) -> dict[str, str]:
    """Return the environment variables that a config gives the replicas.

    They are set in the process itself: a runtime environment of Ray's would cost each replica a cold start.
    """
    found: dict[str, str] = (config.get("runtime_env") or {}).get("env_vars") or {}
    return {name: str(value) for name, value in found.items()}


def _with_options(deployment: Any, given: Mapping[str, Any]) -> Any:
    names = inspect.signature(deployment.options).parameters
    # A number of replicas and autoscaling exclude each other; one that is left out is no number.
    told = {name: value for name, value in given.items() if name != "num_replicas" or value is not None}
    try:
        made = deployment.options(**{name: value for name, value in told.items() if name in names})
        for name in told.keys() - names:
            setattr(made._deployment_config, name, told[name])  # noqa: SLF001 - `options` does not know all of them
    except (TypeError, ValueError) as error:
        raise _bad_options(error) from error
    return made


def _deployment(version: Version, path: Path) -> Any:
    """Return what is deployed, as its code declares it."""
    made = on_serve(version.service) if version.path else _imported(version.service, path)
    return getattr(made, "_bound_deployment", None)


def _imported(service: str, path: Path) -> Any:
    """Import a service from a folder."""
    module, _, name = service.partition(":")
    try:
        with _importing(path, module.partition(".")[0]):
            found = getattr(importlib.import_module(module), name)
    except Exception as error:
        raise ServiceError(
            f"{service} cannot be imported: {type(error).__name__}: {error}",
            code="KN706",
            where=str(path / f"{module.replace('.', '/')}.py"),
            remedy="mend it, or export the service again",
        ) from error
    kind = getattr(getattr(found, "_bound_deployment", None), "func_or_class", None)
    if not (isinstance(kind, type) and issubclass(kind, Replica)):
        raise ServiceError(
            f"{service} is not made by kodonb.serve.replica.on_serve",
            code="KN706",
            where=service,
            remedy='write: service = on_serve("package.app:app")',
        )
    return found


@contextmanager
def _importing(path: Path, package: str) -> Iterator[None]:
    """Import a package from a folder, whatever of that name was imported before; leave no trace of it."""
    before = {name: sys.modules.pop(name) for name in list(sys.modules) if _within(name, package)}
    sys.path.insert(0, str(path))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(str(path))
        for name in [name for name in sys.modules if _within(name, package)]:
            del sys.modules[name]
        sys.modules.update(before)


def _within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def _bad_options(why: object) -> ServiceError:
    return ServiceError(
        f"Ray Serve does not take the options of the service: {why}",
        code="KN705",
        where="serve.yaml",
        remedy="see the options of deployments in the documentation of Ray Serve",
    )
