"""DecisionMatrix: lets through what all of its rules hold for."""

from __future__ import annotations

import json
from typing import Any

import pydantic

from kodonb.kumeo.agents.compiled import Compiled, CompiledAgent
from kodonb.kumeo.agents.errors import AgentError
from kodonb.kumeo.agents.expressing import expression
from kodonb.kumeo.agents.parameters import Parameters, Record
from kodonb.kumeo.agents.protocol import Site
from kodonb.kumeo.agents.rules import declared_rules
from kodonb.kumeo.agents.scope import Fields, Work
from kodonb.kumeo.catalogue import handling
from kodonb.kumeo.expressions import Condition


class Check(Record):
    """A rule that must hold.

    Attributes:
        name: What it is called.
        condition: What must hold.
        error: What is said if it does not.
    """

    name: str
    condition: str = pydantic.Field(validation_alias=pydantic.AliasChoices("condition", "when", "if"))
    error: str = ""


class DecisionMatrixParameters(Parameters):
    """Arguments of a DecisionMatrix; what becomes of messages that it refuses is said by `on_failure`.

    Attributes:
        rules: Rules ``{name, condition, error}``.
        matrix: The same, or a file with them.
        matrix_definition: The same.
    """

    needs = handling.DecisionMatrix.needs
    positional = handling.DecisionMatrix.positional

    rules: str | list[Any] | dict[str, Any] | None = None
    matrix: str | list[Any] | dict[str, Any] | None = None
    matrix_definition: str | list[Any] | dict[str, Any] | None = None
    config: None = None


class DecisionMatrix(CompiledAgent[DecisionMatrixParameters]):
    """Lets through what all of its rules hold for; the result is the input as it came."""

    parameters = DecisionMatrixParameters

    def compiled(self, site: Site) -> Compiled:
        """Compile the rules."""
        said = self.arguments
        rules = declared_rules(site, Check, said.rules, said.matrix, said.matrix_definition)
        checks = [(each, expression(each.condition, f"rule '{each.name}'")) for each in rules]
        return Compiled(_checking(checks), [test for _, test in checks])

    def read(self, inputs: Any) -> Any:
        """Return what a text that is JSON says: that is what rules are about, and what is let through."""
        return _read(inputs) if type(inputs) is str else inputs


def _checking(checks: list[tuple[Check, Condition]]) -> Work:
    tests = [(test.holds, check) for check, test in checks]

    def checked(inputs: Any, fields: Fields) -> Any:
        broken = [check for holds, check in tests if not holds(fields)]
        if broken:
            raise unfit(broken)
        return inputs

    return checked


def unfit(broken: list[Check]) -> AgentError:
    """Return the error over rules that do not hold."""
    told = [check.error or f"`{check.condition}` does not hold" for check in broken]
    return AgentError(
        "; ".join(f"{check.name}: {text}" for check, text in zip(broken, told, strict=True)),
        code="KN805",
        remedy="see on_failure, or correct the data",
        details=[{"rule": check.name, "error": text} for check, text in zip(broken, told, strict=True)],
    )


def _read(text: str) -> Any:
    try:
        value = json.loads(text) if text.lstrip().startswith("{") else text
    except (ValueError, RecursionError):
        return text
    return value
