"""Lines and rows of files, and where each begins."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from kodonb.kumeo.ports.errors import PortError

JSON_LINES: Final = frozenset({".jsonl", ".ndjson"})
TABLES: Final = {".csv": ",", ".tsv": "\t"}


class Row(NamedTuple):
    """A message of a file.

    Attributes:
        number: Its number within the file, from 0.
        data: What it says.
        fault: Why it cannot be read; empty if it can.
    """

    number: int
    data: Any
    fault: str = ""


def rows(file: Path, *, whole: bool = False) -> Iterator[Row]:
    """Yield the messages of a file: of JSON lines, a JSON array, a table with a header, or the lines of a text.

    Args:
        file: The file.
        whole: Whether a last line without its end is left out: it may still be being written.

    Raises:
        PortError: The file cannot be read (KN820).
    """
    ending = file.suffix.lower()
    try:
        if ending == ".json":
            yield from _array(file)
        elif ending in TABLES:
            yield from _table(file, TABLES[ending], whole=whole)
        else:
            yield from _lines(file, is_json=ending in JSON_LINES, whole=whole)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise PortError(
            f"{file.name} cannot be read: {error}", where=str(file), remedy="correct the path, or the file"
        ) from None


def _lines(file: Path, *, is_json: bool, whole: bool) -> Iterator[Row]:
    with file.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(_ended(lines) if whole else lines):
            text = line.rstrip("\r\n")
            if not is_json:
                yield Row(number, text)
            elif text.strip():
                yield _json(number, text)


def _ended(lines: Iterable[str]) -> Iterator[str]:
    return (line for line in lines if line.endswith("\n"))


def _json(number: int, text: str) -> Row:
    try:
        return Row(number, msgspec.json.decode(text.encode("utf-8", "surrogatepass")))
    except (msgspec.DecodeError, RecursionError) as error:
        return Row(number, text, f"line {number + 1} is no JSON: {error}")


def _array(file: Path) -> Iterator[Row]:
    try:
        found = json.loads(file.read_text("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise PortError(
            f"{file.name} is no JSON: {error}", where=str(file), remedy="correct the file"
        ) from None
    for number, value in enumerate(found if isinstance(found, list) else [found]):
        yield Row(number, value)


def _table(file: Path, delimiter: str, *, whole: bool) -> Iterator[Row]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        said = _ended(lines) if whole else lines
        for number, row in enumerate(csv.DictReader(said, delimiter=delimiter)):
            extra: Any = row.pop(None, None)
            fault = "" if extra is None else f"row {number + 1} has more fields than the header"
            yield Row(number, {name: _scalar(text) for name, text in row.items()}, fault)


def _scalar(text: Any) -> Any:
    """Return what a field of a table says: a number, true, false, nothing, or a text."""
    if not text:
        return None
    if text in {"true", "false"}:
        return text == "true"
    head = text.lstrip("-")
    if head[:1].isdigit() and (head == "0" or not head.startswith("0") or head.startswith("0.")):
        try:
            return int(text) if head.isdigit() else float(text)
        except ValueError:
            return text
    return text
