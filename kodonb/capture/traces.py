"""Tracebacks as users want them: their own cells and files, without the machinery around."""

from __future__ import annotations

import re
import sysconfig
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kodonb.capture.sources import label_of, place

if TYPE_CHECKING:
    from collections.abc import Iterator

_OURS: Final = str(Path(__file__).resolve().parents[1])
_STDLIB: Final = sysconfig.get_path("stdlib")
_MACHINERY: Final = tuple(
    f"{_STDLIB}/{name}" for name in ("asyncio/", "concurrent/futures/", "contextlib.py", "threading.py")
)
_WRITTEN: Final = "<kumeo "  # modules that a workflow becomes; nobody has written them
_HEADING: Final = re.compile(r"^Traceback \(most recent call last\):\n(?! )", re.MULTILINE)
_TYPED: Final = ("<ipython-input", "<python-input", "<stdin>")


def user_traceback(error: BaseException) -> str:
    """Return the traceback of an error as text, with the frames of user code and of what it calls.

    Frames of kodonb, Ray and the standard library's loops and threads are left out; causes, contexts,
    groups and notes are kept. Cells are called as the notebook calls them. An error that no user code has
    seen, such as a workflow's that cannot be opened, is told without a heading for frames.

    Args:
        error: The error.
    """
    shown = traceback.TracebackException.from_exception(error)
    for part in _parts(shown):
        part.stack = traceback.StackSummary.from_list(
            [_labelled(frame) for frame in part.stack if not _is_machinery(frame.filename)]
        )
    return _HEADING.sub("", "".join(shown.format()))


def innermost(error: BaseException) -> str | None:
    """Return the last line of user code that an error passed, such as ``"Cell In[3], line 7"``.

    Args:
        error: The error; when it has no user code in it, its cause or context is asked.

    Returns:
        `None` if it never was in user code.
    """
    for part in _parts(traceback.TracebackException.from_exception(error, lookup_lines=False)):
        for frame in reversed(part.stack):
            if _is_user(frame.filename):
                return place(label_of(frame.filename), frame.lineno or 0)
        # Only syntax errors say where they are beside their frames.
        written = getattr(part, "filename", None)
        if written and _is_user(written):
            return place(label_of(written), int(part.lineno or 0))
    return None


def _parts(shown: traceback.TracebackException) -> Iterator[traceback.TracebackException]:
    yield shown
    linked = (shown.__cause__, shown.__context__, *(shown.exceptions or ()))
    for other in linked:
        if other is not None:
            yield from _parts(other)


def _labelled(frame: traceback.FrameSummary) -> traceback.FrameSummary:
    # The line is looked up by the real name of the file, so before that name is replaced.
    _ = frame.line
    frame.filename = label_of(frame.filename)
    return frame


def _is_machinery(filename: str) -> bool:
    parts = Path(filename).parts
    ray = "ray" in parts[:-1] and bool({"site-packages", "dist-packages"} & set(parts))
    return filename.startswith((_OURS, _WRITTEN, *_MACHINERY)) or ray


def _is_user(filename: str) -> bool:
    if filename.startswith("<"):
        return filename.startswith(_TYPED)
    if {"site-packages", "dist-packages"} & set(Path(filename).parts):
        return False
    return not filename.startswith((_STDLIB, _OURS))
