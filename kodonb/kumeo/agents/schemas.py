"""JSON Schemas, compiled; they fetch nothing, and their patterns take time in proportion to the text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from kodonb.kumeo.agents.errors import AgentError, declared_wrongly
from kodonb.kumeo.agents.packages import package
from kodonb.kumeo.agents.protocol import Site
from kodonb.kumeo.agents.sections import document
from kodonb.kumeo.diagnostics.near import meant

_MOST: Final = 10
_KEYWORDS: Final = frozenset(
    {"$ref", "$schema", "$defs", "type", "properties", "allOf", "anyOf", "oneOf", "pattern"}
)
_TYPES: Final = frozenset({"string", "number", "integer", "boolean", "object", "array", "null"})
_SHORT: Final = {
    "str": "string", "text": "string", "float": "number", "int": "integer", "bool": "boolean", "list": "array",
    "dict": "object",
}  # fmt: skip


class Schema(NamedTuple):
    """A schema that values can be checked against.

    Attributes:
        source: The schema.
        fits: Whether a value fits, as fast as can be.
        problems: What is wrong with a value, a line for each thing; at most ten.
    """

    source: Any
    fits: Callable[[Any], bool]
    problems: Callable[[Any], list[str]]


def schema(site: Site, said: str | dict[str, Any]) -> Schema:
    """Return a schema that is declared.

    Args:
        site: Where the program is.
        said: The schema, or names of fields with their types, or a reference such as ``"schemas.order"``, or a file.

    Raises:
        AgentError: It is none (KN802), or cannot be read (KN804).
    """
    return compiled(_in_full(document(site, said), site.agent), site.agent)


def _in_full(said: Any, where: str) -> Any:
    """Return the schema that names of fields stand for, with types or without: ``{total: "number"}``."""
    if isinstance(said, list) and said and all(isinstance(name, str) for name in said):
        return {"type": "object", "required": said}
    if not isinstance(said, dict) or not said or _KEYWORDS & set(said):
        return said
    if not all(isinstance(kind, str) for kind in said.values()):
        return said
    properties = {name: {"type": _type(kind, where)} for name, kind in said.items()}
    return {"type": "object", "properties": properties, "required": list(said)}


def _type(said: str, where: str) -> str:
    kind = _SHORT.get(said.lower(), said.lower())
    if kind not in _TYPES:
        raise declared_wrongly(f"there is no type `{said}`", meant(said, _TYPES), where=where)
    return kind


def compiled(source: Any, where: str) -> Schema:
    """Return a schema that values can be checked against (draft 2020-12, unless it says otherwise).

    Raises:
        AgentError: It is no schema, or refers to one that it does not hold (KN802).
    """
    rs = package("jsonschema_rs")
    try:
        validator = rs.validator_for(
            source,
            validate_formats=True,
            retriever=_nowhere,
            pattern_options=rs.RegexOptions(),  # RE2-like: no backtracking
        )
    except (rs.ValidationError, rs.ReferencingError, ValueError, TypeError) as error:
        first = (str(error).splitlines() or ["it is malformed"])[0]
        raise declared_wrongly(
            f"this is no JSON Schema: {first}", "correct the schema", where=where
        ) from None
    return Schema(source, _guarded(validator), lambda value: _problems(validator, value))


def _nowhere(uri: str) -> Any:
    raise ValueError(f"{uri} is not fetched: put the schema into $defs")


def _guarded(validator: Any) -> Callable[[Any], bool]:
    def fits(value: Any) -> bool:
        try:
            return bool(validator.is_valid(value))
        except (
            ValueError,
            TypeError,
        ):  # numbers of too many digits, nesting that is too deep, what is no JSON
            return False

    return fits


def _problems(validator: Any, value: Any) -> list[str]:
    try:
        return [_told(error) for _, error in zip(range(_MOST), validator.iter_errors(value), strict=False)]
    except (ValueError, TypeError) as error:
        return [str(error)]


def _told(error: Any) -> str:
    path = ".".join(str(part) for part in error.instance_path)
    text = error.message if len(error.message) <= 300 else f"{error.message[:150]} … {error.message[-140:]}"
    return f"{path}: {text}" if path else text


def unfit(problems: list[str], code: str = "KN805") -> AgentError:
    """Return the error over a value that does not fit a schema."""
    return AgentError(
        "; ".join(problems) or "the value does not fit its schema",
        code=code,
        remedy="correct the data, or the schema",
        details=problems,
    )
