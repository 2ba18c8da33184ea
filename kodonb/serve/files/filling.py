"""Files in the inputs of a launch: the content of a file that was sent stands where the form takes bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kodonb.flows.schema import variants
from kodonb.model.errors import InputsError, Problem
from kodonb.serve.access.callers import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kodonb.serve.access.callers import Caller
    from kodonb.serve.files.uploads import Uploads


def put_in(
    inputs: Mapping[str, Any], schema: Mapping[str, Any], uploads: Uploads, caller: Caller
) -> dict[str, Any]:
    """Return inputs in which the content of files stands for ``{"file": id}``, where the schema takes bytes.

    It reads the files, so it blocks.

    Args:
        inputs: JSON values by parameter.
        schema: JSON Schema of the inputs.
        uploads: The files.
        caller: Who launches; only their files are there.

    Raises:
        InputsError: A file is not there, or has not arrived whole (KN010).
        StoreError: Its content is not there any more (KN505).
    """
    filling = _Filling(schema.get("$defs", {}), uploads, caller)
    try:
        made: dict[str, Any] = filling.value(dict(inputs), [dict(schema)], "")
    except RecursionError:
        raise InputsError("the inputs are nested too deeply") from None
    if filling.problems:
        raise InputsError("a file cannot be used", filling.problems, remedy="send it first, with POST /files")
    return made


class _Filling:
    """Puts files into the inputs of one launch."""

    def __init__(self, defs: dict[str, Any], uploads: Uploads, caller: Caller) -> None:
        self._defs = defs
        self._uploads = uploads
        self._caller = caller
        self._left = uploads.limits.file  # all of them are in memory together
        self.problems: list[Problem] = []

    def value(self, value: Any, fields: list[Any], path: str) -> Any:
        """Return a value with what belongs into it; `fields` are the schemas that it may have."""
        kinds = [kind for field in fields if isinstance(field, dict) for kind in variants(field, self._defs)]
        if isinstance(value, dict):
            if set(value) == {"file"} and any(kind.get("format") == "binary" for kind in kinds):
                return self._content(value["file"], path)
            return {
                key: self.value(item, _of_key(kinds, key), f"{path}.{key}".lstrip("."))
                for key, item in value.items()
            }
        if isinstance(value, list) and kinds:
            return [
                self.value(item, _of_place(kinds, place), f"{path}.{place}")
                for place, item in enumerate(value)
            ]
        return value

    def _content(self, file: Any, path: str) -> bytes:
        try:
            upload = self._uploads.find(str(file), self._caller)
            self._left -= upload.size
            if self._left >= 0:
                return self._uploads.content(upload)
            told = f"together, files of a launch may have {self._uploads.limits.file:,} bytes"
        except Refused as refused:
            told = str(refused.detail)
        self.problems.append(Problem(path, told))
        return b""


def _of_key(kinds: list[dict[str, Any]], key: str) -> list[Any]:
    return [kind.get("properties", {}).get(key, kind.get("additionalProperties")) for kind in kinds]


def _of_place(kinds: list[dict[str, Any]], place: int) -> list[Any]:
    found = []
    for kind in kinds:
        first = kind.get("prefixItems", ())
        found.append(first[place] if place < len(first) else kind.get("items"))
    return found
