"""A file, or files, as a source; it is read once, and what was done is remembered if a name is given for that."""

from __future__ import annotations

import asyncio
import glob
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec

from kodonb.kumeo.agents.protocol import Message
from kodonb.kumeo.ports.errors import PortError
from kodonb.kumeo.ports.files.rows import JSON_LINES, Row, rows
from kodonb.kumeo.ports.files.safe import replaced
from kodonb.kumeo.ports.protocol import Incoming
from kodonb.kumeo.ports.reading import Reading

_LOOK: Final = 0.5  # seconds between two looks at a file that grows


class FileSource:
    """Files: of a path, of a pattern, of a folder.

    Args:
        path: The path.
        reading: How messages are read; only the key matters.
        durable: Name under which it is remembered what is done, in a file beside the path; empty if nothing is.
        follow: Whether to wait for lines that are added.
        skip: Number of the first message of each file that counts.
    """

    def __init__(
        self,
        path: Path,
        reading: Reading | None = None,
        *,
        durable: str = "",
        follow: bool = False,
        skip: int = 0,
    ) -> None:
        self._path = path
        self._reading = reading or Reading({})
        self._follow = follow
        self._skip = skip
        folder = path if path.is_dir() else path.parent
        self._notes = folder / f".{durable}.done.json" if durable else None
        self._done: dict[str, int] = {}
        self._ahead: dict[str, set[int]] = {}
        self._came: dict[str, int] = {}
        self._rows: Iterator[tuple[Path, Row]] = iter(())

    @property
    def partitioned(self) -> bool:
        """Whether messages with the same key keep their order."""
        return self._reading.partitioned

    async def open(self) -> None:
        """Find the files, and what is done of them.

        Raises:
            PortError: There are none.
        """
        if self._notes is not None and self._notes.exists():
            self._done = msgspec.json.decode(self._notes.read_bytes(), type=dict[str, int])
        if not self._files() and not self._follow:
            raise PortError("there is no such file", where=str(self._path), remedy="correct the path")
        self._rows = self._begin()

    def _files(self) -> list[Path]:
        if self._path.is_dir():
            return sorted(
                each for each in self._path.iterdir() if each.is_file() and not each.name.startswith(".")
            )
        if self._path.exists():
            return [self._path]
        return sorted(Path(each) for each in glob.glob(str(self._path)))  # noqa: PTH207 - the pattern may be absolute

    def _begin(self) -> Iterator[tuple[Path, Row]]:
        """Yield what has not been given yet."""
        for file in self._files():
            known = max(self._skip, self._came.get(file.name, self._done.get(file.name, 0)))
            for row in rows(file):
                if row.number >= known:
                    self._came[file.name] = row.number + 1
                    yield file, row

    async def pull(self, most: int) -> Sequence[Incoming]:
        """Return the next messages."""
        while True:
            found = await asyncio.to_thread(lambda: list(islice(self._rows, most)))
            if found or not self._follow:
                return [self._incoming(file, row) for file, row in found]
            await asyncio.sleep(_LOOK)
            self._rows = self._begin()

    def _incoming(self, file: Path, row: Row) -> Incoming:
        id_ = f"{file.name}:{row.number}"
        key = "" if row.fault else self._reading.key(row.data)
        message = Message(id=id_, trace=id_, key=key, subject=file.name, data=row.data)
        return Incoming(message, (file.name, row.number), row.fault)

    async def done(self, messages: Sequence[Incoming]) -> None:
        """Note what is done."""
        if self._notes is None:
            return
        for each in messages:
            name, number = each.token
            self._ahead.setdefault(name, set()).add(number)
        for name, ahead in self._ahead.items():
            upto = self._done.get(name, 0)
            while upto in ahead:
                ahead.discard(upto)
                upto += 1
            self._done[name] = upto
        notes, body = self._notes, msgspec.json.encode(self._done)
        await asyncio.to_thread(replaced, notes, body)

    async def close(self) -> None:
        """Let go of the files."""
        close: Any = getattr(self._rows, "close", None)
        if close is not None:
            close()


__all__ = ["JSON_LINES", "FileSource"]
