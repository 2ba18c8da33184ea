"""Rules as they are declared: in place, in the settings, or in a JSON file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import pydantic

from kodonb.kumeo.agents.errors import AgentError, declared_wrongly
from kodonb.kumeo.agents.parameters import Record
from kodonb.kumeo.agents.problems import problems
from kodonb.kumeo.agents.protocol import Site
from kodonb.kumeo.agents.sections import document

R = TypeVar("R", bound=Record)


def declared_rules(site: Site, kind: type[R], *said: Any) -> list[R]:
    """Return the rules of the first place that has any.

    Args:
        site: Where the program is.
        kind: Model of a rule.
        said: Lists of rules, or ``{rules: […]}``, or references or files with such.

    Raises:
        AgentError: They are malformed, or there are none (KN802); a file cannot be read (KN804).
    """
    place = next((each for each in said if each), None)
    value = document(site, place)
    rules = value.get("rules") if isinstance(value, Mapping) else value
    if not isinstance(rules, list) or not rules:
        raise declared_wrongly(
            "rules must be a list, and not empty", "write rules: [{…}, …]", where=site.agent
        )
    return [_rule(site, kind, number, each) for number, each in enumerate(rules, 1)]


def _rule(site: Site, kind: type[R], number: int, said: Any) -> R:
    try:
        return kind.model_validate(said)
    except pydantic.ValidationError as error:
        raise _malformed(site, number, said, error, kind) from None


def _malformed(
    site: Site, number: int, said: Any, error: pydantic.ValidationError, kind: type[R]
) -> AgentError:
    name = said.get("name", number) if isinstance(said, Mapping) else number
    message, remedy = problems(error, kind)
    return declared_wrongly(f"rule {name}: {message}", remedy, where=site.agent)
