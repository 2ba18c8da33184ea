"""What flows return: its JSON Schema, and its JSON."""

from __future__ import annotations

import inspect
import json
import types
import typing
from collections import abc
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
import pydantic
import pydantic_core
from pydantic.errors import PydanticUndefinedAnnotation, PydanticUserError

if TYPE_CHECKING:
    from kodonb.flows.flow import Flow

_YIELDING: Final = frozenset(
    {
        abc.Iterator,
        abc.Iterable,
        abc.Generator,
        abc.AsyncIterator,
        abc.AsyncIterable,
        abc.AsyncGenerator,
    }
)
_UNKNOWN: Final = (PydanticUserError, PydanticUndefinedAnnotation, pydantic_core.SchemaError)


class Output(NamedTuple):
    """What a flow returns.

    Attributes:
        schema: JSON Schema of its JSON; empty if nothing is known of it.
        adapter: What makes its JSON; `None` if nothing is known of it.
    """

    schema: dict[str, Any]
    adapter: pydantic.TypeAdapter[Any] | None = None

    def dump(self, value: Any) -> bytes | None:
        """Return a result as JSON, or `None` if it has no JSON form."""
        for attempt in (self._declared, _likeness):
            # Serializers may be the user's; whatever they raise, this will not do.
            try:
                return attempt(value)
            except Exception:  # noqa: BLE001, S112
                continue
        return None

    def _declared(self, value: Any) -> bytes:
        assert self.adapter is not None
        return _strict(self.adapter.dump_python(value, mode="json", by_alias=True, warnings="error"))


def _likeness(value: Any) -> bytes:
    return _strict(msgspec.to_builtins(value, enc_hook=_plain, str_keys=True))


def _plain(value: Any) -> Any:
    if isinstance(value, pydantic.BaseModel):
        return value.model_dump(mode="json", by_alias=True)
    raise NotImplementedError


def _strict(value: Any) -> bytes:
    # Neither infinite numbers nor lone surrogates, for which JSON has no form.
    return json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode()


def output_of(flow: Flow[..., Any]) -> Output:
    """Return what a flow returns, by the annotation of its function."""
    function = inspect.unwrap(flow.function)
    try:
        kind = _returned(function)
        adapter = pydantic.TypeAdapter(kind)
        schema = adapter.json_schema(mode="serialization")
    except (*_UNKNOWN, NameError, AttributeError, TypeError, SyntaxError):
        return Output({})
    return Output({} if kind is Any else schema, None if kind is Any else adapter)


def _returned(function: Any) -> Any:
    """Return the type of a function's result; of what a generator yields it is a list."""
    annotation = typing.get_type_hints(_bearer(function), _scope(function), include_extras=True).get(
        "return", Any
    )
    annotation = type(None) if annotation is None else annotation
    if not (inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function)):
        return annotation
    origin, parts = typing.get_origin(annotation), typing.get_args(annotation)
    if origin not in _YIELDING or not parts:
        return Any
    if origin is abc.Generator and len(parts) == 3 and parts[2] not in (None, type(None)):
        return parts[2]
    return types.GenericAlias(list, (parts[0],))


def _bearer(function: Any) -> Any:
    # Only the return type, so that no parameter can stand in the way of it.
    def bearer() -> None: ...

    told = inspect.get_annotations(function)
    bearer.__annotations__ = {"return": told["return"]} if "return" in told else {}
    return bearer


def _scope(function: Any) -> dict[str, Any]:
    closed = inspect.getclosurevars(function).nonlocals if inspect.isfunction(function) else {}
    return {**getattr(function, "__globals__", {}), **closed}
