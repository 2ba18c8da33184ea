"""W181: placeholders of a prompt that nothing will fill in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kodonb.kumeo.catalogue.roles import Role, roles
from kodonb.kumeo.checks.places import within
from kodonb.kumeo.checks.scene import Scene
from kodonb.kumeo.checks.shapes import is_open, shape
from kodonb.kumeo.diagnostics.diagnostic import Finding
from kodonb.kumeo.diagnostics.near import meant
from kodonb.kumeo.outline.drafts import AgentDraft
from kodonb.kumeo.outline.values import entries
from kodonb.kumeo.references.gathering import Reference
from kodonb.kumeo.syntax.tree import Object, Ref, Text
from kodonb.kumeo.templates import prompt

_ALWAYS: Final = frozenset(
    {
        "input",
        "context",
        "config",
        "env",
        "source",
        "target",
        "models",
        "schemas",
        "data",
        "preprocessors",
        "this",
    }
)


def prompts(scene: Scene) -> Iterator[Finding]:
    """Yield placeholders that are not in the input, where it is known what is."""
    if scene.draft.broken:
        return
    for agent, references in scene.references:
        texts = [
            agent.arguments[name]
            for name, role in roles(agent.model).items()
            if role is Role.PROMPT and name in agent.arguments
        ]
        known = _known(agent, references, scene) if texts else None
        if known is not None:
            for text in texts:
                if isinstance(text, Text) and "{{" in text.value:
                    yield from _unknown(text, known)


def _known(agent: AgentDraft, references: list[Reference], scene: Scene) -> set[str] | None:
    """Return the names that an agent's input has; `None` if that is not known from the text."""
    given = agent.arguments.get("input")
    if isinstance(given, Object):
        return set(entries(given))
    if not isinstance(given, Ref | Text):
        return None
    meaning = next((each.meaning for each in references if each.node is given), None)
    if meaning is None or len(meaning.agents) != 1 or meaning.path or meaning.kind == "preprocessors":
        return None
    declared = scene.scope.ids[meaning.agents[0]].arguments.get("output_schema")
    fields = None if is_open(declared) else shape(declared)
    return set(fields) if fields is not None else None


def _unknown(text: Text, known: set[str]) -> Iterator[Finding]:
    for path, at in prompt(text.value).placeholders():
        name, _, rest = path.partition(".")
        if name == "input" and rest and "input" not in known:
            name = rest.partition(".")[0]
        if name not in known and name not in _ALWAYS and ".output" not in path:
            start, end = within(text, at, 2)
            message = f"the placeholder `{path}` is not in the input"
            yield Finding("W181", start, end, message, meant(name, known, f"add it to the input: {name}: …"))
