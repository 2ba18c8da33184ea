"""Programs to try things on: those of the rules, whole, broken, and with comments everywhere."""

from __future__ import annotations

import json

import msgspec
from hypothesis import strategies as st

from kodonb.kumeo.program import form
from kodonb.kumeo.syntax.lexis import END, tokens
from kodonb.kumeo.syntax.parsing import parse
from kodonb.kumeo.syntax.source import Source
from tests.kumeo.rulebook import rules

TEXTS = [rule.text for rule in rules()]
SOUND = [text for text in TEXTS if not parse(Source(text)).wrong]
COMMENTS = ["// a\n", "/* b */", "\n// c d\n", "/* e\n  f */", "\n\n/**/\n", "// \r\n"]


def said(program):
    """What a program says, wherever in the text."""

    def bare(value):
        if isinstance(value, dict):
            return {name: bare(each) for name, each in value.items() if name != "line"}
        return [bare(each) for each in value] if isinstance(value, list) else value

    return bare(json.loads(form.encode(program)))


def comments(text):
    found = parse(Source(text)).comments
    return sorted(
        text.removeprefix("\ufeff")[one.start : one.end].replace("\r\n", "\n").rstrip() for one in found
    )


def pieces(text):
    """The tokens of a text, with what stands before each."""
    plain = text.removeprefix("\ufeff")
    found, at = [], 0
    for token in tokens(plain, 0, []):
        found.append((plain[at : token.start], plain[token.start : token.end]))
        at = token.end
        if token.kind == END:
            return found
    return found


@st.composite
def commented(draw):
    """A sound text with comments between its tokens."""
    words = pieces(draw(st.sampled_from(SOUND)))
    places = draw(st.sets(st.integers(0, len(words) - 1), max_size=8))
    return "".join(
        f"{before}{draw(st.sampled_from(COMMENTS)) if number in places else ''}{word}"
        for number, (before, word) in enumerate(words)
    )


@st.composite
def spoiled(draw):
    """A text from which tokens were taken, or to which some were added."""
    words = [before + word for before, word in pieces(draw(st.sampled_from(TEXTS)))]
    for _ in range(draw(st.integers(1, 6))):
        place = draw(st.integers(0, len(words)))
        if draw(st.booleans()):
            del words[place : place + draw(st.integers(1, 4))]
        else:
            sign = st.sampled_from(
                [*"{}[]():=,;./'\"", '"""', "/*", "//", "x", "workflow", "1", "\\", "\x00", "é"]
            )
            words.insert(place, draw(sign))
    return "".join(words)


def same(one, other):
    return msgspec.json.encode(one) == msgspec.json.encode(other)
