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
from kodonb.kumeo.references.routes import leads, subject, ways
from kodonb.kumeo.syntax.tree import Array, Constant, Object, Ref, Text, Value

_CONDITIONS: Final = ("condition", "when", "if")


def routing(scene: Scene) -> Iterator[Finding]:
    """Yield routers without a default, and targets that the workflow does not have."""
    for agent in scene.draft.everyone:
        if scene.is_broken(agent.node):
            continue
        for name, role in roles(agent.model).items():
            value = agent.arguments.get(name)
            if role is Role.ROUTES and isinstance(value, Object | Array) and not is_missing(value):
                yield from _router(agent, value, scene)


def _router(agent: AgentDraft, routes: Value, scene: Scene) -> Iterator[Finding]:
    if not _has_default(agent, routes):
        message = f"the {agent.type} `{agent.id}` has no default: what fits no rule goes nowhere"
        yield finding("W183", routes, message, 'add e.g. default: "target.other"')
    if scene.draft.broken:
        return
    for value in (*leads(routes), *(way for each in _defaults(agent) for way in ways(each))):
        yield from _target(value, scene)


def _has_default(agent: AgentDraft, routes: Value) -> bool:
    if not all(is_missing(value) for value in _defaults(agent)):
        return True
    if isinstance(routes, Object):
        return any(pair.name in DEFAULTS or pair.name == "true" for pair in routes.pairs)
    return any(_is_default(entries(rule)) for rule in listed(routes))


def _defaults(agent: AgentDraft) -> tuple[Value | None, ...]:
    """Return what is said to be the default beside the rules."""
    return agent.arguments.get("default"), entries(agent.arguments.get("config")).get("default")


def _is_default(rule: dict[str, Value]) -> bool:
    """Whether a rule of a list holds for all: it says so, or has no condition."""
    if "default" in rule or not any(name in rule for name in _CONDITIONS):
        return True
    said = [rule[name] for name in _CONDITIONS if name in rule]
    return any(word(each) in DEFAULTS or (isinstance(each, Constant) and each.value is True) for each in said)


def _target(way: Ref | Text, scene: Scene) -> Iterator[Finding]:
    said = word(way) or ""
    if "${" in said or subject(way) in scene.led_to:
        return
    head, _, rest = said.partition(".")
    known = sorted(scene.scope.ends)
    targets = [f"target.{each}" for each in known]
    if head == "target":
        if rest and known and rest not in known and not any("${" in each for each in known):
            yield finding("W183", way, f"the workflow has no target `{rest}`", meant(said, targets))
    # A bare reference to something else that is not known has been told.
    elif isinstance(way, Text) and scene.scope.defined(said) is None:
        message = f"`{said}` is no target"
        yield finding("W183", way, message, meant(said, targets, "write target.SUBJECT"))
