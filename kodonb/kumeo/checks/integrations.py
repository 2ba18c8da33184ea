"""E150, E153, E160: a subworkflow that is bound into a workflow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kodonb.kumeo.catalogue.sections import INTEGRATION, SUBWORKFLOW, WORKFLOW
from kodonb.kumeo.checks.scene import Scene
from kodonb.kumeo.diagnostics.diagnostic import Finding, finding
from kodonb.kumeo.diagnostics.near import meant
from kodonb.kumeo.outline.drafts import Draft
from kodonb.kumeo.outline.values import word
from kodonb.kumeo.references.quoted import paths
from kodonb.kumeo.references.scope import Scope
from kodonb.kumeo.syntax.tree import Lost, Object, Pair, Ref, Text, Use, walk


def integrations(scene: Scene) -> Iterator[Finding]:
    """Yield what an integration names that there is not."""
    if scene.draft.kind != INTEGRATION or not scene.book.whole:
        return
    yield from _defined(scene, "workflow", WORKFLOW)
    if not any(isinstance(item, Use) for item in scene.draft.node.items):  # which has been told
        yield from _defined(scene, "use", SUBWORKFLOW)
    used, host = _named(scene, "use", SUBWORKFLOW), _named(scene, "workflow", WORKFLOW)
    mapping = scene.draft.sections.get("mapping")
    if mapping is not None and isinstance(mapping.value, Object):
        for pair in mapping.value.pairs:
            yield from _half(pair, used)
            yield from _ends(pair, host)


def _said(pair: Pair, scope: Scope) -> Iterator[tuple[str, Ref | Text, str]]:
    """Yield what one half of a mapping names, with the code for what means nothing."""
    for node in walk(pair.value):
        if isinstance(node, Ref) and "." in node.text:
            yield "E160", node, node.text
        # An output in quotes, or of one word, gives a stream its name.
        elif isinstance(node, Text) and (pair.name != "output" or node.value.startswith("target.")):
            found = paths(node.value)
            yield from (("W160", node, each.text) for each in found or () if not each.optional)
            if found is None and scope.find(node.value) is None:
                yield "W160", node, node.value


def _named(scene: Scene, section: str, kind: str) -> Draft | None:
    found = scene.draft.sections.get(section)
    return scene.book.find(kind, word(found.value) or "") if found is not None else None


def _defined(scene: Scene, section: str, kind: str) -> Iterator[Finding]:
    found = scene.draft.sections.get(section)
    known = [draft.name for draft in scene.book.drafts if draft.kind == kind and draft.name]
    if found is None:
        yield finding("E150", scene.draft.head, f"the integration names no {kind}", f"write {section}: NAME")
    elif not isinstance(found.value, Lost) and (word(found.value) or "") not in known:
        name = word(found.value) or ""
        said = f"there is no {kind} `{name}`" if name else f"this names no {kind}"
        yield finding("E150", found.value, said, meant(name, known, "define it in this text"))


def _half(pair: Pair, used: Draft | None) -> Iterator[Finding]:
    """Yield keys of one half of a mapping that the subworkflow does not have."""
    if pair.name not in {"input", "output"}:
        yield finding(
            "E153", pair.key, "a mapping has `input` and `output`", meant(pair.name, ["input", "output"])
        )
    elif used is not None and isinstance(pair.value, Object):
        known = [text.value for text in (used.inputs if pair.name == "input" else used.outputs)]
        for each in pair.value.pairs:
            if each.name not in known:
                message = f"`{each.name}` is no {pair.name} of {used.name}"
                yield finding("E153", each.key, message, meant(each.name, known))


def _ends(pair: Pair, host: Draft | None) -> Iterator[Finding]:
    """Yield references of one half of a mapping that mean nothing in the workflow."""
    if host is None:
        return
    scope = Scope(host)
    for code, node, said in _said(pair, scope):
        if scope.find(said) is None:
            yield _unknown(code, node, said, host, scope.known)


def _unknown(code: str, node: Ref | Text, said: str, host: Draft, known: Iterable[str]) -> Finding:
    return finding(code, node, f"`{said}` means nothing in {host.name}", meant(said, known))
