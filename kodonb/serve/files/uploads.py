"""Files that callers send: on their way in a folder, and when they are whole among the artifacts.

A file on its way is in one folder, so a client that resumes must reach a replica that sees it. A file that has arrived
is known to every replica, by the event log. No name that a client gives is ever the name of a file here.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
from filelock import FileLock, Timeout

from kodonb.model.settings import settings
from kodonb.serve import reach
from kodonb.serve.access.callers import Caller, Refused, Scope
from kodonb.serve.files import tus
from kodonb.serve.files.part import Part, writing
from kodonb.serve.files.whole import write_whole

_ID: Final = re.compile(r"[0-9a-f]{32}")
_PATIENCE: Final = 10.0  # seconds that others may take to begin an upload
_RECORD, _DATA, _LOCK = "upload.json", "data", "lock"


class Limits(NamedTuple):
    """How much may be sent.

    Attributes:
        file: Bytes of one file.
        caller: Bytes of all files that a caller sends within `lifetime`.
        total: Bytes of all files that all callers send to one folder within `lifetime`.
        files: Files that a caller sends within `lifetime`.
        lifetime: Seconds after which a file that has not arrived whole goes.
    """

    file: int = 256 * 2**20
    caller: int = 10 * 2**30
    total: int = 50 * 2**30
    files: int = 5000
    lifetime: float = 24 * 3600.0


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """A file that a caller sends.

    Attributes:
        id: Its id.
        owner: Whose it is.
        name: What its owner calls it.
        type: Its MIME type.
        size: Bytes that it has or will have.
        at: When it was begun, in seconds since 1970.
        sha256: Its digest, when it is whole.
    """

    id: str
    owner: str
    name: str
    type: str
    size: int
    at: float
    sha256: str = ""


class Uploads:
    """The files that callers send to a service.

    Args:
        folder: Where files on their way are (`KODONB_UPLOADS`; ``uploads`` of the instance by default).
        limits: How much may be sent.
    """

    def __init__(self, folder: Path | None = None, limits: Limits | None = None) -> None:
        self._given = folder
        self.limits = limits or Limits()

    @property
    def folder(self) -> Path:
        """Where files on their way are."""
        told = os.environ.get("KODONB_UPLOADS")
        return self._given or (Path(told).expanduser() if told else settings().home / "uploads")

    def begin(self, caller: Caller, size: int, name: str = "", kind: str = "") -> Upload:
        """Make room for a file.

        Raises:
            Refused: It is too large (413), or there is no room for it (413, 507).
        """
        if size > self.limits.file:
            raise tus.refusal(413, f"a file may have {self.limits.file:,} bytes")
        upload = Upload(
            id=secrets.token_hex(16),
            owner=caller.who,
            name=tus.clean_name(name),
            type=tus.clean_type(kind),
            size=size,
            at=time.time(),
        )
        with writing(self.folder):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with FileLock(self.folder / ".lock", timeout=_PATIENCE, mode=0o600):
                self._check_room(upload)
                place = self.folder / upload.id
                place.mkdir(mode=0o700)
                (place / _DATA).touch(mode=0o600)
                write_whole(place / _RECORD, msgspec.json.encode(upload))
        return upload

    def find(self, file: str, caller: Caller) -> Upload:
        """Return a file of a caller.

        Raises:
            Refused: There is none (404); those of others are none, but for an admin.
        """
        found = self._known(file) if _ID.fullmatch(file) else None
        if found is None or not (found.owner == caller.who or Scope.admin in caller.scopes):
            raise _unknown()
        return found

    def offset(self, upload: Upload) -> int:
        """Return how many bytes of a file have arrived."""
        return upload.size if upload.sha256 else self._arrived(upload).st_size

    def expires(self, upload: Upload) -> float:
        """Return when a file that has not arrived whole goes, unless more of it comes."""
        return self._arrived(upload).st_mtime + self.limits.lifetime

    def _arrived(self, upload: Upload) -> os.stat_result:
        try:
            return (self.folder / upload.id / _DATA).stat()
        except FileNotFoundError:
            raise _unknown() from None  # it went while it was looked at

    def open(self, upload: Upload, offset: int | None = None) -> Part:
        """Take more of a file.

        Args:
            upload: The file.
            offset: Where the client goes on; wherever it ended by default.

        Raises:
            Refused: It is whole, another request writes it, or it goes on elsewhere (409).
        """
        if upload.sha256:
            raise tus.refusal(409, "the file has arrived whole")
        place = self.folder / upload.id
        lock = FileLock(place / _LOCK, blocking=False, thread_local=False, mode=0o600)
        try:
            lock.acquire()
        except Timeout:
            raise tus.refusal(409, "another request sends this file") from None
        try:
            part = Part(place / _DATA, upload.size, lock)
        except FileNotFoundError:
            lock.release()
            shutil.rmtree(place, ignore_errors=True)  # the lock has made it anew
            raise _unknown() from None
        if offset is not None and offset != part.at:
            part.close()
            raise tus.refusal(409, f"the file goes on at {part.at}", **{"Upload-Offset": str(part.at)})
        return part

    def finish(self, upload: Upload, part: Part) -> Upload:
        """Keep a file that has arrived whole; done again after a failure, it ends what it began.

        Raises:
            StoreError: It cannot be kept.
        """
        session = reach.session()
        sha = session.artifacts.put_file(part.path)
        done = msgspec.structs.replace(upload, size=part.at, sha256=sha)
        body = msgspec.json.encode(done)
        session.log.remember(_key(upload.id), time.time_ns() // 1000, body)
        write_whole(self.folder / upload.id / _RECORD, body)  # it still counts among what its owner has sent
        part.path.unlink()
        return done

    def remove(self, upload: Upload) -> None:
        """Forget a file; its bytes go when `kodonb prune` finds that nothing else needs them.

        Raises:
            Refused: A request sends it just now (409).
        """
        if upload.sha256:
            reach.session().log.remember(_key(upload.id), time.time_ns() // 1000, b"")
        elif (self.folder / upload.id).exists():
            with self.open(upload):
                shutil.rmtree(self.folder / upload.id)

    def content(self, upload: Upload) -> bytes:
        """Return the bytes of a file.

        Raises:
            Refused: It has not arrived whole (409).
            StoreError: They are not there any more (KN505).
        """
        if not upload.sha256:
            with self.open(upload) as part:
                if not part.whole:
                    raise tus.refusal(409, f"{part.at:,} of {upload.size:,} bytes have arrived")
                upload = self.finish(upload, part)  # it was whole, and could not be kept then
        return reach.session().artifacts.get(upload.sha256)

    def _known(self, file: str) -> Upload | None:
        """Return a file: on its way here, or arrived anywhere."""
        here = self._here(self.folder / file)
        if here is not None and not here.sha256:
            return here
        found = reach.session().log.recall(_key(file), 0)
        return msgspec.json.decode(found, type=Upload) if found else None

    def _here(self, place: Path) -> Upload | None:
        """Return what a folder holds, unless it is too old."""
        try:
            data = place / (_DATA if (place / _DATA).exists() else _RECORD)
            if data.stat().st_mtime + self.limits.lifetime < time.time():
                return None
            return msgspec.json.decode((place / _RECORD).read_bytes(), type=Upload)
        except (OSError, msgspec.DecodeError):
            return None

    def _check_room(self, upload: Upload) -> None:
        """Refuse what there is no room for; what has been here for too long goes."""
        held = list(self._sweep())
        own = [each for each in held if each.owner == upload.owner]
        if len(own) >= self.limits.files:
            raise tus.refusal(413, f"you may send {self.limits.files:,} files within {self._span()}")
        if sum(each.size for each in own) + upload.size > self.limits.caller:
            raise tus.refusal(413, f"you may send {self.limits.caller:,} bytes within {self._span()}")
        if sum(each.size for each in held) + upload.size > self.limits.total:
            raise tus.refusal(507, "there is no room for more files now", **{"Retry-After": "3600"})

    def _sweep(self) -> Iterator[Upload]:
        for place in self.folder.iterdir():
            if place.is_dir():
                found = self._here(place)
                if found is not None:
                    yield found
                else:
                    shutil.rmtree(place, ignore_errors=True)

    def _span(self) -> str:
        return f"{self.limits.lifetime / 3600:g} hours"


def _unknown() -> Refused:
    return Refused(404, "there is no such file", tus.SPOKEN, "")


def _key(file: str) -> str:
    return f"kodonb.serve file {file}"
