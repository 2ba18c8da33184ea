"""Output of user code as events: print, logging, warnings and tqdm bars.

While at least one `captured` block is open, `sys.stdout`, `sys.stderr`, `warnings.showwarning` and the root
logger are dispatchers: each looks up the block that the calling code is in, by a context variable, and hands
over what was written; code in no block is served as if nothing were there.
"""

from __future__ import annotations

import io
import logging
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar, Token
from typing import Any, Final, TextIO

from kodonb.flows.bars import Bar, Lines, Throttle

Emit = Callable[[str, Any], None]

_CHUNK: Final = 256 * 1024  # characters of text in one event; well below what an event may hold
_current: ContextVar[_Capture | None] = ContextVar("kodonb_capture", default=None)
_everywhere: list[_Capture] = []
_emitting = threading.local()


@contextmanager
def captured(emit: Emit, *, everywhere: bool) -> Iterator[None]:
    """Turn the output of the block's code into events.

    What `emit` itself prints or logs goes where it would have gone without the block. If `emit` raises
    an exception, the output goes to the former standard error instead, with the reason.

    Args:
        emit: Takes a kind (`stdout`, `stderr`, `log`, `progress`) and a payload, in the writing thread.
        everywhere: Also for threads and contexts of this process that did not start in the block.
    """
    capture = _Capture(emit)
    with ExitStack() as ends:
        _dispatch.open()
        ends.callback(_dispatch.close)
        ends.callback(capture.close)
        ends.callback(_leave, _current.set(capture))
        if everywhere:
            _everywhere.append(capture)
            ends.callback(_everywhere.remove, capture)
        yield


def _leave(token: Token[_Capture | None]) -> None:
    # A generator may be ended in another context than it began in; there the variable was never set,
    # and where it was set, a closed block counts as none.
    with suppress(ValueError):
        _current.reset(token)


def _capturing() -> _Capture | None:
    """Return the block that the calling code is in, unless it is just emitting."""
    if getattr(_emitting, "now", False):
        return None
    capture = _current.get()
    # A task may outlive the block it was started in.
    if capture is not None and not capture.closed:
        return capture
    return _everywhere[-1] if _everywhere else None


class _Capture:
    """An open block: cuts what is written into events."""

    def __init__(self, emit: Emit) -> None:
        self.closed = False
        self._emit = emit
        # A thread has lines of its own: `print` writes text and newline one after the other. There is no lock
        # because `emit` may wait for another thread, and that thread may print.
        self._lines: dict[tuple[str, int], Lines] = {}
        self._bars = Throttle()

    def lines(self, name: str) -> Lines:
        return self._lines.setdefault((name, threading.get_ident()), Lines())

    def write(self, name: str, text: str) -> None:
        self._deliver(name, self.lines(name).feed(text))

    def flush(self, name: str) -> None:
        self._deliver(name, [self.lines(name).flush()])

    def close(self) -> None:
        self.closed = True
        for (name, _), lines in list(self._lines.items()):
            self._deliver(name, [lines.end()])
        self._progress(self._bars.rest())

    def send(self, kind: str, payload: dict[str, Any]) -> None:
        _emitting.now = True
        try:
            self._emit(kind, payload)
        # Output that cannot become an event must neither be lost nor break the code that prints.
        except Exception as error:  # noqa: BLE001 - told on the former standard error
            print(f"{kind} {payload} (not an event: {error})", file=sys.stderr)  # noqa: T201 - as above
        finally:
            _emitting.now = False

    def _deliver(self, name: str, found: list[str | Bar]) -> None:
        now = time.monotonic()
        for item in found:
            if isinstance(item, Bar):
                self._progress(self._bars.update(item, now))
            else:
                for start in range(0, len(item), _CHUNK):
                    self.send(name, {"text": item[start : start + _CHUNK]})
        self._progress(self._bars.due(now))

    def _progress(self, payloads: list[dict[str, Any]]) -> None:
        for payload in payloads:
            self.send("progress", payload)


class _Stream(io.TextIOBase):
    """Stands for `sys.stdout` or `sys.stderr` while blocks are open.

    Args:
        name: Kind of the events.
        former: The stream it stands for; serves everyone who is in no block.
    """

    def __init__(self, name: str, former: TextIO | None) -> None:
        self._name = name
        self._former = former
        self.buffer = _Buffer(self)

    def write(self, text: str) -> int:
        """Write text; the number of its characters is returned."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        capture = _capturing()
        if capture is not None:
            capture.write(self._name, text)
        elif self._former is not None:
            self._former.write(text)
        return len(text)

    def write_bytes(self, data: bytes) -> None:
        """Write what comes through `buffer`."""
        capture = _capturing()
        below = getattr(self._former, "buffer", None)
        if capture is not None:
            capture.write(self._name, capture.lines(self._name).decode(data))
        elif below is not None:
            below.write(data)
        else:
            self.write(data.decode(errors="replace"))

    def flush(self) -> None:
        """Make an event of a line that has not ended."""
        capture = _capturing()
        if capture is not None:
            capture.flush(self._name)
        elif self._former is not None:
            self._former.flush()

    def isatty(self) -> bool:
        """Events are no terminal."""
        return _capturing() is None and self._former is not None and self._former.isatty()

    def fileno(self) -> int:
        """Return the former stream's descriptor: child processes write there."""
        if self._former is None:
            raise io.UnsupportedOperation("fileno")
        return self._former.fileno()

    def writable(self) -> bool:
        """Say that it can be written."""
        return True

    def close(self) -> None:
        """Do nothing: the stream belongs to the process."""

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """Encoding of `buffer`."""
        return "utf-8" if _capturing() is not None else getattr(self._former, "encoding", None) or "utf-8"

    @property
    def errors(self) -> str:  # type: ignore[override]
        """What happens to bytes that are not in the encoding."""
        return "replace" if _capturing() is not None else getattr(self._former, "errors", None) or "strict"

    def __getattr__(self, name: str) -> Any:
        """Whatever else is asked for, the former stream may have."""
        return getattr(self._former, name)


