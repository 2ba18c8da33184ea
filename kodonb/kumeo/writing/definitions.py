"""From a definition to lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kodonb.kumeo.checks.scene import Scene
from kodonb.kumeo.outline.drafts import AgentDraft, Draft, EndpointDraft
from kodonb.kumeo.syntax.tree import Array, Block, Definition, Item, Node, Section, Use
from kodonb.kumeo.writing.comments import Around
from kodonb.kumeo.writing.lines import Lines
from kodonb.kumeo.writing.pieces import Body, Line
from kodonb.kumeo.writing.turning import arguments, can_turn

_WIDE: Final = frozenset({"agents", "preprocessors"})
_PLACE: Final = {"source": "source", "target": "target", "agent": "agents", "agents": "agents"}


class Definitions:
    """Makes lines of definitions.

    Args:
        lines: Makes lines of their parts.
    """

    def __init__(self, lines: Lines) -> None:
        self._lines = lines

    def definition(self, node: Definition, scene: Scene | None, around: Around) -> Line:
        """Return a definition; a scene is there for those whose kind is known."""
        arounds, tail = self._lines.comments.among(node.inside, node.end, node.items)
        pairs = list(zip(node.items, arounds, strict=True))
        turned = scene is not None and scene.draft.block and can_turn(scene)
        made = self._turned(pairs, scene.draft) if turned and scene else [self._item(*pair) for pair in pairs]
        head = f"{node.kind.text} {node.name.text} " if node.name else f"{node.kind.text} "
        line = Line(head, Body("{", "}", list(made), tail, joint="", wide=True))
        line.before = [*around.before, *self._lines.comments.loose(node.start, node.inside, None)]
        line.after, line.gap = around.after, around.gap
        return line

    def _item(self, item: Item, around: Around) -> Line:
        if isinstance(item, Section):
            line = self._lines.value(f"{item.name.text}: ", item.value)
            if item.name.text in _WIDE and line.body is not None and isinstance(item.value, Array):
                line.body.wide = True
            return self._lines.around(line, item, item.value, around)
        if isinstance(item, Use):
            return self._lines.around(Line(f"use {item.what.text} as {item.name.text}"), item, item, around)
        return self._block(item, around)

    def _block(self, block: Block, around: Around) -> Line:
        """Return a block as a block."""
        inner = Node(self._inside(block), block.end)
        arounds, tail = self._lines.comments.among(inner.start, inner.end, block.pairs)
        lines = [self._lines.part(pair, one, " = ") for pair, one in zip(block.pairs, arounds, strict=True)]
        line = Line(f"{block.kind.text} {block.name.text} ", Body("{", "}", lines, tail, joint=""))
        line.before = [*around.before, *self._lines.comments.loose(block.start, inner.start, None)]
        line.after, line.gap = around.after, around.gap
        return line

    def _inside(self, block: Block) -> int:
        return self._lines.brace(block.name.end) + 1

    def _turned(self, pairs: list[tuple[Item, Around]], draft: Draft) -> Iterator[Line]:
        """Yield the items in colon form: blocks of a kind are gathered where the first of them stands."""
        groups: dict[str, list[tuple[Item, Around]]] = {}
        for item, around in pairs:
            name = (
                item.name.text
                if isinstance(item, Section)
                else item.kind.text
                if isinstance(item, Block)
                else ""
            )
            groups.setdefault(_PLACE.get(name, f"at {item.start}"), []).append((item, around))
        for place, found in groups.items():
            if any(isinstance(item, Block) for item, _ in found):
                yield self._gathered(place, found, draft)
            else:
                yield from (self._item(item, around) for item, around in found)

    def _gathered(self, place: str, found: list[tuple[Item, Around]], draft: Draft) -> Line:
        known: list[AgentDraft | EndpointDraft] = [*draft.everyone, *draft.sources, *draft.targets]
        drafts = {id(each.node): each for each in known}
        elements: list[Line] = []
        for item, around in found:
            if isinstance(item, Block):
                elements.append(self._call(item, drafts[id(item)], around))
            elif isinstance(item, Section):
                elements += self._elements(item, around)
        if place != "agents" and len(elements) == 1:
            [only] = elements
            return Line(f"{place}: {only.text}", only.body, only.before, only.after, only.gap)
        gap, elements[0].gap = elements[0].gap, False
        return Line(f"{place}: ", Body("[", "]", elements, wide=place == "agents"), gap=gap)

    def _elements(self, section: Section, around: Around) -> list[Line]:
        """Return the elements of a section that stands beside blocks of its kind."""
        line = self._item(section, around)
        if isinstance(section.value, Array) and line.body is not None:
            if line.body.lines:
                line.body.lines[0].before = [*line.before, *line.body.lines[0].before]
                line.body.lines[-1].after += [*line.after, *(remark.text for remark in line.body.tail)]
            return line.body.lines
        line.text = line.text.removeprefix(f"{section.name.text}: ")
        return [line]

    def _call(self, block: Block, draft: AgentDraft | EndpointDraft, around: Around) -> Line:
        """Return a block as a call."""
        old = self._block(block, around)
        assert old.body is not None
        beside = dict(zip((pair.name for pair in block.pairs), old.body.lines, strict=True))
        made: list[Line] = []
        for name, value, instead in arguments(draft):
            key = name or next(pair.name for pair in block.pairs if pair.value is value)
            line = (
                Line(f"{name}: {instead}")
                if instead
                else self._lines.value(f"{name}: " if name else "", value)
            )
            if not instead:
                line.before, line.after, line.gap = beside[key].before, beside[key].after, False
            made.append(line)
        kind = beside.get("type")
        if kind is not None:
            old.before += [*kind.before, *self._lines.comments.remarks(kind.after)]
        old.text, old.body = "", Body(f"{draft.type}(", ")", made, old.body.tail)
        return old
