"""The form of a flow: its parameters, read from the signature of its function.

A form knows its names at once; the types behind it are resolved, and pydantic is imported, when
the first value or the schema is asked for. Inputs come as Python or JSON values (`validate`), or
as typed text (`parse`); `split` turns validated values into what can travel as JSON and the rest,
and `secrets` what may travel and nobody may keep.
"""

from __future__ import annotations

import copy
import difflib
import inspect
import re
import typing
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from kodonb.model.errors import FlowError, InputsError, Problem

if TYPE_CHECKING:
    from kodonb.flows.fields import Fields


class Parameter(NamedTuple):
    """One parameter with its resolved type.

    Attributes:
        name: Name in the signature.
        annotation: Its type; `Any` if nothing is known.
        default: Its default, or `inspect.Parameter.empty`.
    """

    name: str
    annotation: Any
    default: Any


def form_of(function: Callable[..., Any]) -> Form:
    """Read the form of a function.

    Args:
        function: The function, sync, async or generator; a bound method or a callable works too.

    Raises:
        FlowError: KN204 when it takes ``*args``, positional-only parameters, or has no signature.
    """
    return Form(function)


class Form:
    """Parameters of a callable; make one with `form_of`.

    Attributes:
        title: Name of the callable.
        names: Names of the parameters, in order, without ``**kwargs``.
        open: Whether names beyond these are taken, by ``**kwargs``.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = inspect.unwrap(function)
        self.title = getattr(self._function, "__name__", type(self._function).__name__)
        self._signature = _signature(self._function, self.title)
        kinds = {name: p.kind for name, p in self._signature.items()}
        self.names = tuple(n for n, kind in kinds.items() if kind is not inspect.Parameter.VAR_KEYWORD)
        self.open = len(self.names) < len(kinds)

    @cached_property
    def required(self) -> tuple[str, ...]:
        """Names of the parameters that have no default."""
        return self._fields.required

    @property
    def schema(self) -> dict[str, Any]:
        """JSON Schema of the inputs (draft 2020-12); a copy that the caller may change."""
        return copy.deepcopy(self._schema)

    def validate(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Check inputs and fill in defaults.

        Args:
            inputs: Python or JSON values by parameter.

        Returns:
            Python objects for every parameter, ready for ``function(**values)``.

        Raises:
            InputsError: KN010 with all problems at once.
        """
        values, problems = self._fields.validate(inputs)
        if problems:
            raise self._error(problems)
        return values

    def dump(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the JSON values of those parameters that come back from JSON as they were."""
        return self.split(values)[0]

    def split(self, values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Separate what can travel as JSON from what cannot.

        Args:
            values: Validated values.

        Returns:
            JSON values, from which `validate` makes equal objects again; and the other objects. Values that hold
            secrets are in neither.
        """
        jsons: dict[str, Any] = {}
        objects: dict[str, Any] = {}
        for name, value in values.items():
            if self._fields.hides(name, value):
                continue
            exact, plain = self._fields.plain(name, value)
            (jsons if exact else objects)[name] = plain if exact else value
        return jsons, objects

    def secrets(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values that hold a secret: something where the schema says ``writeOnly``.

        Args:
            values: Validated values.

        Returns:
            Plain data with the secrets in clear, or the value itself: `validate` makes equal objects of it.
        """
        hidden = {name: value for name, value in values.items() if self._fields.hides(name, value)}
        return {name: self._fields.bare(name, value) for name, value in hidden.items()}

    def parse(self, texts: Mapping[str, str]) -> dict[str, Any]:
        """Read inputs that were typed as ``key=value``.

        Missing parameters are left to `validate`.

        Args:
            texts: Text by parameter: numbers, ``yes``/``no``, dates, names or values of enums,
                ``none``, JSON or ``a,b,c`` for lists, JSON for mappings and models.

        Returns:
            Python objects for the parameters that were given.

        Raises:
            InputsError: KN010 with all problems at once.
        """
        problems: list[Problem] = []
        values: dict[str, Any] = {}
        for name, text in texts.items():
            value, found = self._fields.read(name, text, self._schema)
            problems += found
            values[name] = value
        if problems:
            raise self._error(problems)
        return values

    def choices(self, name: str) -> list[str]:
        """Return what may be typed for an enum, a Literal or a bool; else nothing."""
        return self._fields.choices(name)

    @cached_property
    def _fields(self) -> Fields:
        from kodonb.flows.fields import Fields  # noqa: PLC0415 - pydantic is too slow for `import kodonb`

        types = _annotations(self._function, self._signature.values())
        parameters = [Parameter(name, types[name], self._signature[name].default) for name in self.names]
        rest = next((types[name] for name in types if name not in self.names), None)
        return Fields(self.title, parameters, rest, place=_place(self._function))

    @cached_property
    def _schema(self) -> dict[str, Any]:
        summary, descriptions = described(inspect.getdoc(self._function) or "")
        schema = self._fields.schema()
        schema["title"] = self.title
        if summary:
            schema["description"] = summary
        for name, field in schema.get("properties", {}).items():
            if name in descriptions:
                field.setdefault("description", descriptions[name])
        return schema

    def _error(self, problems: list[Problem]) -> InputsError:
        unknown = [p.field for p in problems if not self.open and p.field.split(".")[0] not in self.names]
        missing = [
            p.field for p in problems if p.field in self.required and p.message.startswith("is missing")
        ]
        remedies = [self._nearest(name) for name in unknown]
        if missing:
            remedies.append("give " + " ".join(f"{name}=…" for name in missing))
        return InputsError(
            f"inputs do not fit the form of '{self.title}'",
            problems,
            where=_place(self._function),
            remedy="; ".join(remedies) or "change the inputs named below",
        )

    def _nearest(self, name: str) -> str:
        if near := difflib.get_close_matches(name, self.names, n=1):
            return f"did you mean '{near[0]}' instead of '{name}'?"
        return f"leave '{name}' out; parameters are: {', '.join(self.names) or '(none)'}"


def _signature(function: Callable[..., Any], title: str) -> dict[str, inspect.Parameter]:
    try:
        parameters = dict(inspect.signature(function).parameters)
    except (TypeError, ValueError) as error:
        message = f"the signature of '{title}' cannot be read: {error}"
        raise FlowError(message, where=_place(function), remedy="wrap it in a function") from error
    for name, parameter in parameters.items():
        _refuse_unnamed(function, title, name, parameter.kind)
    return parameters


def _refuse_unnamed(function: Callable[..., Any], title: str, name: str, kind: object) -> None:
    """Refuse parameters that inputs, which have names, can never reach."""
    if kind is inspect.Parameter.VAR_POSITIONAL:
        message, remedy = f"'{title}' takes *{name}", f"take a list instead: {name}: list[…]"
    elif kind is inspect.Parameter.POSITIONAL_ONLY:
        message, remedy = f"'{title}' takes '{name}' by position only", "remove the / from its signature"
    else:
        return
    raise FlowError(f"{message}, but inputs of a flow have names", where=_place(function), remedy=remedy)


def _place(function: Callable[..., Any]) -> str | None:
    code = getattr(function, "__code__", None)
    return f"{code.co_filename}, line {code.co_firstlineno}" if code else None


def _annotations(function: Callable[..., Any], parameters: Iterable[inspect.Parameter]) -> dict[str, Any]:
    # One by one, so that an error names its parameter and the return type cannot cause any.
    closed = inspect.getclosurevars(function).nonlocals if inspect.isfunction(function) else {}
    called = function if hasattr(function, "__globals__") else type(function).__call__
    scope = getattr(called, "__globals__", {})
    return {p.name: _annotation(function, p, {**scope, **closed}) for p in parameters}


def _annotation(function: Callable[..., Any], parameter: inspect.Parameter, scope: dict[str, Any]) -> Any:
    if parameter.annotation is parameter.empty:
        unknown = parameter.default is parameter.empty or parameter.default is None
        return Any if unknown else type(parameter.default)

    def bearer() -> None: ...

    bearer.__annotations__ = {"it": parameter.annotation}
    try:
        kind = typing.get_type_hints(bearer, scope, include_extras=True)["it"]
    except (NameError, AttributeError, TypeError, SyntaxError) as error:
        raise FlowError(
            f"the type {parameter.annotation!r} of parameter '{parameter.name}' cannot be resolved: {error}",
            code="KN205",
            where=_place(function),
            remedy="import or define the type, at run time, above the function",
        ) from error
    return kind | None if parameter.default is None and kind is not Any else kind


_SECTION = re.compile(r"(?:Args|Arguments|Parameters):\s*")
_ENTRY = re.compile(r"(?P<indent>\s+)\*{0,2}(?P<name>\w+)(?:\s*\([^)]*\))?:\s*(?P<text>.*)")


def described(doc: str) -> tuple[str, dict[str, str]]:
    """Read the summary and the `Args:` section of a Google-style docstring."""
    summary = " ".join(doc.partition("\n\n")[0].split())
    lines = iter(doc.splitlines())
    found: dict[str, str] = {}
    if not any(_SECTION.fullmatch(line) for line in lines):
        return summary, found
    indent, name = "", ""
    for line in lines:
        if line.strip() and not line[0].isspace():
            break
        entry = _ENTRY.fullmatch(line)
        if entry and (not indent or entry["indent"] == indent):
            indent, name = entry["indent"], entry["name"]
            found[name] = entry["text"]
        elif name:
            found[name] = f"{found[name]} {line.strip()}".strip()
    return ("" if _SECTION.match(summary) else summary), found
