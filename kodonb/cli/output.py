"""What a command prints: results on standard output, everything else on standard error."""

from __future__ import annotations

import re
import sys
from typing import Any

import msgspec

from kodonb.model.errors import InputsError, KodonbError


class Output:
    """Where a command prints.

    Args:
        json: Whether standard output takes JSON only: one document, or one a line.
    """

    def __init__(self, *, json: bool) -> None:
        self.json = json
        # A flow of this process may replace the streams for a while.
        self.file = sys.stdout
        self._errors = sys.stderr

    @property
    def live(self) -> bool:
        """Whether somebody looks on: standard output is a terminal."""
        return not self.json and self.file.isatty()

    def line(self, text: str) -> None:
        """Print text for people."""
        print(text, file=self.file)

    def document(self, value: Any) -> None:
        """Print a value as one line of JSON."""
        print(msgspec.json.encode(value).decode(), file=self.file)

    def say(self, text: str, value: Any) -> None:
        """Print text, or with `--json` the value that it tells."""
        if self.json:
            self.document(value)
        else:
            self.line(text)

    def note(self, text: str) -> None:
        """Tell something on the side."""
        print(f"kodonb: {text}", file=self._errors)

    def flush(self) -> None:
        """Hand over what was printed."""
        self.file.flush()

    def error(self, error: KodonbError, **about: Any) -> None:
        """Print an error, with `--json` also as a document.

        Args:
            error: The error.
            about: What else the document says.
        """
        _respell(error)
        self.flush()
        for note in getattr(error, "__notes__", ()):
            print(note.rstrip(), file=self._errors)
        print(error, file=self._errors)
        if self.json:
            self.document({**about, "error": _told(error)})


def shell_words(text: str) -> str:
    """Return text in which commands are spelled as in a terminal, not as in a notebook."""
    return re.sub(r"(?<!%)%flow ", "kodonb ", text)


def _respell(error: KodonbError) -> None:
    if error.remedy and "kodonb " not in error.remedy:
        error.remedy = shell_words(error.remedy)


def _told(error: KodonbError) -> dict[str, Any]:
    told: dict[str, Any] = {name: getattr(error, name) for name in ("code", "message", "where", "remedy")}
    if isinstance(error, InputsError):
        told["problems"] = [problem._asdict() for problem in error.problems]
    return told
