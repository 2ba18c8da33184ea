"""DataProcessor: cleans, checks and computes fields, in this order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pydantic

from kodonb.kumeo.agents.compiled import Compiled, CompiledAgent, whole
from kodonb.kumeo.agents.decision_matrix import Check, unfit
from kodonb.kumeo.agents.errors import AgentError
from kodonb.kumeo.agents.expressing import computed, expression
from kodonb.kumeo.agents.parameters import Parameters, Record
from kodonb.kumeo.agents.processing.steps import Step, StepOn, step
from kodonb.kumeo.agents.protocol import Site
from kodonb.kumeo.agents.rules import declared_rules
from kodonb.kumeo.agents.schemas import schema
from kodonb.kumeo.agents.schemas import unfit as not_fitting
from kodonb.kumeo.agents.scope import Fields, Work
from kodonb.kumeo.catalogue import handling
from kodonb.kumeo.expressions import Condition, is_plain

Test = Callable[[dict[str, Any], Fields], AgentError | None]


class DataProcessorConfig(Record):
    """Settings of a DataProcessor.

    Attributes:
        steps: Names of steps in their order, or ``{step, fields}``; `operations` means the same.
        schema_: Schema that the cleaned fields fit; written `schema`.
        required_fields: Fields that must be there, and not null.
        rules: Rules ``{name, condition, error}`` that must hold, or a file with them.
        features: Fields to compute, such as ``"is_high: amount > 1000"``, or names -> expressions. Plain names among
            them make it a selection: the result has these fields, in this order, and no others.
        rename: Old name -> new name, after all else.
        drop: Fields that are left out, after all else.
    """

    steps: list[str | StepOn] = pydantic.Field(
        [], validation_alias=pydantic.AliasChoices("steps", "operations")
    )
    schema_: str | dict[str, Any] | None = pydantic.Field(None, alias="schema")
    required_fields: list[str] = []
    rules: str | list[Any] | dict[str, Any] | None = None
    features: list[str] | dict[str, str] = []
    rename: dict[str, str] = {}
    drop: list[str] = []


class DataProcessorParameters(Parameters):
    """Arguments of a DataProcessor.

    Attributes:
        config: What it does; its keys may also stand beside the other arguments.
    """

    needs = handling.DataProcessor.needs
    positional = handling.DataProcessor.positional

    config: DataProcessorConfig = DataProcessorConfig()
    steps: list[str | StepOn] | None = pydantic.Field(
        None, validation_alias=pydantic.AliasChoices("steps", "operations")
    )
    schema_: str | dict[str, Any] | None = pydantic.Field(None, alias="schema")
    required_fields: list[str] | None = None
    rules: str | list[Any] | dict[str, Any] | None = None
    features: list[str] | dict[str, str] | None = None
    rename: dict[str, str] | None = None
    drop: list[str] | None = None


class DataProcessor(CompiledAgent[DataProcessorParameters]):
    """Cleans, checks and computes fields; what does not fit is an error."""

    parameters = DataProcessorParameters

    def compiled(self, site: Site) -> Compiled:
        """Compile what is declared, and nothing else."""
        said = _joined(self.arguments)
        steps = [step(each, site.agent) for each in said.steps]
        rules = declared_rules(site, Check, said.rules) if said.rules else []
        checks = [(each, expression(each.condition, f"rule '{each.name}'")) for each in rules]
        features = _features(said.features, site.agent)
        tests = [*_schema_test(site, said), *_required_test(said), *_rules_test(checks)]
        expressions = [*(test for _, test in checks), *(made for _, made in features)]
        selects = isinstance(said.features, list) and any(is_plain(each) for each in said.features)
        return Compiled(_processing(steps, tests, _last(features, said, selects=selects)), expressions)


def _joined(said: DataProcessorParameters) -> DataProcessorConfig:
    beside = {name: getattr(said, name) for name in DataProcessorConfig.model_fields}
    return said.config.model_copy(update={name: value for name, value in beside.items() if value is not None})


def _features(said: list[str] | dict[str, str], where: str) -> list[tuple[str, Condition]]:
    if isinstance(said, dict):
        return [(name, expression(text, f"agent {where}")) for name, text in said.items()]
    return [_feature(each, where) for each in said]


def _feature(said: str, where: str) -> tuple[str, Condition]:
    if is_plain(said):
        return said.strip().rpartition(".")[2], expression(said, f"agent {where}")
    name, made = computed(said, f"agent {where}")
    return name, made


def _schema_test(site: Site, said: DataProcessorConfig) -> list[Test]:
    if said.schema_ is None:
        return []
    checked = schema(site, said.schema_)
    fits = checked.fits
    return [lambda values, _: None if fits(values) else not_fitting(checked.problems(values))]


def _required_test(said: DataProcessorConfig) -> list[Test]:
    names = said.required_fields
    if not names:
        return []

    def test(values: dict[str, Any], _: Fields) -> AgentError | None:
        for name in names:
            if values.get(name) is None:
                return not_fitting([f"{each}: is missing" for each in names if values.get(each) is None])
        return None

    return [test]


def _rules_test(checks: list[tuple[Check, Condition]]) -> list[Test]:
    tests = [(condition.holds, check) for check, condition in checks]

    def test(_: dict[str, Any], fields: Fields) -> AgentError | None:
        broken = [check for holds, check in tests if not holds(fields)]
        return unfit(broken) if broken else None

    return [test] if tests else []


def _last(features: list[tuple[str, Condition]], said: DataProcessorConfig, *, selects: bool) -> Work | None:
    """Return what computes, renames and drops; `None` if nothing does."""
    if not (features or said.rename or said.drop):
        return None
    made = [(name, condition.value) for name, condition in features]
    rename, drop = said.rename, frozenset(said.drop)

    def last(values: dict[str, Any], fields: Fields) -> dict[str, Any]:
        if made:
            new = {name: value(fields) for name, value in made}
            values = new if selects else {**values, **new}
        if rename or drop:
            return {rename.get(name, name): value for name, value in values.items() if name not in drop}
        return values

    return last


def _processing(steps: list[Step], tests: list[Test], last: Work | None) -> Work:
    def processed(inputs: Any, fields: Fields) -> dict[str, Any]:
        values = whole(inputs)
        for each in steps:
            values = each(values)
        if values is not inputs:
            fields = values if fields is inputs else {**values, **_special(fields, inputs, values)}
        for test in tests:
            error = test(values, fields)
            if error is not None:
                raise error
        return values if last is None else last(values, fields)

    return processed


def _special(fields: Fields, inputs: Any, values: Any) -> dict[str, Any]:
    """Return what is seen beside the fields themselves, with the new values where that is all of them."""
    old = inputs if type(inputs) is dict else {}
    return {
        name: values if value is inputs else value
        for name, value in fields.items()
        if name not in old or value is not old[name]
    }
