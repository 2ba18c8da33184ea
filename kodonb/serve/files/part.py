"""A file on its way: what has arrived of it, and who writes it."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from kodonb.model.errors import StoreError
from kodonb.serve.files import tus

if TYPE_CHECKING:
    from hashlib import _Hash
    from pathlib import Path
    from types import TracebackType

    from filelock import BaseFileLock

    from kodonb.serve.files.tus import Checksum


class Part:
    """Takes what arrives of a file; nobody else does meanwhile.

    Attributes:
        at: How many bytes have arrived.

    Args:
        path: Where they are.
        size: How many there will be.
        lock: Is held, and given back when this is closed.
    """

    def __init__(self, path: Path, size: int, lock: BaseFileLock) -> None:
        self.path = path
        self._size = size
        self._lock = lock
        self._file = path.open("r+b", buffering=0)
        self._begun = self.at = self._file.seek(0, 2)
        self._expected: Checksum | None = None
        self._counted: _Hash | None = None

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Keep what has arrived, unless it was to be checked and could not be."""
        try:
            if kind is not None and self._expected is not None:
                self.undo()
        finally:
            self.close()

    @property
    def whole(self) -> bool:
        """Whether everything has arrived."""
        return self.at == self._size

    def expect(self, checksum: Checksum | None) -> None:
        """Have what is written from now on counted."""
        self._expected = checksum
        self._counted = checksum.begin() if checksum is not None else None

    def write(self, body: bytes) -> None:
        """Take what comes next.

        Raises:
            Refused: It is more than there should be (413); nothing of it all is kept.
            StoreError: It cannot be written.
        """
        if self.at + len(body) > self._size:
            self.undo()
            raise tus.refusal(413, f"the file has {self._size:,} bytes and no more")
        with writing(self.path.parent):
            self._file.write(body)
        self.at += len(body)
        if self._counted is not None:
            self._counted.update(body)

    def check(self) -> None:
        """Compare what was written with its checksum.

        Raises:
            Refused: It does not fit (460); nothing of it is kept.
        """
        if self._expected and self._counted and self._counted.digest() != self._expected.digest:
            self.undo()
            raise tus.mismatch()

    def undo(self) -> None:
        """Drop what was written."""
        self._file.truncate(self._begun)
        self.at = self._file.seek(self._begun)

    def close(self) -> None:
        """Let others write."""
        self._file.close()
        self._lock.release()


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn what the system says of a folder into `StoreError`."""
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"a file that is sent cannot be written: {error.strerror or error}",
            code="KN501" if error.errno in {errno.ENOSPC, errno.EDQUOT} else "KN504",
            where=str(folder),
            remedy="free some space, or check the permissions",
        ) from error
