"""Makes nodes of what the rules of the grammar have found.

Every function takes the parts of a rule, tokens and nodes, and the text; `MAKERS` names them as the grammar does.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from kodonb.kumeo.syntax.lexis import Token
from kodonb.kumeo.syntax.tree import (
    Arg,
    Array,
    Block,
    Call,
    Constant,
    Definition,
    Lost,
    Number,
    Object,
    Pair,
    Ref,
    Section,
    Text,
    Use,
    Word,
)

Parts = list[Any]
Maker = Callable[[Parts, str], Any]

_ESCAPE: Final = re.compile(r"\\([\s\S])")
_MEANT: Final = {"n": "\n", "r": "\r", "t": "\t"}
_ITEMS: Final = frozenset({Section, Block, Use})
_PAIRS: Final = frozenset({Pair})
_ARGS: Final = frozenset({Arg})
_CONSTANTS: Final = {"true": True, "false": False, "null": None}


def unescaped(body: str) -> str:
    """Return what the inside of a text in quotes says; ends of lines are those of Unix."""
    plain = body.replace("\r\n", "\n") if "\r" in body else body
    if "\\" not in plain:
        return plain
    return _ESCAPE.sub(lambda found: _MEANT.get(found[1], found[1]), plain)


def _word(token: Token, text: str) -> Word:
    return Word(token.start, token.end, text[token.start : token.end])


def _joined(parts: Parts, _: str) -> Parts:
    """Gather what repeats; the first part holds what was gathered before."""
    if parts and type(parts[0]) is list:
        first: Parts = parts[0]
        for part in parts[1:]:
            if type(part) is list:
                first += part
            else:
                first.append(part)
        return first
    return parts


def _flat(parts: Parts, kinds: frozenset[type]) -> tuple[Any, ...]:
    found = []
    for part in parts:
        if type(part) is list:
            found += [each for each in part if type(each) in kinds]
        elif type(part) in kinds:
            found.append(part)
    return tuple(found)


def _definition(parts: Parts, text: str) -> Definition:
    name = _word(parts[1], text) if parts[1].kind == "NAME" else None
    inside = parts[1 if name is None else 2].end
    items = _flat(parts[2:-1], _ITEMS)
    return Definition(parts[0].start, parts[-1].end, _word(parts[0], text), name, items, inside)


def _section(parts: Parts, text: str) -> Section:
    return Section(parts[0].start, parts[2].end, _word(parts[0], text), parts[2])


def _block(parts: Parts, text: str) -> Block:
    kind, name = _word(parts[0], text), _word(parts[1], text)
    return Block(parts[0].start, parts[-1].end, kind, name, _flat(parts[3:-1], _PAIRS))


def _listing(parts: Parts, text: str) -> Section:
    return Section(parts[0].start, parts[-1].end, _word(parts[0], text), _array(parts[1:], text))


def _use(parts: Parts, text: str) -> Use:
    first, what, second, name = (_word(part, text) for part in parts)
    return Use(first.start, name.end, what, name, fits=(first.text, second.text) == ("use", "as"))


def _lost(parts: Parts, _: str) -> Lost:
    return Lost(parts[0].start, parts[0].end)


def _text(parts: Parts, text: str) -> Text:
    token = parts[0]
    return Text(token.start, token.end, unescaped(text[token.start + 1 : token.end - 1]))


def _raw(parts: Parts, text: str) -> Text:
    token = parts[0]
    inside = text[token.start + 3 : token.end - 3].replace("\r\n", "\n")
    return Text(token.start, token.end, inside, raw=True)


def _number(parts: Parts, text: str) -> Number:
    said = text[parts[0].start : parts[0].end]
    whole = said.removeprefix("-").isdigit()
    return Number(parts[0].start, parts[0].end, int(said) if whole else float(said))


def _path(parts: Parts, text: str) -> Ref:
    if len(parts) == 1:
        token = parts[0]
        return Ref(token.start, token.end, text[token.start : token.end])
    tokens = _tokens(parts)
    said = "".join(text[token.start : token.end] for token in tokens)
    return Ref(tokens[0].start, tokens[-1].end, said)


def _tokens(parts: Parts) -> list[Token]:
    return [token for part in parts for token in (_tokens(part) if isinstance(part, list) else [part])]


def _ref(parts: Parts, _: str) -> Ref | Constant:
    path: Ref = parts[0]
    if path.text in _CONSTANTS:
        return Constant(path.start, path.end, _CONSTANTS[path.text])
    return path


def _call(parts: Parts, text: str) -> Call:
    return Call(parts[0].start, parts[-1].end, _word(parts[0], text), _flat(parts[2:-1], _ARGS))


def _array(parts: Parts, _: str) -> Array:
    items = () if len(parts) == 2 else tuple(part for part in parts[1] if not isinstance(part, Token))
    return Array(parts[0].start, parts[-1].end, items)


def _object(parts: Parts, _: str) -> Object:
    return Object(parts[0].start, parts[-1].end, _flat(parts[1:-1], _PAIRS))


def _named(parts: Parts, text: str) -> Arg:
    return Arg(parts[0].start, parts[2].end, _word(parts[0], text), parts[2])


def _positional(parts: Parts, _: str) -> Arg:
    return Arg(parts[0].start, parts[0].end, None, parts[0])


def _values(parts: Parts, _: str) -> Parts:
    return [each for part in parts for each in (part if type(part) is list else [part])]


def _pair(parts: Parts, text: str) -> Pair:
    key = _word(parts[0], text) if parts[0].kind == "NAME" else _text(parts, text)
    return Pair(parts[0].start, parts[2].end, key, parts[2])


MAKERS: Final[dict[str, Maker]] = {
    "joined": _joined,
    "definition": _definition,
    "section": _section,
    "block": _block,
    "listing": _listing,
    "use": _use,
    "lost": _lost,
    "text": _text,
    "raw": _raw,
    "number": _number,
    "path": _path,
    "ref": _ref,
    "call": _call,
    "array": _array,
    "object": _object,
    "named": _named,
    "positional": _positional,
    "values": _values,
    "pair": _pair,
}
