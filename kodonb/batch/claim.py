"""One job at a time writes a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from kodonb.batch.files import unwritable
from kodonb.model.errors import NotebookError


@contextmanager
def claimed(path: Path) -> Iterator[None]:
    """Hold a file for writing; what a job held that is gone is free.

    Raises:
        NotebookError: Another job writes it (KN606), or its folder takes no files (KN605).
    """
    if path.exists() and not path.is_file():
        yield  # a device or a pipe
        return
    mark = path.with_name(f".{path.name}.job")
    lock = FileLock(mark, timeout=0)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise NotebookError(
            f"another job writes {path.name}",
            code="KN606",
            where=str(path),
            remedy="wait for it, or write elsewhere (-o)",
        ) from None
    except OSError as error:
        raise unwritable(path, error, "write elsewhere (-o)") from None
    try:
        yield
    finally:
        with suppress(OSError):
            mark.unlink()  # while it is held: who comes later makes a new one
        lock.release()
