"""Passages: pieces of documents that are short enough to be read, and long enough to make sense."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from kodonb.kumeo.agents.entities import unescaped

_LONGEST: Final = 1_200  # letters
_LARGEST: Final = 16 * 1024 * 1024  # bytes of a file
_ENDINGS: Final = frozenset(
    {
        ".txt",
        ".md",
        ".markdown",
        ".rst",
        ".json",
        ".jsonl",
        ".csv",
        ".tsv",
        ".html",
        ".htm",
        ".yaml",
        ".yml",
        ".log",
    }
)
_HIDDEN: Final = re.compile(r"<(?:script|style)\b", re.IGNORECASE)
_SHOWN: Final = re.compile(r"</(?:script|style)\s*>", re.IGNORECASE)
_TAG: Final = re.compile(r"<[^<>]*>")
_PARAGRAPHS: Final = re.compile(r"\n\s*\n")


def documents(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder, or the file itself; none that lies outside of it, whatever links there are."""
    if folder.is_file():
        yield folder
        return
    inside = folder.resolve()
    for file in sorted(folder.rglob("*")):
        if file.suffix.lower() in _ENDINGS and file.is_file() and file.resolve().is_relative_to(inside):
            yield file


def is_too_large(file: Path) -> bool:
    """Whether a file is too large to be read."""
    return file.stat().st_size > _LARGEST


def passages(file: Path) -> Iterator[str]:
    """Yield the passages of a file; none if it is not text."""
    try:
        text = file.read_text("utf-8-sig")
    except ValueError:
        return
    ending = file.suffix.lower()
    if ending in {".html", ".htm"}:
        text = _shown(text)
    if ending == ".json":
        yield from _of_json(text)
    elif ending in {".csv", ".tsv", ".jsonl"}:
        yield from _gathered(text.splitlines(), "\n")
    else:
        yield from _gathered(_PARAGRAPHS.split(text), "\n\n")


def _shown(page: str) -> str:
    """Return what a page shows, in time proportional to its length, whatever is missing in it."""
    kept, at = [], 0
    for begin in _HIDDEN.finditer(page):
        if begin.start() < at:
            continue
        end = _SHOWN.search(page, begin.end())
        if end is None:  # nor is there one for those that follow
            break
        kept.append(page[at : begin.start()])
        at = end.end()
    text = " ".join(_TAG.sub(" ", each) for each in (*kept, page[at:]))
    return unescaped(text)


def _of_json(text: str) -> Iterator[str]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = text
    items: list[Any] = (
        value if isinstance(value, list) else list(value.items()) if isinstance(value, dict) else [value]
    )
    texts = (each if isinstance(each, str) else json.dumps(each, ensure_ascii=False) for each in items)
    # Half a surrogate pair, which JSON may spell, cannot be kept by the index.
    yield from _gathered((each.encode("utf-8", "replace").decode() for each in texts), "\n")


def _gathered(parts: Any, between: str) -> Iterator[str]:
    """Yield parts, short ones together, long ones in pieces."""
    held = ""
    for part in parts:
        text = part.strip()
        if held and len(held) + len(text) > _LONGEST:
            yield held
            held = ""
        held = f"{held}{between}{text}".strip() if held else text
        if len(held) > _LONGEST:
            *pieces, held = _cut(held)
            yield from pieces
    if held:
        yield held


def _cut(text: str) -> Iterator[str]:
    """Yield a text in pieces that are short enough, cut between words if there are any; the last is the rest."""
    at = 0
    while len(text) - at > _LONGEST:
        cut = text.rfind(" ", at + _LONGEST // 2, at + _LONGEST)
        cut = cut if cut > 0 else at + _LONGEST
        yield text[at:cut].strip()
        at = cut
        while at < len(text) and text[at].isspace():
            at += 1
    yield text[at:]
