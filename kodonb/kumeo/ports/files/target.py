"""A file as a target: written beside its place, and put there when it is whole; or added to, batch by batch."""

from __future__ import annotations

import asyncio
import csv
import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, Final

from kodonb.kumeo.ports.encoding import encode
from kodonb.kumeo.ports.errors import PortError
from kodonb.kumeo.ports.files.rows import TABLES
from kodonb.kumeo.ports.files.safe import synced
from kodonb.kumeo.ports.protocol import Outgoing

_JSON = ".json"
_FOREIGN: Final = frozenset({
    ".parquet", ".pq", ".arrow", ".feather", ".ipc", ".avro", ".orc", ".xlsx", ".xls", ".ods", ".pkl", ".pickle",
    ".npy", ".npz", ".h5", ".hdf5", ".db", ".sqlite", ".duckdb", ".xml", ".html", ".htm", ".yaml", ".yml", ".toml",
    ".pdf", ".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z",
})  # fmt: skip
FORMATS: Final = ".jsonl or .ndjson for JSON lines, .json for an array, .csv or .tsv for a table"
"""Which endings a file with results may have, for people."""


def is_foreign(path: Path) -> bool:
    """Whether the ending of a file promises a format that is not written."""
    return path.suffix.lower() in _FOREIGN


class FileTarget:
    """A file of JSON lines, a JSON array, or a table; the ending says which, and JSON lines if it says nothing.

    Results for a subject go to a file of their own: ``out.jsonl`` and ``out.high.jsonl``.

    Args:
        path: The path.
        append: Whether results are added to what is there, at once; each is on disk when it counts as sent.
        fresh: Whether what an earlier run has left unfinished is thrown away.
    """

    parallel = 1

    def __init__(self, path: Path, *, append: bool = False, fresh: bool = True) -> None:
        self._path = path
        self._append = append
        self._fresh = fresh
        self._files: dict[str, _Writer] = {}

    async def open(self) -> None:
        """Begin the file.

        Raises:
            PortError: Its ending promises another format (KN821).
        """
        if is_foreign(self._path):
            raise PortError(
                f"results are not written as {self._path.suffix.lower()}",
                code="KN821",
                where=str(self._path),
                remedy=f"take a file that ends in {FORMATS}",
            )
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._writer("")

    def _writer(self, subject: str) -> _Writer:
        found = self._files.get(subject)
        if found is None:
            name = f"{self._path.stem}.{_plain(subject)}{self._path.suffix}" if subject else self._path.name
            found = _Writer(self._path.with_name(name), append=self._append, fresh=self._fresh)
            self._files[subject] = found
        return found

    async def send(self, batch: Sequence[Outgoing]) -> Sequence[str]:
        """Write results; when this returns, they are on disk. What a table has no column for is refused."""
        return await asyncio.to_thread(self._write, batch)

    def _write(self, batch: Sequence[Outgoing]) -> list[str]:
        refused = [self._writer(each.subject).add(each.data) for each in batch]
        for writer in self._files.values():
            writer.sync()
        return refused

    async def finish(self) -> None:
        """Put the files in their places: there is nothing more to come."""
        for writer in self._files.values():
            await asyncio.to_thread(writer.finish)

    async def close(self) -> None:
        """Close the files; what is not finished stays beside its place."""
        for writer in self._files.values():
            writer.close()
        self._files = {}


class _Writer:
    """One file."""

    def __init__(self, path: Path, *, append: bool, fresh: bool) -> None:
        self._path = path
        self._ending = path.suffix.lower()
        self._place = path if append else path.with_name(f".{path.name}.part")
        self._append = append
        if fresh and not append:
            self._place.unlink(missing_ok=True)
        self._out: IO[bytes] = self._place.open("ab")
        self._header: list[str] = []
        self._dirty = True

    def add(self, data: Any) -> str:
        """Write a result; return why it cannot be, if so."""
        if self._ending in TABLES:
            return self._add_row(data if isinstance(data, dict) else {"value": data})
        self._put(encode(data) + b"\n")
        return ""

    def _put(self, text: bytes) -> None:
        self._out.write(text)
        self._dirty = True

    def _add_row(self, fields: dict[str, Any]) -> str:
        rows = []
        if not self._header:
            self._header = self._known() or [*fields]
            if not self._place.stat().st_size and not self._out.tell():
                rows.append(self._header)
        if surplus := [name for name in fields if name not in self._header]:
            return f"{self._path.name} has no column {', '.join(surplus)}: the first result gives the columns"
        text = io.StringIO()
        rows.append([_cell(fields.get(name)) for name in self._header])
        csv.writer(text, delimiter=TABLES[self._ending], lineterminator="\n").writerows(rows)
        self._put(text.getvalue().encode())
        return ""

    def _known(self) -> list[str]:
        """Return the header of a table that is added to."""
        with self._place.open(encoding="utf-8", newline="") as lines:
            return next(csv.reader(lines, delimiter=TABLES[self._ending]), [])

    def sync(self) -> None:
        if self._dirty:
            self._out.flush()
            os.fsync(self._out.fileno())
            self._dirty = False

    def close(self) -> None:
        if not self._out.closed:
            self.sync()
            self._out.close()

    def finish(self) -> None:
        self.close()
        if self._append:
            return
        if self._ending == _JSON:
            lines = self._place.read_bytes().splitlines()
            self._place.write_bytes(b"[" + b",\n".join(lines) + b"]\n")
        self._place.replace(self._path)
        synced(self._path.parent)


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    return (
        value
        if isinstance(value, str | int | float) and not isinstance(value, bool)
        else encode(value).decode()
    )


def _plain(subject: str) -> str:
    return "".join(char if char.isalnum() or char in "-_." else "_" for char in subject).strip(".") or "_"
