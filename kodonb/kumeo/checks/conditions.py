"""E001 within conditions: `when`, keys of routes, `condition`, features, alerts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from kodonb.kumeo.catalogue.roles import Role, parts, roles
from kodonb.kumeo.checks.places import within
from kodonb.kumeo.checks.scene import Scene
from kodonb.kumeo.diagnostics.diagnostic import Finding, finding
from kodonb.kumeo.expressions import Malformed, condition, feature, is_plain
from kodonb.kumeo.expressions.nodes import Apply, Constant
from kodonb.kumeo.expressions.paths import inside
from kodonb.kumeo.expressions.patterns import problem
from kodonb.kumeo.outline.values import entries, listed
from kodonb.kumeo.syntax.tree import Array, Call, Number, Object, Text, Value, Word

DEFAULTS: Final = frozenset({"default", "_", "*", "else", "otherwise"})
"""Keys of routes that stand for all that no condition holds for."""

_CONDITIONS: Final = ("condition", "when", "if")


def conditions(scene: Scene) -> Iterator[Finding]:
    """Yield conditions that cannot be read."""
    for agent in scene.draft.everyone:
        yield from _of(agent.model, agent.arguments)
    monitor = scene.draft.sections.get("monitor")
    alerts = entries(monitor.value).get("alerts") if monitor is not None else None
    if alerts is not None:
        yield from _routes(alerts)


def _of(model: Any, arguments: dict[str, Value]) -> Iterator[Finding]:
    for name, role in roles(model).items():
        value = arguments.get(name)
        if value is not None:
            yield from _READ.get(role, _nothing)(value)
    for name, part in parts(model).items():
        if isinstance(arguments.get(name), Object):
            yield from _of(part, entries(arguments[name]))


def _nothing(_: Value) -> Iterator[Finding]:
    yield from ()


def _condition(value: Value) -> Iterator[Finding]:
    if isinstance(value, Array | Call | Number | Object):
        yield finding("E001", value, "a condition is a text", 'write e.g. "amount > 1000"')
    elif isinstance(value, Text) and not _is_filled_in(value.value):
        yield from _read(value, condition)


def _routes(value: Value) -> Iterator[Finding]:
    """Check what has conditions as keys, or a list of objects with a condition each."""
    if not isinstance(value, Object):
        yield from _rules(value)
        return
    for pair in value.pairs:
        if pair.name not in DEFAULTS and not _is_filled_in(pair.name):
            yield from _read(pair.key, condition)


def _rules(value: Value) -> Iterator[Finding]:
    """Check rules that have a condition each: a list of them, or an object that has such a list as `rules`."""
    for rule in listed(entries(value).get("rules", value)):
        inside_rule = entries(rule)
        for name in _CONDITIONS:
            said = inside_rule.get(name)
            if isinstance(said, Text) and said.value not in DEFAULTS:
                yield from _condition(said)


def _features(value: Value) -> Iterator[Finding]:
    if isinstance(value, Object):
        for pair in value.pairs:
            yield from _condition(pair.value)
        return
    for each in listed(value):
        if isinstance(each, Text) and not (is_plain(each.value) or _is_filled_in(each.value)):
            yield from _read(each, feature)


_READ: Final[dict[Role, Callable[[Value], Iterator[Finding]]]] = {
    Role.CONDITION: _condition,
    Role.ROUTES: _routes,
    Role.RULES: _rules,
    Role.FEATURES: _features,
}


def _read(node: Text | Word, read: Callable[[str], Any]) -> Iterator[Finding]:
    text = node.text if isinstance(node, Word) else node.value
    try:
        found = read(text)
    except Malformed as error:
        start, end = within(node, error.at)
        yield Finding("E001", start, end, error.message, error.remedy)
        return
    yield from _patterns(node, getattr(found, "condition", found).tree)


def _patterns(node: Text | Word, tree: Any) -> Iterator[Finding]:
    """Yield regular expressions that are none."""
    for part in inside(tree):
        if isinstance(part, Apply) and part.function == "matches" and isinstance(part.arguments[1], Constant):
            pattern = part.arguments[1].value
            told = problem(pattern) if isinstance(pattern, str) else ""
            if told:
                message = f"`{pattern}` {told}"
                yield Finding("E001", node.start, node.end, message, "write e.g. matches(name, '^[A-Z]+$')")


def _is_filled_in(text: str) -> bool:
    """Whether a text has settings in it, so that what it says is known when it runs."""
    return "${" in text
