"""DataNormalizer: brings numbers to one scale."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import pydantic

from kodonb.kumeo.agents.compiled import Compiled, CompiledAgent, whole
from kodonb.kumeo.agents.errors import declared_wrongly
from kodonb.kumeo.agents.parameters import Parameters
from kodonb.kumeo.agents.problems import problems
from kodonb.kumeo.agents.processing.normal import Change, Scale, change, norm
from kodonb.kumeo.agents.processing.statistics import is_number
from kodonb.kumeo.agents.protocol import Site
from kodonb.kumeo.agents.scope import Fields, Work
from kodonb.kumeo.agents.sections import document
from kodonb.kumeo.catalogue import handling

_ROWS: Final = {"l1": "l1", "l2": "l2", "unit": "l2", "max": "max"}
_MOST: Final = 1_000  # names of fields of which something is learnt


class DataNormalizerParameters(Parameters):
    """Arguments of a DataNormalizer.

    Attributes:
        config: Field -> method, or ``{method, min, max, mean, std, …}``, or a file with that; or ``{method, fields}``.
        normalization_method: Method for all numbers, or for `fields`: ``min_max``, ``z_score``, ``robust``,
            ``max_abs``, ``log``, ``log1p``; ``l1``, ``l2`` and ``max`` make all of them together as long as 1.
        fields: Names of the fields that `normalization_method` is for.
    """

    needs = handling.DataNormalizer.needs
    positional = handling.DataNormalizer.positional

    config: str | dict[str, Any] | None = None
    normalization_method: str | None = pydantic.Field(
        None, validation_alias=pydantic.AliasChoices("normalization_method", "method")
    )
    fields: list[str] | None = None


class DataNormalizer(CompiledAgent[DataNormalizerParameters]):
    """Brings numbers to one scale; other values stay as they are."""

    parameters = DataNormalizerParameters

    def compiled(self, site: Site) -> Compiled:
        """Compile the methods."""
        config = document(site, self.arguments.config) or {}
        if not isinstance(config, Mapping):
            raise declared_wrongly("config must be an object", "write {field: method}", where=site.agent)
        method, names, scales = _read(config, self.arguments)
        ready = {name: change(_scale(site, name, said), site.agent) for name, said in scales.items()}
        if method is None:
            return Compiled(_each(ready))
        if method.lower() in _ROWS:
            return Compiled(_row(_ROWS[method.lower()], names, ready))
        change(Scale(method=method), site.agent)  # says at once if there is no such method
        return Compiled(_learning(lambda: change(Scale(method=method), site.agent), names, ready))


def _read(
    config: Mapping[str, Any], said: DataNormalizerParameters
) -> tuple[str | None, list[str] | None, dict[str, Any]]:
    """Return the method for all fields, the fields that it is for, and what is said of single ones."""
    method, names = said.normalization_method, said.fields
    if "method" in config and isinstance(config["method"], str):
        general = {"method", "fields"}
        method = method or config["method"]
        fields = config.get("fields")
        names = names or (fields if isinstance(fields, list) else None)
        single = fields if isinstance(fields, Mapping) else {}
        return (
            method,
            names,
            {**single, **{key: value for key, value in config.items() if key not in general}},
        )
    inner = config.get("fields")
    return method, names, dict(inner if isinstance(inner, Mapping) and len(config) == 1 else config)


def _scale(site: Site, name: str, said: Any) -> Scale:
    try:
        return Scale.model_validate({"method": said} if isinstance(said, str) else said)
    except pydantic.ValidationError as error:
        message, remedy = problems(error, Scale)
        raise declared_wrongly(f"field {name}: {message}", remedy, where=site.agent) from None


def _each(changes: dict[str, Change]) -> Work:
    pairs = list(changes.items())

    def normalized(inputs: Any, _: Fields) -> dict[str, Any]:
        values = dict(whole(inputs))
        for name, changed in pairs:
            if name in values:
                values[name] = changed(values[name])
        return values

    return normalized


def _learning(make: Callable[[], Change], names: list[str] | None, known: dict[str, Change]) -> Work:
    """Return what normalizes fields that are only known when they come."""
    changes = {**{name: make() for name in names or ()}, **known}
    opened = names is None

    def normalized(inputs: Any, _: Fields) -> dict[str, Any]:
        values = dict(whole(inputs))
        for name, value in values.items():
            changed = changes.get(name)
            if changed is None and opened and is_number(value) and len(changes) < _MOST:
                changed = changes[name] = make()
            if changed is not None:
                values[name] = changed(value)
        return values

    return normalized


def _row(kind: str, names: list[str] | None, known: dict[str, Change]) -> Work:
    single = _each(known)

    def normalized(inputs: Any, fields: Fields) -> dict[str, Any]:
        values: dict[str, Any] = single(inputs, fields)
        chosen = [name for name in names or values if name not in known and is_number(values.get(name))]
        length = norm([float(values[name]) for name in chosen], kind)
        return {**values, **{name: values[name] / length for name in chosen}} if length else values

    return normalized
