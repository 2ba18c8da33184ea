"""What pydantic finds wrong with a declaration, in one line, with the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kodonb.kumeo.diagnostics.near import meant

if TYPE_CHECKING:
    import pydantic

_MOST: Final = 5
_BRANCHES: Final = frozenset({"str", "int", "float", "bool"})


def problems(error: pydantic.ValidationError, kind: type[pydantic.BaseModel]) -> tuple[str, str]:
    """Return what is wrong, and what to do about it.

    Args:
        error: What pydantic raised.
        kind: The model that it was raised over.
    """
    found = error.errors(include_url=False)
    told = [f"{_path(each['loc'])}{_said(each)}" for each in found[:_MOST]]
    more = f" (and {len(found) - _MOST} more)" if len(found) > _MOST else ""
    return "; ".join(dict.fromkeys(told)) + more, _remedy(found, kind)


def _path(place: tuple[int | str, ...]) -> str:
    shown = ".".join(str(part) for part in place if not _is_branch(part))
    return f"`{shown}` " if shown else ""


def _is_branch(part: int | str) -> bool:
    """Whether a part of a place names a branch of a union, and not a key."""
    return isinstance(part, str) and (part.endswith("]") or part in _BRANCHES or part[:1].isupper())


def _said(found: Any) -> str:
    kind, said = found["type"], str(found["msg"])
    if kind == "extra_forbidden":
        return "is not an argument of it"
    if kind == "missing":
        return "is missing"
    if kind == "value_error":
        return str(found["ctx"]["error"])
    return said[:1].lower() + said[1:]


def _remedy(found: Any, kind: type[pydantic.BaseModel]) -> str:
    names = _names(kind)
    for each in found:
        if each["type"] == "extra_forbidden" and len(each["loc"]) == 1:
            return meant(str(each["loc"][0]), names)
    return f"it takes {', '.join(f'`{name}`' for name in names)}"


def _names(kind: type[pydantic.BaseModel]) -> list[str]:
    return [field.alias or name for name, field in kind.model_fields.items()]
