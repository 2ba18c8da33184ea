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
from kodonb.kumeo.ports.files.rows import Row, rows
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
        self._folder = _folder(path)
        self._notes = self._folder / f".{durable}.done.json" if durable else None
        self._done: dict[str, int] = {}
        self._ahead: dict[str, set[int]] = {}
        self._came: dict[str, int] = {}
        self._given: dict[str, int] = {}
        self._rows: Iterator[tuple[str, Row]] = iter(())

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

    def _begin(self) -> Iterator[tuple[str, Row]]:
        """Yield what has not been given yet."""
        for file in self._files():
            name = file.relative_to(self._folder).as_posix()
            known = max(self._skip, self._came.get(name, self._done.get(name, 0)))
            for row in rows(file, whole=self._follow):
                if row.number >= known:
                    self._came[name] = row.number + 1
                    yield name, row

    async def pull(self, most: int) -> Sequence[Incoming]:
        """Return the next messages."""
        while True:
            found = await asyncio.to_thread(lambda: list(islice(self._rows, most)))
            if found or not self._follow:
                return [self._incoming(name, row) for name, row in found]
            await asyncio.sleep(_LOOK)
            self._rows = self._begin()

    def _incoming(self, name: str, row: Row) -> Incoming:
        id_ = f"{name}:{row.number + 1}"  # lines are numbered so by editors
        key = "" if row.fault else self._reading.key(row.data)
        subject = name.rpartition("/")[2]
        message = Message(id=id_, trace=id_, key=key, subject=subject, data=row.data)
        if self._notes is not None:
            self._pass_over(name, row.number)
        return Incoming(message, (name, row.number), row.fault)

    def _pass_over(self, name: str, number: int) -> None:
        """Note that empty lines before a message are done: nobody else will say so, and all after them would wait."""
        last = self._given.get(name, self._done.get(name, 0))
        self._ahead.setdefault(name, set()).update(range(last, number))
        self._given[name] = number + 1

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


def _folder(path: Path) -> Path:
    """Return the folder that all files are in; of a pattern, the one before its first wildcard."""
    if path.is_dir():
        return path
    folder = path.parent
    while not path.exists() and glob.has_magic(str(folder)):
        folder = folder.parent
    return folder
