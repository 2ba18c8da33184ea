"""E160, W160: references that mean nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from kodonb.kumeo.catalogue.roles import Role
from kodonb.kumeo.checks.scene import Scene
from kodonb.kumeo.diagnostics.diagnostic import Finding, finding
from kodonb.kumeo.diagnostics.near import meant
from kodonb.kumeo.outline.drafts import AgentDraft
from kodonb.kumeo.references.gathering import Reference
from kodonb.kumeo.references.quoted import is_sql, tables
from kodonb.kumeo.references.scope import ENTRIES
from kodonb.kumeo.syntax.tree import Block, Ref, Text, Value, walk

_FILE: Final = re.compile(
    r"\.(?:json|ya?ml|csv|tsv|parquet|toml|txt|onnx|pkl|joblib|pt|pth|bif|xml|db|sqlite)\Z"
)

_AGENTS: Final = frozenset({"agents", "preprocessors"})
_READ_ELSEWHERE: Final = frozenset({"input", "output", "context", "prompt", "system", "when"})


def wiring(scene: Scene) -> Iterator[Finding]:
    """Yield references that mean nothing; not where an error of syntax may have hidden what they mean."""
    if scene.draft.broken:
        return
    for agent, found in scene.references:
        for reference in found:
            if (
                reference.meaning is None
                and not reference.optional
                and not _is_data_of_others(reference, scene)
            ):
                yield _unknown(reference, agent, scene)
        yield from _queries(agent, scene)
        yield from _entries(agent, scene)
    yield from _elsewhere(scene)


def _is_data_of_others(reference: Reference, scene: Scene) -> bool:
    """Whether it is `data.x` as context where no data is declared at all: then whoever runs it brings that."""
    is_data = reference.quoted and reference.role is Role.CONTEXT and reference.text.startswith("data.")
    return is_data and "data" not in scene.draft.sections


def _unknown(reference: Reference, agent: AgentDraft, scene: Scene) -> Finding:
    said = reference.text
    alike = scene.scope.types.get(said.partition(".")[0], ())
    if len(alike) > 1:
        message = f"`{said}` may be of any of {len(alike)} agents"
        return finding(_code(reference), reference.node, message, f"name one of them, e.g. {alike[0]}.output")
    message = f"`{said}` means nothing here"
    otherwise = "put it in quotes if it is a text" if not reference.quoted and "." not in said else ""
    own = f"{agent.id}.output"  # which nobody can wait for
    others = [known for known in scene.scope.known if known != own]
    return finding(_code(reference), reference.node, message, meant(said, others, otherwise))


def _code(reference: Reference) -> str:
    return "W160" if reference.quoted else "E160"


def _queries(agent: AgentDraft, scene: Scene) -> Iterator[Finding]:
    """Yield queries over data that is not declared."""
    value = agent.arguments.get("context")
    if value is None or "data" not in scene.draft.sections:
        return
    for node in walk(value):
        if isinstance(node, Text) and is_sql(node.value):
            for name in tables(node.value):
                if name not in scene.scope.entries["data"]:
                    known = scene.scope.entries["data"]
                    yield finding("W160", node, f"no data `{name}` is declared", meant(name, known))


def _entries(agent: AgentDraft, scene: Scene) -> Iterator[Finding]:
    """Yield texts such as ``"models.x"`` or ``"x.output"`` that name what is not there, beside input and context."""
    for argument, value in agent.arguments.items():
        if argument in _READ_ELSEWHERE:
            continue
        for node in walk(value):
            if isinstance(node, Text) and _is_entry(node.value) and scene.scope.find(node.value) is None:
                message = f"`{node.value}` means nothing here"
                yield finding("W160", node, message, meant(node.value, scene.scope.known))


def _elsewhere(scene: Scene) -> Iterator[Finding]:
    """Yield names such as ``config.x`` of what is not there, outside of agents; other words there are texts."""
    for value in _beside_agents(scene):
        for node in walk(value):
            if (
                isinstance(node, Ref)
                and node.text.partition(".")[0] in ENTRIES
                and scene.scope.find(node.text) is None
            ):
                message = f"`{node.text}` means nothing here"
                yield finding("E160", node, message, meant(node.text, scene.scope.known))


def _beside_agents(scene: Scene) -> Iterator[Value]:
    yield from (section.value for name, section in scene.draft.sections.items() if name not in _AGENTS)
    for end in (*scene.draft.sources, *scene.draft.targets):
        if isinstance(end.node, Block):
            yield from (pair.value for pair in end.node.pairs)


def _is_entry(text: str) -> bool:
    head, dot, rest = text.partition(".")
    if not dot or re.fullmatch(r"[\w.-]+", rest) is None or _FILE.search(text):
        return False
    return head in ENTRIES or rest.partition(".")[0] == "output"
