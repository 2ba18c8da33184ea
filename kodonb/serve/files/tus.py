"""The headers of resumable uploads, tus 1.0.0.

Spoken are the core, and the extensions creation, creation-with-upload, checksum, expiration and termination:
https://tus.io/protocols/resumable-upload
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from email.utils import formatdate
from typing import TYPE_CHECKING, Final, NamedTuple

from kodonb.serve.access.callers import Refused

if TYPE_CHECKING:
    from hashlib import _Hash

VERSION: Final = "1.0.0"
MEDIA: Final = "application/offset+octet-stream"
SPOKEN: Final = {"Tus-Resumable": VERSION}
"""What every answer says."""

_ALGORITHMS: Final = ("sha1", "sha256", "md5")
_EXTENSIONS: Final = ("creation", "creation-with-upload", "checksum", "expiration", "termination")
_NUMBER: Final = re.compile(r"[0-9]{1,15}")
_TYPE: Final = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,120}", re.ASCII)
_LONGEST: Final = 200  # letters of a name
_MISMATCH: Final = 460  # of a checksum; tus has a status of its own for that

UNKNOWN_TYPE: Final = "application/octet-stream"


class Checksum(NamedTuple):
    """What a client says of a body.

    Attributes:
        algorithm: How it is counted.
        digest: What it should be.
    """

    algorithm: str
    digest: bytes

    def begin(self) -> _Hash:
        """Return what counts the bytes."""
        return hashlib.new(self.algorithm, usedforsecurity=False)


def refusal(status: int, detail: str, **headers: str) -> Refused:
    """Return a refusal of an upload."""
    return Refused(status, detail, {**SPOKEN, **headers}, "KN710")


def check_version(headers: Mapping[str, str]) -> None:
    """Refuse another version of the protocol than ours.

    Raises:
        Refused: It is another one (412).
    """
    if headers.get("tus-resumable", VERSION) != VERSION:
        raise Refused(412, "this is tus 1.0.0", {**SPOKEN, "Tus-Version": VERSION}, "KN710")


def options(largest: int) -> dict[str, str]:
    """Return what a server says of itself."""
    return {
        **SPOKEN,
        "Tus-Version": VERSION,
        "Tus-Extension": ",".join(_EXTENSIONS),
        "Tus-Checksum-Algorithm": ",".join(_ALGORITHMS),
        "Tus-Max-Size": str(largest),
    }


def number(headers: Mapping[str, str], name: str) -> int:
    """Return a header that is a number of bytes.

    Raises:
        Refused: It is none (400).
    """
    told = headers.get(name.lower(), "")
    if not _NUMBER.fullmatch(told):
        raise refusal(400, f"{name} must be a number of bytes")
    return int(told)


def announced(headers: Mapping[str, str]) -> int | None:
    """Return how long a body is said to be, if that is said."""
    told = headers.get("content-length", "")
    return int(told) if _NUMBER.fullmatch(told) else None


def checksum(headers: Mapping[str, str]) -> Checksum | None:
    """Return the checksum that a body should have, if one is given.

    Raises:
        Refused: It is none of an algorithm that is known (400).
    """
    told = headers.get("upload-checksum")
    if told is None:
        return None
    algorithm, _, digest = told.strip().partition(" ")
    if algorithm not in _ALGORITHMS:
        raise refusal(400, f"Upload-Checksum takes {', '.join(_ALGORITHMS)}")
    return Checksum(algorithm, _decoded(digest.strip(), "Upload-Checksum"))


def mismatch() -> Refused:
    """Return the refusal of a body that does not have its checksum."""
    return refusal(_MISMATCH, "the checksum does not fit what has arrived, which is dropped")


def metadata(headers: Mapping[str, str]) -> dict[str, str]:
    """Return what a client says of a file: words, each with text in Base64.

    Raises:
        Refused: It is malformed (400).
    """
    found = {}
    for pair in filter(None, (each.strip() for each in headers.get("upload-metadata", "").split(","))):
        key, _, value = pair.partition(" ")
        found[key] = _decoded(value.strip(), "Upload-Metadata").decode(errors="replace")
    return found


def told(name: str, kind: str) -> str:
    """Return the metadata of a file."""
    words = {"filename": name, "filetype": kind}
    return ",".join(f"{key} {base64.b64encode(text.encode()).decode()}" for key, text in words.items())


def expires(at: float) -> str:
    """Return a time as HTTP has it."""
    return formatdate(at, usegmt=True)


def _decoded(text: str, name: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise refusal(400, f"{name} is not Base64") from None


def clean_name(name: str) -> str:
    """Return the name of a file without any folder, and without what is not for reading; it is never a path of ours."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(letter for letter in last if letter.isprintable()).strip()
    return kept[:_LONGEST] if kept.strip(".") else "file"


def clean_type(kind: str) -> str:
    """Return a MIME type without parameters; what is none says nothing of the file."""
    bare = kind.partition(";")[0].strip().lower()
    return bare if _TYPE.fullmatch(bare) else UNKNOWN_TYPE
