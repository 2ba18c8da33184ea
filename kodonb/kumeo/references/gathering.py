"""All references of an agent, each with its place and its meaning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from kodonb.kumeo.catalogue.roles import Role, roles
from kodonb.kumeo.expressions import Malformed, condition
from kodonb.kumeo.outline.drafts import AgentDraft
from kodonb.kumeo.outline.values import entries, listed
from kodonb.kumeo.references.meaning import Meaning
from kodonb.kumeo.references.quoted import Path, is_sql, paths
from kodonb.kumeo.references.routes import routes
from kodonb.kumeo.references.scope import Scope
from kodonb.kumeo.syntax.tree import Call, Object, Ref, Text, Value, walk
from kodonb.kumeo.templates import blank, prompt

_NO_INPUT: Final = frozenset({Role.OUTPUT, Role.FALLBACK, Role.ROUTES})
_NOT_WAITED_FOR: Final = frozenset({"on_failure"})


class Reference(NamedTuple):
    """A reference as it stands in the text.

    Attributes:
        node: Where it stands.
        text: What it says.
        argument: The argument that it is part of.
        role: What that argument is.
        quoted: Whether it is in quotes.
        optional: Whether it may mean nothing.
        meaning: What it means; `None` if nothing.
    """

    node: Ref | Text
    text: str
    argument: str
    role: Role | None
    quoted: bool
    optional: bool
    meaning: Meaning | None

    @property
    def is_waited_for(self) -> bool:
        """Whether the agent needs it before it can begin."""
        return self.role not in _NO_INPUT and self.argument not in _NOT_WAITED_FOR


def references(agent: AgentDraft, scope: Scope) -> Iterator[Reference]:
    """Yield the references of an agent: bare ones everywhere, quoted ones where references are expected."""
    known = roles(agent.model)
    ways = {id(node) for _, node in routes(agent)}
    for argument, value in agent.arguments.items():
        role = known.get(argument)
        for node in walk(value):
            if isinstance(node, Ref):
                # What a router sends something to is not there because it does so.
                meaning = scope.defined(node.text) if id(node) in ways else _bare(node.text, role, scope)
                yield Reference(
                    node, node.text, argument, role, quoted=False, optional=False, meaning=meaning
                )
        if role in {Role.INPUT, Role.CONTEXT}:
            yield from (
                _quoted(node, path, argument, role, scope) for node in _texts(value) for path in _paths(node)
            )
    for value in agent.rest:
        for node in walk(value):
            if isinstance(node, Ref):
                meaning = scope.find(node.text)
                yield Reference(node, node.text, "", None, quoted=False, optional=False, meaning=meaning)


def _bare(text: str, role: Role | None, scope: Scope) -> Meaning | None:
    found = scope.find(text)
    # What stands under `output` gives a stream its name, unless it is something that there is.
    if found is None and role is Role.OUTPUT and text.partition(".")[0] != "output":
        return Meaning("stream", text)
    return found


def _texts(value: Value) -> Iterator[Text]:
    """Yield the texts that are references: the argument itself, elements of a list, values of an object."""
    inner = tuple(pair.value for pair in value.pairs) if isinstance(value, Object) else listed(value)
    for each in inner:
        if isinstance(each, Text):
            yield each
        elif isinstance(each, Object) or (each is not value and not isinstance(each, Call | Ref)):
            yield from (node for node in walk(each) if isinstance(node, Text))


def _paths(node: Text) -> tuple[Path, ...]:
    if is_sql(node.value) or "${" in node.value or "{{" in node.value:
        return ()
    found = paths(node.value)
    return (Path(node.value),) if found is None else found


def _quoted(node: Text, path: Path, argument: str, role: Role | None, scope: Scope) -> Reference:
    return Reference(
        node, path.text, argument, role, quoted=True, optional=path.optional, meaning=scope.find(path.text)
    )


def needed(agent: AgentDraft, known: Iterable[Reference], scope: Scope) -> dict[str, Ref | Text]:
    """Return the agents that one waits for, each with the place that says so.

    Args:
        agent: The agent.
        known: Its references.
        scope: What can be referred to.
    """
    found: dict[str, Ref | Text] = {}
    for reference in known:
        if reference.meaning is not None and reference.is_waited_for:
            for other in reference.meaning.agents:
                found.setdefault(other, reference.node)
    for other, place in scope.routes.get(agent.id, {}).items():
        if other != agent.id:
            found.setdefault(other, place)
    for node, path in _said(agent):
        meaning = scope.find(path) if ".output" in path else None
        for other in meaning.agents if meaning is not None else ():
            found.setdefault(other, node)
    return found


def _said(agent: AgentDraft) -> Iterator[tuple[Text, str]]:
    """Yield the paths in conditions and prompts that may name another agent, other than the names of its inputs."""
    own = set(entries(agent.arguments.get("input")))
    known = roles(agent.model)
    for argument, value in agent.arguments.items():
        if isinstance(value, Text) and ".output" in value.value:
            found: Iterator[str] = iter(())
            if known.get(argument) is Role.PROMPT:
                found = (path for path, _ in prompt(value.value).placeholders())
            elif known.get(argument) is Role.CONDITION:
                found = _fields(value.value)
            yield from ((value, path) for path in found if path.partition(".")[0] not in own)


def _fields(text: str) -> Iterator[str]:
    try:
        return condition(blank(text)).paths()
    except Malformed:
        return iter(())  # which is told by the check of conditions
