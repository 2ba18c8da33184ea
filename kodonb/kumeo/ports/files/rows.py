"""Lines and rows of files, and where each begins."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from kodonb.kumeo.ports.errors import PortError

JSON: Final = ".json"
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


def rows(file: Path) -> Iterator[Row]:
    """Yield the messages of a file: of JSON lines, a JSON array, a table with a header, or the lines of a text.

    Raises:
        PortError: The file cannot be read (KN820).
    """
    ending = file.suffix.lower()
    try:
        if ending == JSON:
            yield from _array(file)
        elif ending in TABLES:
            yield from _table(file, TABLES[ending])
        else:
            yield from _lines(file, is_json=ending in JSON_LINES)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise unreadable(file, error) from None


def unreadable(file: Path, error: Exception) -> PortError:
    """Return the error for a file that cannot be read."""
    return PortError(
        f"{file.name} cannot be read: {error}", where=str(file), remedy="correct the path, or the file"
    )


def _lines(file: Path, *, is_json: bool) -> Iterator[Row]:
    with file.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines):
            row = of_line(number, line, is_json=is_json)
            if row is not None:
                yield row


def of_line(number: int, line: str, *, is_json: bool) -> Row | None:
    """Return the message that a line is; none if it is an empty one between lines of JSON."""
    text = line.rstrip("\r\n")
    if not is_json:
        return Row(number, text)
    if not text.strip():
        return None
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


def _table(file: Path, delimiter: str) -> Iterator[Row]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines, delimiter=delimiter)):
            yield of_record(number, row)


def of_record(number: int, row: dict[str | Any, Any]) -> Row:
    """Return the message that a record of a table is."""
    extra: Any = row.pop(None, None)
    fault = "" if extra is None else f"row {number + 1} has more fields than the header"
    return Row(number, {name: _scalar(text) for name, text in row.items()}, fault)


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
