"""API keys: random, shown once, kept as hashes in a file that others may change meanwhile."""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import re
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
from filelock import FileLock, Timeout

from kodonb.model.errors import ServiceError, StoreError, UsageError
from kodonb.model.settings import settings
from kodonb.serve.access.callers import Caller, Refused, Scope
from kodonb.serve.files.whole import write_whole

_log = logging.getLogger(__name__)
_PREFIX: Final = "knb_"
_NAME: Final = re.compile(r"[\w.@+-]{1,64}")
_PATIENCE: Final = 10.0  # seconds that another writer may take
_TICK: Final = 2_000_000_000  # nanoseconds; FAT has the coarsest clock


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of an API key.

    Attributes:
        name: Whose it is.
        digest: SHA-256 of the key: a key is 256 random bits, so nobody finds it by trying, however fast that goes.
        scopes: What it allows.
        created: When it was made.
        expires: From when on it is worth nothing; `None` for never.
    """

    name: str
    digest: str
    scopes: frozenset[Scope]
    created: datetime
    expires: datetime | None = None

    @property
    def expired(self) -> bool:
        """Whether it is worth nothing any more."""
        return self.expires is not None and self.expires <= datetime.now(UTC)


class Keys:
    """The API keys in a file; it is read again whenever it has changed.

    Args:
        path: The file; it is made with the first key, readable by its owner alone.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._state: tuple[int, ...] | None = None
        self._keys: tuple[Key, ...] = ()

    @property
    def there(self) -> bool:
        """Whether there is a file."""
        return self.path.exists()

    def create(self, name: str, scopes: Iterable[Scope | str], lifetime: float | None = None) -> str:
        """Make a key and return it; it cannot be seen again.

        Args:
            name: Whose it is; events name them so.
            scopes: What it allows, at least one.
            lifetime: How long it is valid (seconds); for ever by default.

        Raises:
            UsageError: There is a key of that name, or an argument is malformed (KN005).
            StoreError: The file cannot be written (KN504).
        """
        made = _PREFIX + secrets.token_urlsafe(32)
        key = _described(name, made, scopes, lifetime)
        with self._changing() as keys:
            if any(known.name == name for known in keys):
                raise _malformed(f"there is a key {name!r}", "revoke it first, or take another name")
            keys.append(key)
        return made

    def revoke(self, name: str) -> None:
        """Make a key worthless.

        Raises:
            UsageError: There is none of that name (KN005).
            StoreError: The file cannot be written (KN504).
        """
        with self._changing() as keys:
            kept = [key for key in keys if key.name != name]
            if len(kept) == len(keys):
                raise _malformed(f"there is no key {name!r}", "list them with: kodonb keys")
            keys[:] = kept

    def all(self) -> tuple[Key, ...]:
        """Return what is kept of all keys.

        Raises:
            ServiceError: The file cannot be read (KN711).
        """
        try:
            found = self.path.stat()
            state = (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino)
            if state != self._state:
                self._keys = tuple(msgspec.json.decode(self.path.read_bytes(), type=list[Key]))
                # Of two changes within a tick of the file system's clock the second one would not be noticed.
                self._state = state if time.time_ns() - found.st_mtime_ns > _TICK else None
        except FileNotFoundError:
            self._state, self._keys = None, ()
        except (OSError, msgspec.DecodeError) as error:
            self._state = None
            raise ServiceError(
                "the file of API keys cannot be read",
                code="KN711",
                where=str(self.path),
                remedy="put it back from a backup, or remove it and make new keys with: kodonb keys create",
            ) from error
        return self._keys

    async def caller(self, token: str) -> Caller | None:
        """Return whose key it is.

        Raises:
            Refused: The keys cannot be read (503).
        """
        try:
            known = self.all()
        except ServiceError as error:
            _log.error("%s", error)
            raise Refused(503, "the service cannot read its API keys", code=error.code) from error
        digest = _digest(token)
        # All are compared, each in constant time: how long it takes says nothing.
        found = [key for key in known if hmac.compare_digest(key.digest, digest)]
        if not found or found[0].expired:
            return None
        return Caller(found[0].name, found[0].scopes, f"key:{found[0].name}")

    @contextmanager
    def _changing(self) -> Iterator[list[Key]]:
        """Yield the keys, which are written when the block ends well; no other process writes meanwhile."""
        lock = FileLock(self.path.with_name(f".{self.path.name}.lock"), timeout=_PATIENCE, mode=0o600)
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with lock:
                keys = list(self.all())
                yield keys
                write_whole(self.path, msgspec.json.format(msgspec.json.encode(keys)))
        except Timeout:
            raise self._unwritten("another process writes them") from None
        except OSError as error:
            raise self._unwritten(error.strerror or str(error)) from error

    def _unwritten(self, reason: str) -> StoreError:
        return StoreError(
            f"the API keys cannot be written: {reason}",
            code="KN504",
            where=str(self.path),
            remedy="check the permissions of the file and its folder",
        )


def key_file() -> Path:
    """Return where the API keys of this instance are kept (`KODONB_KEYS`)."""
    told = os.environ.get("KODONB_KEYS")
    return Path(told).expanduser() if told else settings().home / "keys.json"


def from_environment() -> Keys | None:
    """Return the keys of this instance, if there are any.

    Raises:
        ServiceError: `KODONB_KEYS` names a file that is not there, or the file cannot be read (KN711).
    """
    keys = Keys(key_file())
    if not keys.there:
        if os.environ.get("KODONB_KEYS"):
            raise ServiceError(
                "the file that KODONB_KEYS names is not there",
                code="KN711",
                where=str(keys.path),
                remedy="make a key in it with: kodonb keys create NAME --scope run read",
            )
        return None
    keys.all()  # a damaged file is told now, not with the first request
    return keys


def _described(name: str, key: str, scopes: Iterable[Scope | str], lifetime: float | None) -> Key:
    if not _NAME.fullmatch(name):
        raise _malformed(
            f"{name!r} is no name for a key", "use up to 64 letters, digits and any of . _ @ + -"
        )
    known = [scope.value for scope in Scope]
    wanted = {str(scope) for scope in scopes}
    if not wanted or not wanted <= set(known):
        raise _malformed("a key takes one or more scopes", f"choose from {', '.join(known)}")
    now = datetime.now(UTC).replace(microsecond=0)
    try:
        expires = None if lifetime is None else now + timedelta(seconds=lifetime)
    except OverflowError:
        raise _malformed("a key cannot be valid for so long", "leave the time out") from None
    allowed = frozenset(map(Scope, wanted))
    return Key(name=name, digest=_digest(key), scopes=allowed, created=now, expires=expires)


def _malformed(message: str, remedy: str) -> UsageError:
    return UsageError(message, code="KN005", remedy=remedy)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
