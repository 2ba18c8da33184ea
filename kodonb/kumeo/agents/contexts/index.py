"""A full-text index of passages, in SQLite's FTS5, ranked by BM25: https://www.sqlite.org/fts5.html."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from kodonb.kumeo.agents.contexts.passages import documents, is_too_large, passages
from kodonb.kumeo.agents.errors import AgentError

_WORD: Final = re.compile(r"\w+")
_WORDS: Final = 40  # of a question that count
_VERSION: Final = 1


class Index:
    """An index of the files of a folder; what has not changed since the last time is not read again.

    Args:
        folder: The folder, or a single file.
        file: Where the index is kept; `None` for memory.
    """

    def __init__(self, folder: Path, file: Path | None = None) -> None:
        self._folder = folder
        try:
            self._base = sqlite3.connect(":memory:" if file is None else file, check_same_thread=False)
            self._prepare()
        except sqlite3.DatabaseError as error:
            message = f"the index cannot be opened: {error}"
            raise AgentError(message, code="KN804", where=str(file), remedy="delete the file") from None

    def _prepare(self) -> None:
        [version] = self._base.execute("PRAGMA user_version").fetchone()
        if version != _VERSION:
            self._base.executescript(
                f"""
                DROP TABLE IF EXISTS passages; DROP TABLE IF EXISTS files;
                CREATE TABLE files (id INTEGER PRIMARY KEY, path TEXT UNIQUE, changed INTEGER, bytes INTEGER);
                CREATE VIRTUAL TABLE passages USING fts5(
                    text, file UNINDEXED, tokenize = "unicode61 remove_diacritics 2"
                );
                PRAGMA user_version = {_VERSION};
                """
            )

    def update(self) -> list[Path]:
        """Read what is new or has changed, forget what is gone; return files that are too large to be read."""
        known = {path: (number, *rest) for number, path, *rest in self._base.execute("SELECT * FROM files")}
        large: list[Path] = []
        with self._base:
            for file in documents(self._folder):
                if is_too_large(file):
                    large.append(file)
                    continue
                self._take(file, known.pop(self._name(file), None))
            for number, *_ in known.values():
                self._forget(number)
        return large

    def _name(self, file: Path) -> str:
        return file.name if file == self._folder else file.relative_to(self._folder).as_posix()

    def _take(self, file: Path, known: tuple[int, ...] | None) -> None:
        stat = file.stat()
        mark = (stat.st_mtime_ns, stat.st_size)
        if known is not None:
            if known[1:] == mark:
                return
            self._forget(known[0])
        row = (self._name(file), *mark)
        number = self._base.execute(
            "INSERT INTO files (path, changed, bytes) VALUES (?, ?, ?)", row
        ).lastrowid
        pieces = [(text, number) for text in passages(file)]
        self._base.executemany("INSERT INTO passages (text, file) VALUES (?, ?)", pieces)

    def _forget(self, number: int) -> None:
        self._base.execute("DELETE FROM passages WHERE file = ?", (number,))
        self._base.execute("DELETE FROM files WHERE id = ?", (number,))

    def search(self, question: str, most: int) -> list[dict[str, Any]]:
        """Return the passages that fit a question best, the best first; none if no word of it is in any."""
        words = list(dict.fromkeys(word.lower() for word in _WORD.findall(question[:20_000])))[:_WORDS]
        if not words:
            return []
        return [_found(*row) for row in self._rows(" OR ".join(f'"{word}"' for word in words), most)]

    def _rows(self, match: str, most: int) -> Iterable[tuple[str, str, float]]:
        return self._base.execute(
            "SELECT path, text, rank FROM passages JOIN files ON files.id = file WHERE passages MATCH ?"
            " ORDER BY rank LIMIT ?",
            (match, most),
        ).fetchall()

    def close(self) -> None:
        """Close the index."""
        self._base.close()


def _found(path: str, text: str, rank: float) -> dict[str, Any]:
    return {"file": path, "text": text, "score": round(-rank, 6)}
