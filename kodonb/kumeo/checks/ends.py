"""E110, E111, W111, E112, W113, E114, E115: sources and targets, and their subjects."""

from __future__ import annotations

from collections.abc import Iterator

from kodonb.kumeo.catalogue.endpoints import ENDPOINTS
from kodonb.kumeo.catalogue.sections import WORKFLOW
from kodonb.kumeo.checks import subjects
from kodonb.kumeo.checks.scene import Scene
from kodonb.kumeo.diagnostics.diagnostic import Finding, finding
from kodonb.kumeo.diagnostics.near import meant
from kodonb.kumeo.outline.drafts import EndpointDraft
from kodonb.kumeo.outline.values import is_missing
from kodonb.kumeo.syntax.tree import Array, Block, Node, Ref, Text


def ends(scene: Scene) -> Iterator[Finding]:
    """Yield what is wrong with the sources and targets of a workflow."""
    draft = scene.draft
    if draft.kind == WORKFLOW and not draft.broken:
        yield from _missing(scene)
    for each in draft.sources:
        yield from _end(each, "source", scene)
    for each in draft.targets:
        yield from _end(each, "target", scene)


def _missing(scene: Scene) -> Iterator[Finding]:
    draft = scene.draft
    if not draft.sources and _is_empty(scene, "source"):
        remedy = 'write e.g. source: NATS("orders.new")'
        yield finding("E110", draft.head, "the workflow has no source", remedy)
    if not draft.targets and _is_empty(scene, "target"):
        code, remedy = "W111" if draft.block else "E111", 'write e.g. target: NATS("orders.done")'
        yield finding(code, draft.head, "the workflow has no target", remedy)


def _is_empty(scene: Scene, role: str) -> bool:
    """Whether nothing is said of sources or targets; what is said in a wrong way is told elsewhere."""
    section = scene.draft.sections.get(role)
    said = any(isinstance(item, Block) and item.kind.text == role for item in scene.draft.node.items)
    return not said and (section is None or (isinstance(section.value, Array) and not section.value.items))


def _end(end: EndpointDraft, role: str, scene: Scene) -> Iterator[Finding]:
    if end.known is None:
        known = [name for name, each in ENDPOINTS.items() if each.target or role == "source"]
        message = f"`{end.type}` is no type of {role}s that is known, so it is a custom one"
        yield finding("W113", _type_at(end), message, meant(end.type, known, "register it, or use Custom(…)"))
    elif (
        not scene.is_broken(end.node) and (end.known.target or role == "source") and end.known.name != "Timer"
    ):
        yield from _address(end, role)


def _address(end: EndpointDraft, role: str) -> Iterator[Finding]:
    assert end.known is not None
    at: Node = end.address if end.address is not None else _type_at(end)
    if is_missing(end.address):
        yield finding(
            "E112", at, f"the {end.known.address} of the {role} is blank", 'write e.g. "orders.new"'
        )
    elif isinstance(end.address, Text):
        yield from _subject(end.known.name, end.address, role)
    elif not isinstance(end.address, Ref):
        yield finding("E114", at, f"the {end.known.address} of a {role} is a text", 'write e.g. "orders.new"')


def _subject(kind: str, address: Text, role: str) -> Iterator[Finding]:
    problem, remedy = subjects.problem(kind, address.value, role)
    if problem:
        yield finding("E114", address, problem, remedy)
    elif role == "target" and subjects.has_wildcard(kind, address.value):
        message = "a target has no wildcards: a message is sent to one subject"
        yield finding("E115", address, message, "name one subject")


def _type_at(end: EndpointDraft) -> Node:
    return end.node.name
