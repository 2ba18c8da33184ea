"""A file that is followed: what has been read of it is not read again, and that it was cut or exchanged is noticed.

Where it goes on, the line before must be the one that was read last. So an exchanged file that is long already is not
taken for the one before, and one that an editor has written anew, with something added, is not taken for another.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import IO, Final

from kodonb.kumeo.ports.files.rows import JSON, JSON_LINES, TABLES, Row, of_line, of_record, rows, unreadable

_COMPARED: Final = 1024  # bytes of the last line


class Tail:
    """What is added to a file.

    Args:
        path: The file.
        turn: How often it had been cut or exchanged before.
        left: How many messages of it were done before; a file with fewer is another one.

    Attributes:
        turn: How often it has been cut or exchanged.
    """

    def __init__(self, path: Path, turn: int = 0, left: int = 0) -> None:
        self.turn = turn
        self._path = path
        self._left = left
        self._ending = path.suffix.lower()
        self._seen: tuple[int, ...] = ()
        self._file: IO[bytes] | None = None
        self._start()

    def _start(self) -> None:
        self._place = 0
        self._last = b""
        self._number = 0
        self._header: list[str] | None = None

    def rows(self) -> Iterator[Row]:
        """Yield what is new; lines that are still being written are left for later.

        Raises:
            PortError: The file cannot be read (KN820).
        """
        try:
            if self._look() in {(), self._seen}:
                return
            if self._ending == JSON:
                self._seen = self._look()
                yield from rows(self._path)
            else:
                yield from self._new()
        except FileNotFoundError:
            return  # it is being exchanged
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise unreadable(self._path, error) from None

    def _look(self) -> tuple[int, ...]:
        """Return what changes when the file does; nothing if it is not there."""
        try:
            return _mark(self._path.stat())
        except FileNotFoundError:
            return ()

    def _new(self) -> Iterator[Row]:
        if not self._goes_on():
            if self._was_moved():  # what was added to it before that
                yield from self._read(whole=True)
            self._restart()
        self._open()
        yield from self._read()
        if self._number < self._left:
            self._restart()
            yield from self._read()
        self._left = 0

    def _goes_on(self) -> bool:
        with self._path.open("rb") as file:
            file.seek(self._place - len(self._last))
            return file.read(len(self._last)) == self._last

    def _was_moved(self) -> bool:
        return self._file is not None and _mark(os.fstat(self._file.fileno()))[:2] != self._look()[:2]

    def _restart(self) -> None:
        self._start()
        self._left = 0
        self.turn += 1

    def _open(self) -> None:
        self.close()
        self._file = self._path.open("rb")
        self._seen = _mark(os.fstat(self._file.fileno()))

    def _read(self, *, whole: bool = False) -> Iterator[Row]:
        """Yield messages of the open file from where it was left.

        Args:
            whole: Whether nothing will be added to the file any more.
        """
        assert self._file is not None
        is_table = self._ending in TABLES
        lines = _Lines(self._file, self._place, newline="" if is_table else None, whole=whole)
        for row in self._records(lines) if is_table else self._texts(lines):
            self._place, self._last = lines.place, lines.last
            self._number += 1
            if row is not None:
                yield row
        if os.fstat(self._file.fileno()).st_size > self._place:
            self._left -= 1  # what has no end yet was done already if it was read without being followed

    def _texts(self, lines: _Lines) -> Iterator[Row | None]:
        is_json = self._ending in JSON_LINES
        for line in lines:
            yield of_line(self._number, line, is_json=is_json)

    def _records(self, lines: _Lines) -> Iterator[Row]:
        reader = csv.DictReader(lines, self._header, delimiter=TABLES[self._ending])
        for row in reader:
            if lines.ended:
                return  # its last field goes on in a line that is still being written
            self._header = list(reader.fieldnames or ())
            yield of_record(self._number, row)

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


class _Lines:
    """Lines of an open file, as far as they have an end.

    Args:
        file: The file.
        place: Where to begin, in bytes.
        newline: How ends of lines are read, as `open` has it.
        whole: Whether the last one needs no end.

    Attributes:
        place: Where what has not been read yet begins.
        last: The end of the last line.
        ended: Whether more was asked for than there is.
    """

    def __init__(self, file: IO[bytes], place: int, *, newline: str | None, whole: bool) -> None:
        self.place = place
        self.last = b""
        self.ended = False
        self._file = file
        self._newline = newline
        self._whole = whole

    def __iter__(self) -> Iterator[str]:
        """Yield lines; a CR within one ends a line too."""
        self._file.seek(self.place)
        while (line := self._file.readline()) and (self._whole or line.endswith(b"\n")):
            text = line.decode("utf-8" if self.place else "utf-8-sig")
            self.place += len(line)
            self.last = line[-_COMPARED:]
            yield from StringIO(text, newline=self._newline)
        self.ended = not self._whole


def _mark(stat: os.stat_result) -> tuple[int, ...]:
    return stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns
