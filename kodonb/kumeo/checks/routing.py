"""W183: routers that leave messages without a way, or send them where nothing is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kodonb.kumeo.catalogue.roles import Role, roles
from kodonb.kumeo.checks.conditions import DEFAULTS
from kodonb.kumeo.checks.scene import Scene
from kodonb.kumeo.diagnostics.diagnostic import Finding, finding
from kodonb.kumeo.diagnostics.near import meant
from kodonb.kumeo.outline.drafts import AgentDraft
from kodonb.kumeo.outline.values import entries, is_missing, listed, word
from kodonb.kumeo.syntax.tree import Array, Constant, Object, Ref, Text, Value

_TARGETS: Final = ("target", "to", "then", "route", "output", "destination")
_CONDITIONS: Final = ("condition", "when", "if")


def routing(scene: Scene) -> Iterator[Finding]:
    """Yield routers without a default, and targets that the workflow does not have."""
    for agent in scene.draft.everyone:
        if scene.is_broken(agent.node):
            continue
        for name, role in roles(agent.model).items():
            value = agent.arguments.get(name)
            if role is Role.ROUTES and isinstance(value, Object | Array):
                yield from _router(agent, value, scene)


def _router(agent: AgentDraft, routes: Value, scene: Scene) -> Iterator[Finding]:
    if not _has_default(agent, routes):
        message = f"the {agent.type} `{agent.id}` has no default: what fits no rule goes nowhere"
        yield finding("W183", routes, message, 'add e.g. default: "target.other"')
    if scene.draft.broken:
        return
    for value in (*_leads(routes), agent.arguments.get("default")):
        for each in listed(value) if value is not None else ():
            yield from _target(each, scene)


def _has_default(agent: AgentDraft, routes: Value) -> bool:
    if not is_missing(agent.arguments.get("default")):
        return True
    if isinstance(routes, Object):
        return any(pair.name in DEFAULTS or pair.name == "true" for pair in routes.pairs)
    return any(_is_default(entries(rule)) for rule in listed(routes))


def _is_default(rule: dict[str, Value]) -> bool:
    """Whether a rule of a list holds for all: it says so, or has no condition."""
    if "default" in rule or not any(name in rule for name in _CONDITIONS):
        return True
    said = [rule[name] for name in _CONDITIONS if name in rule]
    return any(word(each) in DEFAULTS or (isinstance(each, Constant) and each.value is True) for each in said)


def _leads(routes: Value) -> Iterator[Value]:
    if isinstance(routes, Object):
        yield from (pair.value for pair in routes.pairs)
        return
    for rule in listed(routes):
        inside = entries(rule)
        yield from (inside[name] for name in (*_TARGETS, "default") if name in inside)


def _target(value: Value, scene: Scene) -> Iterator[Finding]:
    said = word(value)
    if said is None or "${" in said:
        return
    head, _, subject = said.partition(".")
    known = _subjects(scene)
    if head == "target":
        if subject and known and subject not in known:
            message = f"the workflow has no target `{subject}`"
            yield finding("W183", value, message, meant(said, [f"target.{each}" for each in known]))
    # A bare reference to something else that is not known has been told.
    elif isinstance(value, Text) and not isinstance(value, Ref) and scene.scope.find(said) is None:
        message = f"`{said}` is no target"
        yield finding(
            "W183", value, message, meant(said, [f"target.{each}" for each in known], "write target.SUBJECT")
        )


def _subjects(scene: Scene) -> list[str]:
    return [name for end in scene.draft.targets for name in (end.subject, end.name) if name]
