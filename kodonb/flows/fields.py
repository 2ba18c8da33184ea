"""What pydantic knows of a form: validators, JSON Schema, plain JSON, and reading of text."""

from __future__ import annotations

import inspect
import json
import reprlib
import sys
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import pydantic
import pydantic_core
from pydantic.errors import PydanticUndefinedAnnotation, PydanticUserError
from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, JsonSchemaWarningKind

from kodonb.flows import secret
from kodonb.flows.schema import arrays, sorts
from kodonb.model.errors import FlowError, Problem

if TYPE_CHECKING:
    from pydantic_core import core_schema

    from kodonb.flows.form import Parameter

_ANNOTATED: Any = Annotated  # with types that are known at run time only
_NULLS: Final = frozenset({"null", "none"})
_UNFIT: Final = (PydanticUserError, PydanticUndefinedAnnotation, pydantic_core.SchemaError, TypeError)
"""What pydantic raises over a type that it cannot validate."""


class Fields:
    """A pydantic model with one field per parameter.

    The fields are called ``parameter_0``, ``parameter_1``, … with the parameters' names as aliases: a
    parameter may be called ``copy``, ``json``, ``model_x`` or ``_x``, which no field may.

    Args:
        title: Name of the callable.
        parameters: Its parameters.
        rest: Type of further parameters; `None` if there may be none.
        place: Where it is defined.
    """

    def __init__(
        self, title: str, parameters: Sequence[Parameter], rest: Any | None, place: str | None
    ) -> None:
        self._types = {p.name: p.annotation for p in parameters}
        self._rest = rest
        self._field = {p.name: _slot(index) for index, p in enumerate(parameters)}
        try:
            self._model = _model(title, parameters, rest)
        except _UNFIT as error:
            raise _refusal(title, parameters, place, error) from error

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the parameters without default."""
        fields = self._model.model_fields
        return tuple(name for name, field in self._field.items() if fields[field].is_required())

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema."""
        made = self._model.model_json_schema(schema_generator=_Schema)
        secret.drop_defaults(made)
        return made

    @cached_property
    def _shape(self) -> dict[str, Any]:
        """The JSON Schema with the names that attributes have."""
        return self._model.model_json_schema(by_alias=False, schema_generator=_Schema)

    def _shape_of(self, name: str) -> Any:
        known = self._shape.get("properties", {})
        return (
            known.get(self._field[name]) if name in self._field else self._shape.get("additionalProperties")
        )

    def guards(self, name: str) -> bool:
        """Return whether a parameter has a place for a secret."""
        return secret.has_place(self._shape_of(name), self._shape.get("$defs", {}))

    def hides(self, name: str, value: Any) -> bool:
        """Return whether a value has a secret where its parameter has a place for one."""
        return self.guards(name) and secret.holds_secret(
            self._shape_of(name), value, self._shape.get("$defs", {})
        )

    def validate(self, inputs: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
        """Return validated values, or the problems."""
        try:
            made = self._model.model_validate(dict(inputs))
        except pydantic.ValidationError as error:
            return {}, self._problems(error)
        values = {name: made.__dict__[field] for name, field in self._field.items()}
        return {**values, **(made.__pydantic_extra__ or {})}, []

    def plain(self, name: str, value: Any) -> tuple[bool, Any]:
        """Return whether a value survives JSON, and its JSON value."""
        return self._reduced(name, value, "json", _checked)

    def bare(self, name: str, value: Any) -> Any:
        """Return plain data with the secrets in clear from which an equal value is made, or else the value itself.

        Objects would not do for all: classes in the code of a flow are made anew where it runs.
        """
        exact, plain = self._reduced(name, value, "python", secret.in_clear)
        return plain if exact else value

    def _reduced(
        self, name: str, value: Any, mode: Literal["json", "python"], finish: Callable[[Any], Any]
    ) -> tuple[bool, Any]:
        """Return whether an equal value is made of what is dumped, and that."""
        for by_alias in (False, True):  # many models take their fields by alias only
            # Serializers, validators and == may be the user's; whatever they raise, this will not do.
            with suppress(Exception):
                plain = finish(self._dumped(name, value, mode, by_alias=by_alias))
                back = self._assigned(name, plain)
                if type(back) is type(value) and back == value:
                    return True, plain
        return False, None

    def read(self, name: str, text: str, schema: dict[str, Any]) -> tuple[Any, list[Problem]]:
        """Return the value that a text stands for, or the problems."""
        field = schema.get("properties", {}).get(name, {})
        options = _options(self._types.get(name, self._rest))
        failures: list[list[Problem]] = []
        for candidate in _candidates(text, field, schema.get("$defs", {}), options):
            try:
                return self._assigned(name, candidate), []
            except pydantic.ValidationError as error:
                failures.append(self._problems(error, name))
        # The reading that came deepest knows best what is wrong.
        return None, max(failures, key=lambda problems: max(p.field.count(".") for p in problems))

    def choices(self, name: str) -> list[str]:
        """Return the texts to offer for a parameter."""
        return list(dict.fromkeys(_offers(self._types.get(name, self._rest))))

    def _problems(self, error: pydantic.ValidationError, name: str | None = None) -> list[Problem]:
        """Put pydantic's errors into plain words; `name` replaces the first part of each path."""
        found = []
        for each in error.errors():
            path = each["loc"] if name is None else (name, *each["loc"][1:])
            found.append(_problem(each, path, mute=self.guards(str(path[0])) if path else True))
        return found

    def _dumped(self, name: str, value: Any, mode: Literal["json", "python"], *, by_alias: bool) -> Any:
        if name not in self._field:
            return pydantic.TypeAdapter(Any).dump_python(value, mode=mode, by_alias=by_alias, warnings=False)
        field = self._field[name]
        holder = self._model.model_construct()
        holder.__dict__[field] = value
        [plain] = holder.model_dump(mode=mode, include={field}, by_alias=by_alias, warnings=False).values()
        return plain

    def _assigned(self, name: str, value: Any) -> Any:
        """Validate one value alone: the others may be missing."""
        field = self._field.get(name, name)
        holder = self._model.model_construct()
        self._model.__pydantic_validator__.validate_assignment(holder, field, value)
        return {**(holder.__pydantic_extra__ or {}), **holder.__dict__}[field]


def _checked(plain: Any) -> Any:
    json.dumps(plain, allow_nan=False)
    return plain


def _slot(index: int) -> str:
    return f"parameter_{index}"


def _model(title: str, parameters: Sequence[Parameter], rest: Any | None) -> type[pydantic.BaseModel]:
    config = pydantic.ConfigDict(arbitrary_types_allowed=True, extra="forbid" if rest is None else "allow")
    body = (
        {"__annotations__": {"__pydantic_extra__": types.GenericAlias(dict, (str, rest))}}
        if rest is not None
        else {}
    )
    base: Any = type(
        "Inputs", (pydantic.BaseModel,), {**body, "__module__": __name__, "model_config": config}
    )
    fields: dict[str, Any] = {_slot(index): _field(p) for index, p in enumerate(parameters)}
    made: type[pydantic.BaseModel] = pydantic.create_model(title, __base__=base, **fields)
    # A type that is not complete yet would otherwise be noticed only by the first run.
    made.model_rebuild(raise_errors=True)
    return made


def _field(parameter: Parameter) -> Any:
    alias = pydantic.Field(alias=parameter.name)
    if isinstance(parameter.default, FieldInfo):
        bare = parameter.annotation is FieldInfo  # `x=Field(3)`: the type of the default says nothing
        return _ANNOTATED[Any if bare else parameter.annotation, parameter.default, alias]
    kind = _ANNOTATED[parameter.annotation, alias]
    # A bare type leaves the default to a Field in the annotation, if there is one.
    return kind if parameter.default is inspect.Parameter.empty else (kind, parameter.default)


def _refusal(title: str, parameters: Sequence[Parameter], place: str | None, error: Exception) -> FlowError:
    """Name the parameter whose type pydantic does not take."""
    culprit = next((p for p in parameters if not _takes(p)), None)
    what = f"parameter '{culprit.name}' of type {culprit.annotation!r}" if culprit else f"'{title}'"
    # The core says what is wrong after a line for each level above it; the rest of pydantic, before.
    reason = str(error).splitlines()[-1 if isinstance(error, pydantic_core.SchemaError) else 0]
    return FlowError(
        f"{what} cannot be put into a form: {reason}",
        code="KN205",
        where=place,
        remedy="annotate it with a type that pydantic takes, or with Any",
    )


def _takes(parameter: Parameter) -> bool:
    try:
        _model("probe", [parameter], None)
    except _UNFIT:
        return False
    return True


class _Schema(GenerateJsonSchema):
    """JSON Schema in which Python objects keep their place, as ``x-python``."""

    # A default that is no JSON is left out of the schema; that is no news to anyone.
    ignored_warning_kinds: set[JsonSchemaWarningKind] = {"non-serializable-default", "skipped-choice"}

    def is_instance_schema(self, schema: core_schema.IsInstanceSchema) -> JsonSchemaValue:
        """Name the class."""
        return {"type": "object", "x-python": _public(schema["cls"])}

    def handle_invalid_for_json_schema(
        self,
        schema: Any,
        error_info: str,  # noqa: ARG002 - the signature is pydantic's
    ) -> JsonSchemaValue:
        """Name the sort of object, e.g. ``callable``."""
        return {"x-python": str(schema["type"])}

    def json_or_python_schema(self, schema: core_schema.JsonOrPythonSchema) -> JsonSchemaValue:
        """Say of a `Secret` of any type what pydantic says of `SecretStr` and `SecretBytes`."""
        made = super().json_or_python_schema(schema)
        return {**made, "writeOnly": True} if secret.makes_secret(schema) else made


def _public(kind: type) -> str:
    """Return the name under which users import a class: ``pandas.DataFrame``."""
    root = kind.__module__.partition(".")[0]
    at_root = getattr(sys.modules.get(root), kind.__name__, None) is kind
    module = root if at_root else kind.__module__
    return kind.__qualname__ if module == "builtins" else f"{module}.{kind.__qualname__}"


_WANTED: Final = {
    "bool": "true or false",
    "bytes": "bytes",
    "dataclass": "a mapping of its fields",
    "date": "a date such as 2026-01-31",
    "datetime": "a date and time such as 2026-01-31T12:00",
    "decimal": "a decimal number",
    "dict": "a mapping",
    "float": "a number",
    "int": "a whole number",
    "list": "a list",
    "model": "a mapping of its fields",
    "set": "a set",
    "string": "a text",
    "time": "a time such as 12:00",
    "tuple": "a tuple",
    "url": "a URL",
    "uuid": "a UUID",
}
_ABSENT: Final = {
    "missing": "is missing",
    "extra_forbidden": "is not a parameter",
    "no_such_attribute": "is not a parameter",
    "unexpected_keyword_argument": "is not a field",
}


def _problem(error: pydantic_core.ErrorDetails, path: tuple[int | str, ...], *, mute: bool) -> Problem:
    """Say what is wrong; `mute` leaves out what was given."""
    kind, said = error["type"], error["msg"]
    field = ".".join(map(str, path))
    if kind in _ABSENT:
        # Below the top it is a field of a model, not a parameter.
        plain = _ABSENT[kind] if len(path) == 1 else _ABSENT[kind].replace("parameter", "field")
        return Problem(field, f"{plain} ({said})")
    wanted = _wanted(kind, error.get("ctx", {}))
    if mute:
        return Problem(field, f"{wanted} ({said})" if wanted else said)
    got = f"got {_short(error['input'])}"
    return Problem(field, f"{wanted}, {got} ({said})" if wanted else f"{said}, {got}")


def _wanted(kind: str, context: Mapping[str, Any]) -> str:
    if kind in {"enum", "literal_error"}:
        return f"must be {context['expected']}"
    if kind == "is_instance_of":
        return f"needs an object of class {context['class']}"
    sort, _, rest = kind.partition("_")
    if sort in _WANTED and ("type" in rest or "parsing" in rest or "from" in rest):
        return f"needs {_WANTED[sort]}"
    return ""


def _short(value: Any) -> str:
    simple = value is None or isinstance(value, str | int | float)
    return reprlib.repr(value) if simple else f"an object of class {_public(type(value))}"


def _candidates(
    text: str, field: dict[str, Any], defs: dict[str, Any], options: dict[str, Any]
) -> Iterator[Any]:
    """Yield what a text may stand for, the likeliest first."""
    kinds = sorts(field, defs)
    untyped = not kinds
    if text in options:
        yield options[text]
    if text.strip().lower() in _NULLS and (untyped or "null" in kinds):
        yield None
    # A number is left as text: pydantic reads it, and JSON would also take `true` for one.
    several = "string" in kinds and kinds - {"string", "null"}
    if untyped or several or kinds & {"array", "object"}:
        yield from _decoded(text)
    yield text
    if "array" in kinds and not text.lstrip().startswith(("[", "{")):
        yield [_item(part.strip(), field, defs, options) for part in text.split(",") if part.strip()]


def _item(part: str, field: dict[str, Any], defs: dict[str, Any], options: dict[str, Any]) -> Any:
    if part in options:
        return options[part]
    if any(array.get("items", {}) == {} for array in arrays(field, defs)):
        return next(_decoded(part), part)
    return part


def _decoded(text: str) -> Iterator[Any]:
    try:
        yield json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return


def _refuse(constant: str) -> None:
    # NaN and Infinity are Python's idea of JSON; where no type asks for a number they are words.
    raise ValueError(constant)


def _parts(annotation: Any) -> Iterator[Any]:
    """Yield the types that an annotation is made of, through unions and lists."""
    annotation = getattr(annotation, "__value__", annotation)  # of `type X = ...`
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Annotated:
        yield from _parts(arguments[0])
    elif origin in {typing.Union, types.UnionType, list, set, frozenset, tuple}:
        for part in arguments:
            yield from _parts(part)
    else:
        yield annotation


def _members(annotation: Any) -> Iterator[Any]:
    for part in _parts(annotation):
        if typing.get_origin(part) is Literal:
            yield from typing.get_args(part)
        elif isinstance(part, type) and issubclass(part, Enum):
            yield from part


def _options(annotation: Any) -> dict[str, Any]:
    """Map what may be typed for the members of enums and Literals to them; values before names."""
    members = list(_members(annotation))
    names = {m.name: m for m in members if isinstance(m, Enum)}
    return {**names, **{str(m.value if isinstance(m, Enum) else m): m for m in members}}


def _offers(annotation: Any) -> Iterator[str]:
    for member in _members(annotation):
        text = member.value if isinstance(member, Enum) else member
        # A number says less than the name of an enum's member.
        yield text if isinstance(text, str) else getattr(member, "name", str(text))
    if bool in list(_parts(annotation)):
        yield from ("true", "false")
