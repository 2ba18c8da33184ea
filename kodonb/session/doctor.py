"""Checks the set-up of a machine and of an instance; starts nothing."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from importlib import metadata, util
from pathlib import Path
from typing import Final

import msgspec

from kodonb.events.schema import VERSION
from kodonb.events.sql import SqlLog
from kodonb.model.errors import KodonbError
from kodonb.model.settings import Settings, settings

_LOGIN: Final = r"//[^@/]*@"  # user and password in a URL
_LEAST_DISK: Final = 1 << 30
_LEAST_SHARED: Final = 256 << 20
_PACKAGES: Final = ("kodonb", "msgspec", "pydantic", "sqlalchemy", "pandas", "pyzmq")
_NOTEBOOK: Final = ("ipython", "ipykernel", "jupyterlab")


class Check(msgspec.Struct, frozen=True):
    """What one look at the set-up found.

    Attributes:
        name: What was looked at.
        ok: Whether nothing has to be done.
        detail: What was found.
        remedy: What to do if not `ok`; a suggestion otherwise, or empty.
    """

    name: str
    ok: bool
    detail: str
    remedy: str = ""


def examine(told: Settings | None = None) -> list[Check]:
    """Make all checks.

    Args:
        told: Settings of the instance; those of the environment by default.

    Returns:
        What was found, in a fixed order; with settings that cannot be read, only what needs none.
    """
    found = [python(), packages(), ray(), notebook(), shared_memory()]
    try:
        told = told or settings()
    except KodonbError as error:
        return [*found, Check("settings", False, error.message, error.remedy or "")]
    looks: tuple[Callable[[Settings], Check], ...] = (home, store, disk, instance)
    return [*found, *(look(told) for look in looks)]


def python() -> Check:
    """Check the version of Python."""
    ok = sys.version_info >= (3, 11)
    return Check("Python", ok, f"{platform.python_version()} ({sys.executable})", "use Python 3.11 or newer")


def packages() -> Check:
    """Check that everything that is needed is installed."""
    return _installed("packages", _PACKAGES, "install kodonb again: pip install --force-reinstall kodonb")


def notebook() -> Check:
    """Tell the versions of the notebook's parts; none of them is needed outside of a notebook."""
    return msgspec.structs.replace(_installed("notebook", _NOTEBOOK, "pip install 'kodonb[lab]'"), ok=True)


def _installed(name: str, wanted: tuple[str, ...], remedy: str) -> Check:
    versions = {package: _version(package) for package in wanted}
    told = ", ".join(f"{package} {version or 'is missing'}" for package, version in versions.items())
    return Check(name, all(versions.values()), told, remedy)


def ray() -> Check:
    """Check that Ray is installed, without loading it."""
    version = _version("ray")
    found = version is not None and util.find_spec("ray") is not None
    return Check("Ray", found, version or "is missing", "pip install 'ray[default]'")


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def home(told: Settings) -> Check:
    """Check that the instance's folder can be written."""
    try:
        told.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=told.home, prefix=".doctor-"):
            pass
    except OSError as error:
        return Check(
            "folder", False, f"{told.home}: {error.strerror}", "correct its permissions, or set KODONB_HOME"
        )
    return Check("folder", True, str(told.home))


def store(told: Settings) -> Check:
    """Check that the event log opens."""
    try:
        log = SqlLog(told.store, patience=2.0)
        log.close()
    except KodonbError as error:
        return Check("store", False, f"{error.code}: {error.message}", error.remedy or "")
    return Check("store", True, f"{re.sub(_LOGIN, '//***@', told.store)}, schema {VERSION}")


def disk(told: Settings) -> Check:
    """Check that there is room for events."""
    return _room(
        "disk", _existing(told.home), _LEAST_DISK, "free some space, or set KODONB_HOME to another disk"
    )


def shared_memory() -> Check:
    """Check the room that Ray has for objects."""
    place = Path("/dev/shm")  # noqa: S108 - Linux's shared memory, of which Ray's object store is made
    if not place.is_dir():
        return Check("shared memory", True, f"this system has no {place}")
    return _room("shared memory", place, _LEAST_SHARED, "give it more room, e.g. docker run --shm-size=2g")


def _room(name: str, place: Path, least: int, remedy: str) -> Check:
    try:
        free = shutil.disk_usage(place).free
    except OSError as error:
        return Check(name, False, f"{place}: {error.strerror}", remedy)
    return Check(name, free >= least, f"{free / (1 << 30):.1f} GiB free at {place}", remedy)


def _existing(place: Path) -> Path:
    return next((folder for folder in (place, *place.parents) if folder.exists()), Path(os.sep))


def instance(told: Settings) -> Check:
    """Tell whether the local instance is up; one that is not is started by the first run."""
    if told.session != "ray":
        return Check("instance", True, f"none is needed by the {told.session} session")
    from kodonb.session.ray.instance import Instance  # noqa: PLC0415 - loads what only this session needs

    found = Instance(told).told()
    detail = "not running; the first run starts it" if found is None else f"running, process {found['pid']}"
    return Check("instance", True, detail)
