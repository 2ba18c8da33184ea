"""E009: arguments and keys that are repeated, or stand where they may not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import takewhile
from typing import Final

from kodonb.kumeo.catalogue import endpoints, types
from kodonb.kumeo.checks.scene import Scene
from kodonb.kumeo.diagnostics.diagnostic import Finding, finding
from kodonb.kumeo.outline.values import positional
from kodonb.kumeo.syntax.tree import Arg, Array, Block, Call, Object, Pair, Section, Tree, Value, Word

Places = Callable[[str], tuple[str, ...]]

_PLACES: Final[dict[str, Places]] = {
    "source": endpoints.places,
    "target": endpoints.places,
    "context": endpoints.context_places,
}
"""What the arguments without a name of a type are, by section; in all others, those of agents."""


def repeats(scene: Scene) -> Iterator[Finding]:
    """Yield what is repeated, anywhere in a definition."""
    tree = scene.book.tree
    for item in scene.draft.node.items:
        if isinstance(item, Section):
            yield from _in_value(item.value, tree, _PLACES.get(item.name.text, types.places))
        elif isinstance(item, Block):
            yield from _twice(item.pairs)
            for pair in item.pairs:
                yield from _in_value(pair.value, tree, types.places)


def _in_value(value: Value, tree: Tree, places: Places) -> Iterator[Finding]:
    # A text, a number or a name has nothing in it; most values are one.
    if isinstance(value, Call):
        if not tree.is_broken(value):  # else what stands where may be a mistake of ours
            yield from _order(value, places(value.name.text))
        yield from _twice(_parts(value))
        inner: Iterable[Value] = [arg.value for arg in value.args]
    elif isinstance(value, Object):
        yield from _twice(value.pairs)
        inner = [pair.value for pair in value.pairs]
    elif isinstance(value, Array):
        inner = value.items
    else:
        return
    for each in inner:
        if isinstance(each, Call | Object | Array):
            yield from _in_value(each, tree, places)


def _parts(call: Call) -> Iterator[Arg | Pair]:
    """Yield the arguments of a call; an object behind its first argument holds such, too."""
    yield from call.args
    for value in positional(call.args)[1:]:
        yield from value.pairs if isinstance(value, Object) else ()


def _order(call: Call, places: tuple[str, ...]) -> Iterator[Finding]:
    named = False
    for arg in call.args:
        if arg.name is not None:
            named = True
        elif named:
            message = "an argument without a name stands after one that has one"
            yield finding("E009", arg, message, "give it a name, or put it first")
    taken = places[: len([*takewhile(lambda arg: arg.name is None, call.args)])]
    for arg in call.args:
        if arg.name is not None and arg.name.text in taken:
            message = f"`{arg.name.text}` is given twice: by its place, and by its name"
            yield finding("E009", arg.name, message, "remove one of the two")


def _twice(parts: Iterable[Arg | Pair]) -> Iterator[Finding]:
    seen: set[str] = set()
    for part in parts:
        key = part.name if isinstance(part, Arg) else part.key
        if key is None:
            continue
        name = key.text if isinstance(key, Word) else key.value
        if name in seen:
            yield finding("E009", key, f"`{name}` is given twice", "remove one of the two")
        seen.add(name)
