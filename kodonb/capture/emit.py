"""Writes the text of a module and its source map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kodonb.capture.unit import Chunk, Import
from kodonb.model.module import Piece

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kodonb.capture.unit import Unit

WRITTEN: Final = "<captured>"
"""File name of lines that kodonb wrote."""

_BLANK = Chunk(("",))


def emit(imports: Iterable[Import], units: Sequence[Unit]) -> tuple[str, tuple[Piece, ...]]:
    """Return source text and source map of a module.

    Args:
        imports: Names from other modules.
        units: Definitions, in order.
    """
    chunks: list[Chunk] = []
    if any(unit.postponed for unit in units):
        chunks += [Chunk(("from __future__ import annotations",)), _BLANK]
    chunks += _imports(imports)
    for before, unit in zip([None, *units], units, strict=False):
        chunks += [*_gap(chunks, before, unit), *unit.chunks]
    return laid(chunks)


def laid(chunks: Sequence[Chunk]) -> tuple[str, tuple[Piece, ...]]:
    """Return chunks below each other as source text, and their source map."""
    return "\n".join(line for chunk in chunks for line in chunk.lines) + "\n", tuple(_pieces(chunks))


def _imports(imports: Iterable[Import]) -> Iterator[Chunk]:
    # Sorted by what they say, not by where they stood: running cells in another order changes no hash.
    plain = {item for item in imports if item.attribute is None}
    yield from _distinct(sorted(plain))
    yield from _distinct(sorted(set(imports) - plain))


def _distinct(imports: list[Import]) -> Iterator[Chunk]:
    seen = set()
    for item in imports:
        text = _statement(item)
        if text not in seen:
            seen.add(text)
            yield Chunk((text,), item.file, item.line, item.cell) if item.file else Chunk((text,))


def _statement(item: Import) -> str:
    if item.attribute is not None:
        renamed = f" as {item.name}" if item.name != item.attribute else ""
        return f"from {item.module} import {item.attribute}{renamed}"
    return f"import {item.module}" + (f" as {item.name}" if item.name not in ("", item.module) else "")


def _gap(chunks: Sequence[Chunk], before: Unit | None, unit: Unit) -> list[Chunk]:
    if not chunks:
        return []
    if before is None:
        return [_BLANK] * (1 if _is_line(unit) else 2)
    return [] if _is_line(before) and _is_line(unit) else [_BLANK, _BLANK]


def _is_line(unit: Unit) -> bool:
    return "\n" not in unit.text and not unit.text.startswith(("def ", "async def ", "class "))


def _pieces(chunks: Iterable[Chunk]) -> Iterator[Piece]:
    line = 1
    last: Piece | None = None
    for chunk in chunks:
        start = chunk.start if chunk.file else line
        piece = Piece(
            line=line, count=len(chunk.lines), file=chunk.file or WRITTEN, start=start, cell=chunk.cell
        )
        joined = _joined(last, piece)
        if joined is None and last is not None:
            yield last
        last = joined or piece
        line += piece.count
    if last is not None:
        yield last


def _joined(one: Piece | None, two: Piece) -> Piece | None:
    """Return one piece for two that follow each other in the module as in the user's file."""
    if one is None or (one.file, one.cell, one.start + one.count) != (two.file, two.cell, two.start):
        return None
    return Piece(line=one.line, count=one.count + two.count, file=one.file, start=one.start, cell=one.cell)
