"""Router: sends each message to the target of the first rule that holds."""

from __future__ import annotations

from typing import Any, Final

import pydantic

from kodonb.kumeo.agents.compiled import Compiled, CompiledAgent
from kodonb.kumeo.agents.errors import declared_wrongly
from kodonb.kumeo.agents.expressing import expression
from kodonb.kumeo.agents.parameters import Parameters, Record
from kodonb.kumeo.agents.protocol import Dropped, Routed, Site
from kodonb.kumeo.agents.rules import declared_rules
from kodonb.kumeo.agents.scope import Fields
from kodonb.kumeo.agents.sections import document
from kodonb.kumeo.catalogue import handling
from kodonb.kumeo.expressions import Condition

_NOWHERE: Final = Dropped("no rule holds, and there is no default")

Targets = str | list[str]


class Route(Record):
    """A rule of a list.

    Attributes:
        condition: When it holds; `when` and `if` mean the same.
        target: Where messages go then; `to`, `then`, `route`, `output` and `destination` mean the same.
        name: What it is called.
    """

    condition: str = pydantic.Field(validation_alias=pydantic.AliasChoices("condition", "when", "if"))
    target: Targets = pydantic.Field(
        validation_alias=pydantic.AliasChoices("target", "to", "then", "route", "output", "destination")
    )
    name: str = ""


class RouterConfig(Record):
    """Settings of a Router.

    Attributes:
        default: Target of messages that no rule holds for.
    """

    default: Targets | None = None


class RouterParameters(Parameters):
    """Arguments of a Router.

    Attributes:
        rules: ``{condition: target}`` in the order of testing, also ``default``; or a list of ``{condition, target}``.
        routing_rules: The same.
        default: Target of messages that no rule holds for.
        config: More settings.
    """

    needs = handling.Router.needs
    positional = handling.Router.positional

    rules: str | dict[str, Targets] | list[Any] | None = None
    routing_rules: str | dict[str, Targets] | list[Any] | None = None
    default: Targets | None = None
    config: RouterConfig = RouterConfig()


class Router(CompiledAgent[RouterParameters]):
    """Sends each message to the target of the first rule that holds."""

    parameters = RouterParameters

    def compiled(self, site: Site) -> Compiled:
        """Compile the rules, the default last wherever it stands."""
        said = self.arguments
        rules = document(site, said.rules or said.routing_rules)
        pairs = _pairs(site, rules)
        otherwise = said.default or said.config.default
        routes = [
            (expression(test, f"rule {test!r}"), _subjects(site, to))
            for test, to in pairs
            if test != "default"
        ]
        defaults = [to for test, to in pairs if test == "default"] + ([otherwise] if otherwise else [])
        subjects = _subjects(site, defaults[0]) if defaults else None
        return Compiled(_routing(routes, subjects), [test for test, _ in routes])


def _pairs(site: Site, rules: Any) -> list[tuple[str, Targets]]:
    if not isinstance(rules, dict) or isinstance(rules.get("rules"), list):
        return [(each.condition, each.target) for each in declared_rules(site, Route, rules)]
    inner = rules.get("rules")
    return list((inner if isinstance(inner, dict) else rules).items())


def _subjects(site: Site, said: Any) -> tuple[str, ...]:
    targets = said if isinstance(said, list) else [said]
    for target in targets:
        if not isinstance(target, str) or not target.strip() or any(sign in target for sign in "{*> \t\n"):
            message = f"{target!r} is not a target"
            raise declared_wrongly(message, 'write e.g. "target.alerts.high"', where=site.agent)
    return tuple(target.removeprefix("target.") for target in targets)


def _routing(routes: list[tuple[Condition, tuple[str, ...]]], otherwise: tuple[str, ...] | None) -> Any:
    tests = [(test.holds, subjects) for test, subjects in routes]

    def routed(inputs: Any, fields: Fields) -> Routed | Dropped:
        for holds, subjects in tests:
            if holds(fields):
                return Routed(subjects, inputs)
        return _NOWHERE if otherwise is None else Routed(otherwise, inputs)

    return routed
