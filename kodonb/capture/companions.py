"""Local modules that captured code imports: their text travels with it."""

from __future__ import annotations

import ast
import sys
import sysconfig
import tokenize
from functools import lru_cache
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec, resolve_name, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kodonb.capture.provenance import distributions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_OURS = __name__.partition(".")[0]
_FOREIGN = frozenset({"site-packages", "dist-packages"})


class Companions(NamedTuple):
    """What code imports, sorted by what has to travel.

    Attributes:
        sources: Name of each local module -> its path and text.
        others: Names of all other modules.
        notices: Local modules that cannot travel as text.
    """

    sources: dict[str, tuple[str, str]]
    others: frozenset[str]
    notices: tuple[str, ...]


def companions(text: str, mentioned: Iterable[str] = (), folders: Sequence[Path] = ()) -> Companions:
    """Return the local modules that a text imports, and those that they import.

    Args:
        text: The text of the captured module.
        mentioned: More modules that it needs.
        folders: Where local modules are looked for first, such as the folder of a notebook.
    """
    sources: dict[str, tuple[str, str]] = {}
    others: set[str] = set()
    notices: list[str] = []
    waiting = [*imported(text), *((name, True) for name in mentioned)]
    seen: set[str] = set()
    while waiting:
        name, sure = waiting.pop()
        if name in seen or name == "__main__":
            continue
        seen.add(name)
        spec = local(name, folders)
        if spec is None:
            others |= {name} if sure else set()
            continue
        path, source = _file(spec)
        if source is None:
            notices.append(f"local module `{name}` is not Python source and does not travel")
            continue
        sources[name] = (path, source)
        waiting += [(parent, True) for parent in _parents(name)]
        waiting += imported(source, name if path.endswith("__init__.py") else name.rpartition(".")[0])
    return Companions(dict(sorted(sources.items())), frozenset(others), tuple(sorted(notices)))


@lru_cache(maxsize=1024)
def imported(text: str, package: str = "") -> tuple[tuple[str, bool], ...]:
    """Return the modules that a text imports, at any depth, and whether each surely is a module.

    Args:
        text: Python source.
        package: Package that relative imports start from.
    """
    found: dict[str, bool] = {}
    for node in ast.walk(ast.parse(text)):
        for name, sure in _names(node, package):
            found[name] = found.get(name, False) or sure
    return tuple(found.items())


def _names(node: ast.AST, package: str) -> Iterator[tuple[str, bool]]:
    if isinstance(node, ast.Import):
        yield from ((alias.name, True) for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module != "__future__":
        relative = "." * node.level + (node.module or "")
        if node.level and not package:
            return
        module = resolve_name(relative, package) if node.level else relative
        yield module, True
        yield from ((f"{module}.{alias.name}", False) for alias in node.names if alias.name != "*")


def _parents(name: str) -> Iterator[str]:
    while "." in name:
        name = name.rpartition(".")[0]
        yield name


def local(name: str, folders: Sequence[Path] = ()) -> ModuleSpec | None:
    """Return where a local module is; `None` if it is installed, or not found.

    Args:
        name: Name of the module.
        folders: Where it is looked for before `sys.path`.
    """
    root = name.partition(".")[0]
    if root in sys.stdlib_module_names or root in (_OURS, "__main__"):
        return None
    if not _is_local(locate(root, folders)) or distributions(root):
        return None
    return locate(name, folders)


def locate(name: str, folders: Sequence[Path] = ()) -> ModuleSpec | None:
    """Return where a module is, without executing its package.

    Args:
        name: Name of the module.
        folders: Where it is looked for before `sys.path`.

    Raises:
        ValueError: A module of that name is loaded that tells nothing of itself.
    """
    beside = _beside(name.partition(".")[0], folders)
    loaded = sys.modules.get(name) if beside is None else None
    if loaded is not None and loaded.__spec__ is not None:
        return loaded.__spec__
    parent = name.rpartition(".")[0]
    if not parent:
        return beside or find_spec(name)
    # Not `find_spec`, which would execute the package.
    package = locate(parent, folders)
    inner = package.submodule_search_locations if package is not None else None
    return PathFinder.find_spec(name, inner) if inner is not None else None


def _beside(root: str, folders: Sequence[Path]) -> ModuleSpec | None:
    for folder in folders if root not in sys.stdlib_module_names else ():
        package, single = folder / root / "__init__.py", folder / f"{root}.py"
        if package.is_file():
            return spec_from_file_location(root, package, submodule_search_locations=[str(package.parent)])
        if single.is_file():
            return spec_from_file_location(root, single)
    return None


def _is_local(spec: ModuleSpec | None) -> bool:
    if spec is None:
        return False
    places = [spec.origin] if spec.has_location else list(spec.submodule_search_locations or ())
    return bool(places) and not any(_is_foreign(str(place)) for place in places)


def _is_foreign(place: str) -> bool:
    path = Path(place)
    library = Path(sysconfig.get_path("stdlib"))
    return bool(_FOREIGN & set(path.parts)) or library in path.parents


def _file(spec: ModuleSpec) -> tuple[str, str | None]:
    if not spec.has_location:
        # A namespace package is a folder without a text of its own.
        folder = next(iter(spec.submodule_search_locations or ()), "")
        return str(Path(folder) / "__init__.py"), ""
    path = Path(str(spec.origin))
    loader = getattr(spec.loader, "get_source", None)
    if path.suffix != ".py":
        return str(path), None
    if not path.exists():
        return str(path), loader(spec.name) if loader is not None else None
    with tokenize.open(path) as file:
        return str(path), file.read()
