"""E103, E140, W140, E150: inputs and outputs of subworkflows, and the subworkflows in use."""

from __future__ import annotations

from collections.abc import Iterator

from kodonb.kumeo.catalogue.sections import SUBWORKFLOW
from kodonb.kumeo.checks.scene import Scene
from kodonb.kumeo.diagnostics.diagnostic import Finding, finding
from kodonb.kumeo.diagnostics.near import meant
from kodonb.kumeo.syntax.tree import Array


def subworkflows(scene: Scene) -> Iterator[Finding]:
    """Yield inputs and outputs that are missing, and subworkflows that are used but not defined."""
    if scene.draft.kind == SUBWORKFLOW and not scene.draft.broken:
        yield from _lists(scene)
    taken = set(scene.scope.ids)
    for use in scene.draft.uses:
        if use.name.text in taken:
            yield finding("E103", use.name, f"the name `{use.name.text}` is taken", "choose another one")
        taken.add(use.name.text)
        known = [draft.name for draft in scene.book.subworkflows]
        if use.what.text not in known and scene.book.whole:
            message = f"there is no subworkflow `{use.what.text}`"
            yield finding("E150", use.what, message, meant(use.what.text, known, "define it in this text"))


def _lists(scene: Scene) -> Iterator[Finding]:
    code = "W140" if scene.draft.block else "E140"
    for name in ("input", "output"):
        section = scene.draft.sections.get(name)
        remedy = f'write e.g. {name}: ["order"]'
        if section is None:
            yield finding(code, scene.draft.head, f"the subworkflow has no {name}", remedy)
        elif isinstance(section.value, Array) and not section.value.items:
            yield finding(code, section.value, f"the {name} of the subworkflow is empty", remedy)
