"""``module``: the flows as a Python package, without HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from kodonb.export.filling import fill
from kodonb.export.service import Files, Service
from kodonb.model.errors import ServiceError
from kodonb.model.units import size

LARGEST = size("256MiB")
"""Bytes of data that may be copied into an export."""


class ModuleTarget:
    """Writes the package, with what it requires."""

    name = "module"
    summary = "the flows as a Python package"

    def files(self, service: Service) -> Files:
        """Return the package, its data and its requirements."""
        inside = f"src/{service.package}"
        return {
            "pyproject.toml": fill("pyproject.toml", service=service, serves=False),
            "constraints.txt": constraints(service),
            f"{inside}/__init__.py": fill("package.py", service=service),
            f"{inside}/flows.py": service.slice.module.source,
            **dict(_companions(service)),
            **_resources(service, inside),
        }


def constraints(service: Service) -> str:
    """Return the exact versions of all that the service requires, for ``pip install -c``."""
    return "".join(f"{name}=={version}\n" for name, version in service.constraints.items())


def _companions(service: Service) -> Iterator[tuple[str, str]]:
    """Yield the local modules that the flows import, under the names by which they do."""
    names = service.slice.module.companions
    for name, (path, text) in names.items():
        below = name.replace(".", "/")
        package = path.endswith("__init__.py")
        yield (f"src/{below}/__init__.py" if package else f"src/{below}.py"), text


def _resources(service: Service, inside: str) -> Files:
    """Return the data files, and the module that finds them."""
    data: Files = {f"{inside}/resources/{name}": body for name, body in data_files(service)}
    text = f'"""The data files of the flows."""\n\n{fill("resource.py", function="resource")}'
    return {f"{inside}/resources.py": text, **data} if data else {}


def data_files(service: Service) -> Iterator[tuple[str, bytes]]:
    """Yield the data files that the flows name, each with its name there and its content.

    Raises:
        ServiceError: They are too large to be part of a program (KN701).
    """
    taken = 0
    for name, path in _each(service):
        taken += path.stat().st_size
        if taken > LARGEST:
            raise ServiceError(
                f"the data files of the flows are larger than {LARGEST >> 20} MiB",
                code="KN701",
                where=name,
                remedy="make the place of the data a parameter of the flow",
            )
        yield name, path.read_bytes()


def _each(service: Service) -> Iterator[tuple[str, Path]]:
    for file in service.slice.files:
        for path in _within(file.path) if file.path.is_dir() else [file.path]:
            name = PurePosixPath(file.name) / path.relative_to(file.path).as_posix()
            yield name.as_posix().removeprefix("./").removesuffix("/."), path


def _within(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder, without hidden ones, and without what links lead to outside of it."""
    top = folder.resolve()
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        hidden = any(part.startswith(".") or part == "__pycache__" for part in parts)
        if path.is_file() and not hidden and path.resolve().is_relative_to(top):
            yield path


TARGET = ModuleTarget()
"""What the entry point names."""
