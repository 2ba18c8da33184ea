"""Where in a text a cursor stands, told from the tokens before it: the text may be anything but whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from kodonb.kumeo.syntax.lexis import CLOSERS, END, OPENERS, Token, tokens

Kind = Literal["top", "definition", "block", "call", "object", "array"]

_LINKS: Final = frozenset({"COLON", "EQUAL", "DOT", "SLASH"})
_QUOTED: Final = {"STRING": 1, "OPEN_STRING": 1, "TRIPLE": 3, "OPEN_TRIPLE": 3}
_PART: Final = frozenset({"NAME", "DOT", "SLASH"})


@dataclass(slots=True)
class Frame:
    """A pair of brackets that the cursor is in.

    Attributes:
        kind: What they are.
        name: The word before them: kind of the definition or block, type of the call.
        key: The section, argument or key whose value is being typed; empty while that itself is.
        used: The keys that have been given.
        words: Words since the last value.
    """

    kind: Kind
    name: str = ""
    key: str = ""
    used: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Place:
    """Where a cursor stands.

    Attributes:
        frames: The brackets around it, outermost first; the first is the text itself.
        start: Where the word begins that is being typed.
        end: Where it ends.
        word: That word, up to the cursor.
        quoted: Whether it is a text in quotes.
    """

    frames: list[Frame]
    start: int
    end: int
    word: str
    quoted: bool

    @property
    def inner(self) -> Frame:
        """The innermost brackets."""
        return self.frames[-1]

    def path(self) -> list[str]:
        """Return the keys from the definition inwards."""
        return [frame.key for frame in self.frames[1:] if frame.key]


def place(text: str, offset: int) -> Place:
    """Return where a cursor stands.

    Args:
        text: The text.
        offset: Number of characters before the cursor.
    """
    before: list[Token] = []
    touched: list[Token] = []
    for token in tokens(text, 0, []):
        if token.kind == END or token.start >= offset:
            break
        (touched if token.end >= offset and token.kind in (_PART | _QUOTED.keys()) else before).append(token)
    if touched and touched[0].kind in _QUOTED:
        return _in_quotes(text, offset, before, touched[0])
    # A path is one word: what has been typed of it stands directly before.
    while before and before[-1].kind in _PART and before[-1].end == (touched[0].start if touched else offset):
        touched.insert(0, before.pop())
    start = touched[0].start if touched else offset
    end = touched[-1].end if touched else offset
    return Place(_frames(text, before), start, end, text[start:offset], quoted=False)


def _in_quotes(text: str, offset: int, before: list[Token], token: Token) -> Place:
    quote = _QUOTED[token.kind]
    start = min(token.start + quote, offset)
    closed = token.kind in {"STRING", "TRIPLE"}
    if closed and offset >= token.end:  # behind the closing quote
        return Place(_frames(text, [*before, token]), offset, offset, "", quoted=False)
    return Place(
        _frames(text, before), start, token.end - quote if closed else offset, text[start:offset], quoted=True
    )


def _frames(text: str, before: list[Token]) -> list[Frame]:
    frames = [Frame("top")]
    last = ""
    for token in before:
        frame = frames[-1]
        if token.kind in OPENERS:
            frames.append(_opened(token.kind, frame))
        elif token.kind in CLOSERS:
            if len(frames) > 1:
                frames.pop()
                _ended(frames[-1])
        else:
            _word(frame, token.kind, text[token.start : token.end], last)
        last = token.kind
    return frames


def _opened(kind: str, frame: Frame) -> Frame:
    words = frame.words
    if kind == "LPAR":
        return Frame("call", words[-1] if words else "")
    if kind == "LSQB":
        if not frame.key and words:  # a section with brackets alone
            frame.key = words[-1]
        return Frame("array")
    if frame.kind == "top":
        return Frame("definition", words[0] if words else "")
    if frame.kind == "definition" and not frame.key and len(words) == 2:
        return Frame("block", words[0])
    return Frame("object")


def _ended(frame: Frame) -> None:
    """A value has ended; in a list the next one is of the same key."""
    frame.words = []
    if frame.kind in {"top", "definition", "block", "object"}:
        frame.key = ""


def _word(frame: Frame, kind: str, said: str, last: str) -> None:
    if kind in {"COMMA", "SEMICOLON"}:
        frame.words = []
        frame.key = ""
    elif kind in {"COLON", "EQUAL"}:
        frame.key = frame.words[-1].strip("\"'") if frame.words else ""
        frame.used.append(frame.key)
        frame.words = []
    elif kind == "NAME" or (kind in _QUOTED and not frame.key):
        if frame.key and frame.words and last not in _LINKS:
            frame.key, frame.words = "", []
        frame.words.append(said)
    elif kind not in {"DOT", "SLASH"}:
        _ended(frame)
