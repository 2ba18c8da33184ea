"""From ``module:flow``, ``file.py:flow``, ``notebook.ipynb:flow`` or ``file.kumeo:workflow`` to the flow."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, Final

from kodonb.capture import innermost, user_traceback
from kodonb.cli.words import meant
from kodonb.flows.flow import Flow
from kodonb.model.errors import KodonbError, UsageError

Flows = Mapping[str, Flow[..., Any]]

_IMPORTING: Final = frozenset({"kodonb", "importlib", "IPython"})


def load(target: str) -> Flow[..., Any]:
    """Return the flow that a target names; without ``:flow``, the only one that is there.

    What the code prints while it is loaded goes to standard error.

    Raises:
        UsageError: There is no such file or module, or it cannot be imported (KN006); no such flow (KN002).
    """
    place, name = _split(target)
    with contextlib.redirect_stdout(sys.stderr), _telling(place):
        found = _defined(place, name)
    return _chosen(found, place, name)


def _split(target: str) -> tuple[str, str]:
    place, colon, name = target.rpartition(":")
    return (place, name) if colon else (target, "")


def _defined(place: str, name: str) -> Flows:
    if place.endswith(".ipynb"):
        from kodonb.magics.notebook import define  # noqa: PLC0415 - IPython is loaded for notebooks only

        found: Flows = define(_existing(place), name or None)
        return found
    if place.endswith(".kumeo"):
        from kodonb.cli.kumeofiles import workflows  # noqa: PLC0415 - the language is loaded for its texts only

        return workflows(place, name)
    return _flows_of(_execute(_existing(place)) if place.endswith(".py") else _import(place))


@contextlib.contextmanager
def _telling(place: str) -> Any:
    """Say of an error in user code where it is, with its traceback."""
    try:
        yield
    except KodonbError as error:
        error.where = error.where or innermost(error)
        raise
    except (Exception, SystemExit) as error:
        message = f"{place} cannot be imported: {type(error).__name__}: {error}"
        remedy = "mend what the traceback shows"
        told = UsageError(message, code="KN006", where=innermost(error), remedy=remedy)
        told.add_note(user_traceback(error.with_traceback(_without_importing(error.__traceback__))))
        raise told from error


def _without_importing(frames: TracebackType | None) -> TracebackType | None:
    """Leave out the frames above user code: of this module, of the import system, of IPython."""
    while (
        frames is not None and frames.tb_frame.f_globals.get("__name__", "").partition(".")[0] in _IMPORTING
    ):
        frames = frames.tb_next
    return frames


def _existing(place: str) -> Path:
    path = Path(place)
    if path.is_file():
        return path.resolve()
    near = [other.name for other in path.parent.glob(f"*{path.suffix}")] if path.parent.is_dir() else []
    raise UsageError(f"there is no file {place}", code="KN006", remedy=meant(path.name, sorted(near)))


def _execute(path: Path) -> ModuleType:
    """Execute a file as a module named after it, unless that is the name of another."""
    name = path.stem
    if name in sys.modules or name in sys.stdlib_module_names or not name.isidentifier():
        name = "flows_of_" + "".join(char if char.isalnum() else "_" for char in name)
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None  # a file that ends in .py has a loader
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _import(name: str) -> ModuleType:
    sys.path.insert(0, str(Path.cwd()))
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise  # the module is there, something that it imports is not
        file = f"{name.replace('.', '/')}.ipynb"
        near = f"did you mean {file}?" if Path(file).exists() else "call kodonb from the folder that it is in"
        raise UsageError(f"there is no module {name!r}", code="KN006", remedy=near) from None


def _flows_of(module: ModuleType) -> Flows:
    return {name: value for name, value in vars(module).items() if isinstance(value, Flow)}


def _chosen(flows: Flows, place: str, name: str) -> Flow[..., Any]:
    known = {**{flow.name: flow for flow in flows.values()}, **flows}
    if name in known:
        return known[name]
    distinct = {id(flow): flow for flow in flows.values()}
    if not name and len(distinct) == 1:
        return next(iter(distinct.values()))
    missing = f"no flow {name!r}" if name else "more than one flow" if flows else "no flow"
    remedy = meant(name, known) if known else "decorate a function with @kodonb.flow"
    raise UsageError(f"{place} has {missing}", code="KN002", where=place, remedy=remedy)
