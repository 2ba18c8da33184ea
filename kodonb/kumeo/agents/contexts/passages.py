"""Passages: pieces of documents that are short enough to be read, and long enough to make sense."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

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
_TAGS: Final = re.compile(r"<(?:script|style)\b.*?</(?:script|style)\s*>|<[^<>]*>", re.DOTALL | re.IGNORECASE)
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
        text = html.unescape(_TAGS.sub(" ", text))
    if ending == ".json":
        yield from _of_json(text)
    elif ending in {".csv", ".tsv", ".jsonl"}:
        yield from _gathered(text.splitlines(), "\n")
    else:
        yield from _gathered(_PARAGRAPHS.split(text), "\n\n")


def _of_json(text: str) -> Iterator[str]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = text
    items: list[Any] = (
        value if isinstance(value, list) else list(value.items()) if isinstance(value, dict) else [value]
    )
    yield from _gathered(
        (each if isinstance(each, str) else json.dumps(each, ensure_ascii=False) for each in items), "\n"
    )


def _gathered(parts: Any, between: str) -> Iterator[str]:
    """Yield parts, short ones together, long ones in pieces."""
    held = ""
    for part in parts:
        text = part.strip()
        if held and len(held) + len(text) > _LONGEST:
            yield held
            held = ""
        held = f"{held}{between}{text}".strip() if held else text
        while len(held) > _LONGEST:
            cut = held.rfind(" ", _LONGEST // 2, _LONGEST)
            cut = cut if cut > 0 else _LONGEST
            yield held[:cut].strip()
            held = held[cut:].strip()
    if held:
        yield held
