"""A file, or files, as a source; it is read once, and what was done is remembered if a name is given for that."""

from __future__ import annotations

import asyncio
import glob
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from kodonb.kumeo.agents.protocol import Message
from kodonb.kumeo.ports.errors import PortError
from kodonb.kumeo.ports.files.rows import Row, rows
from kodonb.kumeo.ports.files.safe import replaced
from kodonb.kumeo.ports.files.tail import Tail
from kodonb.kumeo.ports.protocol import Incoming
from kodonb.kumeo.ports.reading import Reading

_LOOK: Final = 0.5  # seconds between two looks at a file that grows
_OPEN: Final = 100  # files that are kept open, so that the last lines before they are moved away are read
_TURN: Final = "//"  # stands in no path


class _Found(NamedTuple):
    """A message where it was found.

    Attributes:
        name: Path of the file, within the folder of all files.
        turn: How often the file had been cut or exchanged before.
        row: The message.
    """

    name: str
    turn: int
    row: Row

    @property
    def key(self) -> str:
        """Under which it is remembered what is done."""
        return f"{self.name}{_TURN}{self.turn}" if self.turn else self.name


class FileSource:
    """Files: of a path, of a pattern, of a folder.

    Args:
        path: The path.
        reading: How messages are read; only the key matters.
        durable: Name under which it is remembered what is done, in a file beside the path; empty if nothing is.
        follow: Whether to wait for lines that are added.
        skip: Number of the first message of each file that counts.
        warn: Told what a person should know.
    """

    def __init__(
        self,
        path: Path,
        reading: Reading | None = None,
        *,
        durable: str = "",
        follow: bool = False,
        skip: int = 0,
        warn: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._path = path
        self._reading = reading or Reading({})
        self._follow = follow
        self._skip = skip
        self._warn = warn
        self._folder = _folder(path)
        self._notes = self._folder / f".{durable}.done.json" if durable else None
        self._turns: dict[str, int] = {}
        self._tails: dict[str, Tail] = {}
        self._done: dict[str, int] = {}
        self._ahead: dict[str, set[int]] = {}
        self._came: dict[str, int] = {}
        self._given: dict[str, int] = {}
        self._rows: Iterator[_Found] = iter(())

    @property
    def partitioned(self) -> bool:
        """Whether messages with the same key keep their order."""
        return self._reading.partitioned

    async def open(self) -> None:
        """Find the files, and what is done of them.

        Raises:
            PortError: There are none, or it cannot be read what is done (KN820).
        """
        if self._notes is not None and self._notes.exists():
            self._done = _noted(self._notes)
            turns = (key.partition(_TURN) for key in self._done)
            self._turns = {name: int(turn) for name, _, turn in turns if turn.isdigit()}
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

    def _begin(self) -> Iterator[_Found]:
        """Yield what has not been given yet."""
        for file in self._files():
            name = file.relative_to(self._folder).as_posix()
            for found in self._added(name, file) if self._follow else self._all(name, file):
                known = self._came.get(found.key, self._done.get(found.key, 0))
                if found.row.number >= max(known, 0 if found.turn else self._skip):
                    self._came[found.key] = found.row.number + 1
                    yield found

    def _all(self, name: str, file: Path) -> Iterator[_Found]:
        turn = self._turns.get(name, 0)
        return (_Found(name, turn, row) for row in rows(file))

    def _added(self, name: str, file: Path) -> Iterator[_Found]:
        tail = self._tails.get(name)
        if tail is None:
            turn = self._turns.get(name, 0)
            left = self._done.get(_Found(name, turn, Row(0, None)).key, 0)
            tail = self._tails[name] = Tail(file, turn, left)
        for row in tail.rows():
            yield _Found(name, tail.turn, row)
        if len(self._tails) > _OPEN:
            tail.close()

    async def pull(self, most: int) -> Sequence[Incoming]:
        """Return the next messages."""
        while True:
            found = await asyncio.to_thread(lambda: list(islice(self._rows, most)))
            if found or not self._follow:
                return [self._incoming(each) for each in found]
            await asyncio.sleep(_LOOK)
            self._rows = self._begin()

    def _incoming(self, found: _Found) -> Incoming:
        name, turn, row = found
        if turn > self._turns.get(name, 0):
            self._turn(found)
        id_ = f"{found.key}:{row.number + 1}"  # lines are numbered so by editors
        key = "" if row.fault else self._reading.key(row.data)
        subject = name.rpartition("/")[2]
        message = Message(id=id_, trace=id_, key=key, subject=subject, data=row.data)
        if self._notes is not None:
            self._pass_over(found.key, row.number)
        return Incoming(message, found, row.fault)

    def _turn(self, found: _Found) -> None:
        """Forget what was done of a file that has been cut or exchanged since."""
        self._warn(f"{found.name} was cut or exchanged: it is read from its beginning")
        former = found._replace(turn=self._turns.get(found.name, 0)).key
        self._done.pop(former, None)
        self._ahead.pop(former, None)
        self._turns[found.name] = found.turn
        self._done[found.key] = 0

    def _pass_over(self, key: str, number: int) -> None:
        """Note that empty lines before a message are done: nobody else will say so, and all after them would wait."""
        last = self._given.get(key, self._done.get(key, 0))
        self._ahead.setdefault(key, set()).update(range(last, number))
        self._given[key] = number + 1

    async def done(self, messages: Sequence[Incoming]) -> None:
        """Note what is done."""
        if self._notes is None:
            return
        for each in messages:
            found: _Found = each.token
            if found.turn == self._turns.get(found.name, 0):
                self._ahead.setdefault(found.key, set()).add(found.row.number)
        for key, ahead in self._ahead.items():
            upto = self._done.get(key, 0)
            while upto in ahead:
                ahead.discard(upto)
                upto += 1
            self._done[key] = upto
        notes, body = self._notes, msgspec.json.encode(self._done)
        await asyncio.to_thread(replaced, notes, body)

    async def close(self) -> None:
        """Let go of the files."""
        close: Any = getattr(self._rows, "close", None)
        if close is not None:
            close()
        for tail in self._tails.values():
            tail.close()


def _noted(notes: Path) -> dict[str, int]:
    try:
        return msgspec.json.decode(notes.read_bytes(), type=dict[str, int])
    except (OSError, msgspec.DecodeError) as error:
        raise PortError(
            f"it cannot be read what is done: {error}",
            where=str(notes),
            remedy="delete the file to begin anew",
        ) from None


def _folder(path: Path) -> Path:
    """Return the folder that all files are in; of a pattern, the one before its first wildcard."""
    if path.is_dir():
        return path
    folder = path.parent
    while not path.exists() and glob.has_magic(str(folder)):
        folder = folder.parent
    return folder
