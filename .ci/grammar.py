"""The LALR tables that lark makes of kodonb/kumeo/syntax/kumeo.lark; the parser reads them without lark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lark import Lark
from lark.parsers.lalr_analysis import Shift

GRAMMAR = Path(__file__).parents[1] / "kodonb" / "kumeo" / "syntax" / "kumeo.lark"


def tables() -> dict[str, Any]:
    """Return terminals, rules and states; an action is the next state, or a rule as its number below zero."""
    lark = Lark(
        GRAMMAR.read_text(encoding="utf-8"),
        parser="lalr",
        lexer="contextual",
        start="program",
        keep_all_tokens=True,
        maybe_placeholders=False,
    )
    table = lark.parser.parser._parse_table  # noqa: SLF001 - lark has no public name for it
    rules = sorted(lark.rules, key=_named)
    numbers = {rule: -number for number, rule in enumerate(rules, 1)}
    order = _walked(table)
    return {
        "terminals": {one.name: one.pattern.to_regexp() for one in sorted(lark.terminals, key=_called)},
        "rules": [
            {"make": rule.alias or "joined", "origin": rule.origin.name, "size": len(rule.expansion)}
            for rule in rules
        ],
        "start": order[table.start_states["program"]],
        "end": order[table.end_states["program"]],
        "states": [
            {
                symbol: order[to] if action is Shift else numbers[to]
                for symbol, (action, to) in sorted(table.states[state].items())
            }
            for state in order
        ],
    }


def _named(rule: Any) -> tuple[Any, ...]:
    return rule.origin.name, rule.alias or "", [symbol.name for symbol in rule.expansion]


def _called(terminal: Any) -> str:
    return str(terminal.name)


def _walked(table: Any) -> dict[int, int]:
    """Number the states in the order in which they are reached: lark's own order differs from run to run."""
    waiting = [*table.start_states.values()]
    order: dict[int, int] = {}
    while waiting:
        state = waiting.pop(0)
        if state not in order:
            order[state] = len(order)
            waiting += [
                to for _, (action, to) in sorted(table.states[state].items(), key=_first) if action is Shift
            ]
    return order


def _first(pair: tuple[str, Any]) -> str:
    return pair[0]
