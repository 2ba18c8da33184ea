"""One job at a time writes a file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kodonb.model.errors import NotebookError


@contextmanager
def claimed(path: Path) -> Iterator[None]:
    """Hold a file for writing; a file of a job that is gone is free.

    Raises:
        NotebookError: Another job writes it (KN606), or its folder takes no files (KN605).
    """
    mark = path.with_name(f".{path.name}.job")
    _take(mark, path)
    try:
        yield
    finally:
        with suppress(OSError):
            mark.unlink()


def _take(mark: Path, path: Path) -> None:
    for _ in range(2):
        try:
            mark.parent.mkdir(parents=True, exist_ok=True)
            with mark.open("x", encoding="utf-8") as file:
                file.write(str(os.getpid()))
        except FileExistsError:
            owner = _owner(mark)
            if owner is not None:
                raise NotebookError(
                    f"another job (process {owner}) writes {path.name}",
                    code="KN606",
                    where=str(path),
                    remedy="wait for it, or write elsewhere (-o)",
                ) from None
            with suppress(OSError):
                mark.unlink()
        except OSError as error:
            raise NotebookError(
                f"{path.name} cannot be written: {error.strerror}",
                code="KN605",
                where=str(path),
                remedy="write elsewhere (-o)",
            ) from None
        else:
            return


def _owner(mark: Path) -> int | None:
    """Return the process that holds a mark, if it is alive."""
    try:
        owner = int(mark.read_text(encoding="utf-8"))
        os.kill(owner, 0)
    except PermissionError:
        return None if not mark.exists() else int(mark.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return owner
