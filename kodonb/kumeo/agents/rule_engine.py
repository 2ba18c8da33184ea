"""RuleEngine: adds to a message what rules conclude from it, each rule seeing what those before it concluded."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import pydantic

from kodonb.kumeo.agents.compiled import Compiled, CompiledAgent, whole
from kodonb.kumeo.agents.expressing import expression
from kodonb.kumeo.agents.parameters import Parameters, Record
from kodonb.kumeo.agents.protocol import Site
from kodonb.kumeo.agents.rules import declared_rules
from kodonb.kumeo.agents.scope import Fields, Work
from kodonb.kumeo.catalogue import handling
from kodonb.kumeo.expressions import Condition


class Rule(Record):
    """A rule.

    Attributes:
        name: What it is called; its number by default.
        condition: When it holds; `when` and `if` mean the same.
        then: Fields with values that are added if it holds.
        compute: Fields with expressions that are added if it holds.
        otherwise: Fields with values that are added if it does not; `else` means the same.
        priority: Rules with higher numbers come first.
        stop: Whether no further rule is tested when it holds.
    """

    name: str = ""
    condition: str = pydantic.Field("true", validation_alias=pydantic.AliasChoices("condition", "when", "if"))
    then: dict[str, Any] = {}
    compute: dict[str, str] = {}
    otherwise: dict[str, Any] = pydantic.Field(
        {}, validation_alias=pydantic.AliasChoices("otherwise", "else")
    )
    priority: float = 0
    stop: bool = False


class RuleEngineConfig(Record):
    """Settings of a RuleEngine.

    Attributes:
        mode: ``all`` tests every rule, ``first`` stops at the first that holds.
    """

    mode: Literal["all", "first"] = "all"


class RuleEngineParameters(Parameters):
    """Arguments of a RuleEngine.

    Attributes:
        rules: Rules ``{name, condition, then, compute, otherwise, priority, stop}``, or a file with them.
        mode: ``all`` tests every rule, ``first`` stops at the first that holds.
        config: More settings.
    """

    needs = handling.RuleEngine.needs
    positional = handling.RuleEngine.positional

    rules: str | list[Any] | dict[str, Any] | None = None
    mode: Literal["all", "first"] | None = None
    config: RuleEngineConfig = RuleEngineConfig()


class RuleEngine(CompiledAgent[RuleEngineParameters]):
    """Adds what rules conclude to the fields of a message, and their names as `matched`."""

    parameters = RuleEngineParameters

    def compiled(self, site: Site) -> Compiled:
        """Compile the rules."""
        said = self.arguments
        rules = declared_rules(site, Rule, said.rules)
        return engine(rules, said.mode or said.config.mode)


class _Ready(NamedTuple):
    name: str
    test: Condition
    then: dict[str, Any]
    compute: list[tuple[str, Condition]]
    otherwise: dict[str, Any]
    stop: bool


def engine(rules: list[Rule], mode: str) -> Compiled:
    """Compile rules."""
    ordered = sorted(enumerate(rules, 1), key=lambda each: -each[1].priority)
    ready = [
        _ready(rule, rule.name or str(number), stop=rule.stop or mode == "first") for number, rule in ordered
    ]
    expressions = [each for rule in ready for each in (rule.test, *(made for _, made in rule.compute))]
    return Compiled(_concluding(ready), expressions)


def _ready(rule: Rule, name: str, *, stop: bool) -> _Ready:
    where = f"rule '{name}'"
    compute = [(field, expression(text, where)) for field, text in rule.compute.items()]
    return _Ready(name, expression(rule.condition, where), rule.then, compute, rule.otherwise, stop)


def _concluding(rules: list[_Ready]) -> Work:
    steps = [(rule.test.holds, rule) for rule in rules]

    def concluded(inputs: Any, fields: Fields) -> dict[str, Any]:
        seen = dict(fields)
        made: dict[str, Any] = {}
        matched: list[str] = []
        for holds, rule in steps:
            if held := holds(seen):
                matched.append(rule.name)
            added = _added(rule, seen) if held else rule.otherwise
            if added:
                made.update(added)
                seen.update(added)
            if held and rule.stop:
                break
        return {**whole(inputs), **made, "matched": matched}

    return concluded


def _added(rule: _Ready, seen: Fields) -> dict[str, Any]:
    if not rule.compute:
        return rule.then
    return {**rule.then, **{name: each.value(seen) for name, each in rule.compute}}