class _Buffer(io.BufferedIOBase):
    """Byte side of a stream."""

    def __init__(self, stream: _Stream) -> None:
        self._stream = stream

    def write(self, data: Any) -> int:
        """Write bytes; their number is returned."""
        data = bytes(data)
        self._stream.write_bytes(data)
        return len(data)

    def flush(self) -> None:
        """Flush the text side."""
        self._stream.flush()

    def writable(self) -> bool:
        """Say that it can be written."""
        return True

    def close(self) -> None:
        """Do nothing: the buffer belongs to the process."""


class _LogHandler(logging.Handler):
    """Handler of the root logger while blocks are open."""

    def emit(self, record: logging.LogRecord) -> None:
        """Make an event of a record."""
        try:
            capture = _heard(record)
            if capture is not None:
                capture.send("log", _logged(record))
            elif self._alone(record):
                self._last_resort(record)
        # As every handler of logging: a record that cannot be formatted is told on standard error.
        except Exception:  # noqa: BLE001 - see above
            self.handleError(record)

    def _alone(self, record: logging.LogRecord) -> bool:
        """Whether no handler but this one gets the record."""
        logger: logging.Logger | None = logging.getLogger(record.name)
        while logger is not None:
            if any(handler is not self for handler in logger.handlers):
                return False
            logger = logger.parent if logger.propagate else None
        return True

    def _last_resort(self, record: logging.LogRecord) -> None:
        # logging prints warnings that have no handler; because of this one it believes they have.
        if logging.lastResort is not None and record.levelno >= logging.lastResort.level:
            logging.lastResort.handle(record)


class _Before:
    """Filter that lets the handlers of others take what they took before blocks were open.

    Args:
        level: Level that the root logger had.
        shows: Whether the handler writes to the terminal, where records of a block do not belong.
    """

    def __init__(self, level: int, *, shows: bool) -> None:
        self._level = level
        self._shows = shows

    def filter(self, record: logging.LogRecord) -> bool:
        logger = logging.getLogger(record.name)
        while logger.parent is not None and not logger.level:
            logger = logger.parent
        level = self._level if logger.parent is None else logger.level
        return record.levelno >= level and not (self._shows and _heard(record) is not None)


def _heard(record: logging.LogRecord) -> _Capture | None:
    """Return the block that a record belongs to."""
    # What carries the events may log from threads of its own; that must not make new events.
    return None if record.name.partition(".")[0] == "kodonb" else _capturing()


def _logged(record: logging.LogRecord) -> dict[str, Any]:
    message = record.getMessage()
    if record.exc_info and record.exc_info[0] is not None:
        message = f"{message}\n{_FORMATTER.formatException(record.exc_info)}"
    where = f"{record.pathname}, line {record.lineno}"
    return _log(record.levelname, record.name, message, where)


def _log(level: str, logger: str, message: str, where: str) -> dict[str, Any]:
    return {"level": level, "logger": logger, "message": message, "where": where}


_FORMATTER: Final = logging.Formatter()


class _Dispatch:
    """What is replaced in the process while blocks are open; the last block to close puts it back."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._open = 0
        self._undo = ExitStack()

    def open(self) -> None:
        with self._guard:
            self._open += 1
            if self._open == 1:
                for replace in (self._streams, self._logging, self._warnings):
                    self._undo.callback(replace())

    def close(self) -> None:
        with self._guard:
            self._open -= 1
            if not self._open:
                self._undo.close()

    def _streams(self) -> Callable[[], None]:
        out, err = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = _Stream("stdout", out), _Stream("stderr", err)

        def undo() -> None:
            sys.stdout, sys.stderr = out, err

        return undo

    def _logging(self) -> Callable[[], None]:
        root, handler = logging.getLogger(), _LogHandler(logging.INFO)
        level, others = root.level, list(root.handlers)
        filters = [_Before(level, shows=_shows(other)) for other in others]
        for other, before in zip(others, filters, strict=True):
            other.addFilter(before)
        root.addHandler(handler)
        root.setLevel(min(level, logging.INFO))

        def undo() -> None:
            root.setLevel(level)
            root.removeHandler(handler)
            for other, before in zip(others, filters, strict=True):
                other.removeFilter(before)

        return undo

    def _warnings(self) -> Callable[[], None]:
        former = warnings.showwarning

        def show(  # noqa: PLR0917 - the signature is that of `warnings`
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            capture = _capturing()
            if capture is None or file is not None:
                former(message, category, filename, lineno, file, line)
            else:
                text, where = f"{category.__name__}: {message}", f"{filename}, line {lineno}"
                capture.send("log", _log("WARNING", "py.warnings", text, where))

        def undo() -> None:
            warnings.showwarning = former

        warnings.showwarning = show
        return undo


def _shows(handler: logging.Handler) -> bool:
    stream = getattr(handler, "stream", None)
    terminal = (sys.__stdout__, sys.__stderr__, sys.stdout, sys.stderr)
    formers = [getattr(end, "_former", None) for end in (sys.stdout, sys.stderr)]
    return stream is not None and any(stream is end for end in (*terminal, *formers))


_dispatch: Final = _Dispatch()
