"""Names that come from other modules, as the user's import lines say or as the objects themselves say."""

from __future__ import annotations

import sys
from importlib.util import resolve_name
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from kodonb.capture.index import index
from kodonb.capture.unit import Import

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kodonb.capture.index import Imported
    from kodonb.capture.sources import Library, Source

_NOTHING = object()


def find_import(name: str, value: object, home: Mapping[str, Any], library: Library) -> Import | None:
    """Return the import that binds a name to a value, or `None` if the value is from here."""
    typed = _typed(name, value, home, library)
    if typed is not None:
        return typed
    if isinstance(value, ModuleType):
        known = sys.modules.get(value.__name__) is value and value.__name__ != home.get("__name__")
        return Import(value.__name__, None, name) if known else None
    return _own_word(name, value, home)


def submodules(paths: frozenset[str], home: Mapping[str, Any]) -> Iterator[Import]:
    """Yield imports for modules that code reaches through their package, as in ``scipy.stats.norm``."""
    for path in sorted(paths):
        head, *rest = path.split(".")
        module: Any = home.get(head)
        for part in rest:
            inner = vars(module).get(part) if isinstance(module, ModuleType) else None
            if not isinstance(inner, ModuleType) or inner.__name__ != f"{module.__name__}.{part}":
                break
            yield Import(inner.__name__, None, "")
            module = inner


def _typed(name: str, value: object, home: Mapping[str, Any], library: Library) -> Import | None:
    for _, source in library.everything():
        known = index(source.text)
        if known is None:
            continue
        for imported in [*reversed(known.imports.get(name, ())), *known.imports.get("*", ())]:
            found = _matched(name, value, imported, home, source)
            if found is not None:
                return found
    return None


def _matched(
    name: str, value: object, imported: Imported, home: Mapping[str, Any], source: Source
) -> Import | None:
    module = _absolute(imported.module, home)
    if module is None or module == home.get("__name__"):
        return None
    attribute = name if imported.attribute == "*" else imported.attribute
    # An import that failed left nothing, and `None` is what users bind instead.
    found = (sys.modules.get(module) or _NOTHING) if attribute is None else _lookup(module, attribute)
    if found is not value:
        return None
    return Import(module, attribute, name, source.label, imported.line + source.offset, source.cell)


def _own_word(name: str, value: Any, home: Mapping[str, Any]) -> Import | None:
    module = getattr(value, "__module__", None)
    if not isinstance(module, str) or module in (home.get("__name__"), "__main__"):
        return None
    own = getattr(value, "__name__", None)
    named = isinstance(value, type | FunctionType | BuiltinFunctionType) or isinstance(own, str)
    for attribute in (own, name) if named else ():
        if isinstance(attribute, str) and _lookup(module, attribute) is value:
            return Import(module, attribute, name)
    return None


def _absolute(module: str, home: Mapping[str, Any]) -> str | None:
    if not module.startswith("."):
        return module
    try:
        return resolve_name(module, home.get("__package__") or "")
    except ImportError:
        return None


def _lookup(module: str, attribute: str) -> object:
    submodule = sys.modules.get(f"{module}.{attribute}")
    return getattr(sys.modules.get(module), attribute, submodule or _NOTHING)
