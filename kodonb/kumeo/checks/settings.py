"""W160 in ``${section.path}``: settings that nothing sets."""

from __future__ import annotations

from collections.abc import Iterator

from kodonb.kumeo.checks.places import within
from kodonb.kumeo.checks.scene import Scene
from kodonb.kumeo.diagnostics.diagnostic import Finding
from kodonb.kumeo.diagnostics.near import meant
from kodonb.kumeo.references.scope import ENTRIES
from kodonb.kumeo.syntax.tree import Block, Section, Text, Value, walk
from kodonb.kumeo.templates import interpolated


def settings(scene: Scene) -> Iterator[Finding]:
    """Yield settings that name an entry of a section that it does not have."""
    node = scene.draft.node
    if scene.draft.broken or scene.book.tree.source.text.find("${", node.start, node.end) < 0:
        return
    for value in _values(scene):
        for each in walk(value):
            if isinstance(each, Text) and "${" in each.value:
                yield from _unknown(each, scene)


def _values(scene: Scene) -> Iterator[Value]:
    for item in scene.draft.node.items:
        if isinstance(item, Section):
            yield item.value
        elif isinstance(item, Block):
            yield from (pair.value for pair in item.pairs)


def _unknown(node: Text, scene: Scene) -> Iterator[Finding]:
    for setting in interpolated(node.value).settings():
        head = setting.path.partition(".")[0]
        if head in ENTRIES and setting.default is None and scene.scope.find(setting.path) is None:
            start, end = within(node, setting.start, setting.end - setting.start)
            message = f"`{setting.path}` means nothing here"
            yield Finding("W160", start, end, message, meant(setting.path, scene.scope.known))
