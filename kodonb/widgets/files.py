"""Files on their way from the browser, piece by piece."""

from __future__ import annotations

from typing import Any, Final

from kodonb.model.errors import InputsError, Problem, UsageError
from kodonb.widgets.messages import Upload

LIMIT: Final = 64 * 1024 * 1024
"""Bytes that a file may have: it travels within a launch."""


class Files:
    """What was uploaded to one widget and is not used yet."""

    def __init__(self) -> None:
        self._pieces: dict[str, bytearray] = {}
        self._sizes: dict[str, int] = {}

    def take(self, asked: Upload, piece: bytes) -> None:
        """Take a piece; the first one of a file begins it anew.

        Raises:
            UsageError: The file is too large, or pieces are missing (KN005).
        """
        if asked.size > LIMIT:
            raise UsageError(
                f"{asked.name} has {asked.size / 1e6:.1f} MB; files of a form hold up to {LIMIT / 1e6:.0f} MB",
                code="KN005",
                remedy="put it where the flow can read it, and give its path or address",
            )
        held = self._pieces.setdefault(asked.file, bytearray())
        if asked.first == 0:
            held.clear()
        if asked.first != len(held) or len(held) + len(piece) > asked.size:
            del self._pieces[asked.file]
            raise UsageError(f"{asked.name} did not arrive whole", code="KN005", remedy="choose it once more")
        held += piece
        self._sizes[asked.file] = asked.size

    def put_in(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return values in which the content stands for ``{"file": id}``; what is used is let go.

        Raises:
            InputsError: A file is not there (KN010).
        """
        made: dict[str, Any] = self._filled("", values)
        self._pieces.clear()
        self._sizes.clear()
        return made

    def _filled(self, path: str, value: Any) -> Any:
        if isinstance(value, list):
            return [self._filled(f"{path}.{index}", item) for index, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        if set(value) == {"file"} and isinstance(value["file"], str):
            return self._content(path, value["file"])
        return {key: self._filled(f"{path}.{key}".lstrip("."), item) for key, item in value.items()}

    def _content(self, path: str, file: str) -> bytes:
        held = self._pieces.get(file)
        if held is None or len(held) != self._sizes[file]:
            raise InputsError(
                "a file is missing", [Problem(path, "did not arrive whole")], remedy="choose it once more"
            )
        return bytes(held)
