"""The local instance: found by its folder, started when it is not there."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from kodonb.model.errors import SessionError, StoreError
from kodonb.model.settings import Settings
from kodonb.session.ray.files import place_file, write_private
from kodonb.session.ray.processes import alive
from kodonb.session.ray.wire import Home, Where

_TRIES: Final = 2  # a start can fail on a loaded machine by a fixed limit of Ray's
READY: Final = "ready"
"""What the head says last."""

_END: Final = 20.0  # seconds that the head gets to end by itself


class Instance:
    """The local cluster of one `KODONB_HOME`, as its files tell.

    Args:
        settings: Settings of the instance.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._file = settings.home / "instance.json"

    @property
    def temporary(self) -> Path:
        """Ray's folder; short, because paths of sockets in it may have 107 bytes only."""
        mark = hashlib.sha256(str(self.settings.home).encode()).hexdigest()[:10]
        return Path(tempfile.gettempdir()) / f"kodonb-{os.getuid()}-{mark}"

    @property
    def output(self) -> Path:
        """File that takes what the head process prints."""
        return self.settings.home / "head.log"

    def publish(self, home: Home, pid: int, address: str) -> None:
        """Say that the instance is ready.

        Args:
            home: What its parts know of it.
            pid: Process id of the head.
            address: Where its Ray is, for drivers.
        """
        told = {"pid": pid, "cluster": home.cluster, "where": msgspec.to_builtins(home.where), "ray": address}
        write_private(self._file, json.dumps(told))

    def withdraw(self) -> None:
        """Say that the instance is not there any more."""
        self._file.unlink(missing_ok=True)

    def told(self) -> dict[str, Any] | None:
        """Return what the running instance says of itself, or `None` if there is none."""
        told = self._last()
        return told if told is not None and alive(told["pid"]) else None

    def abandoned(self) -> str | None:
        """Return the cluster of an instance that ended without saying so, or `None`."""
        told = self._last()
        return None if told is None or alive(told["pid"]) else str(told["cluster"])

    def _last(self) -> dict[str, Any] | None:
        try:
            told: dict[str, Any] = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return told

    def where(self) -> Where:
        """Return how the spooler is reached now.

        Raises:
            SessionError: The instance is not running (KN401).
        """
        told = self.told()
        if told is None:
            raise SessionError("the local cluster is not running", remedy="start it with kodonb up")
        where = msgspec.convert(told["where"], Where)
        with contextlib.suppress(OSError, ValueError, KeyError):
            # The spooler may have been started again at another port since.
            now = json.loads(place_file(self.settings).read_text(encoding="utf-8"))
            if now["cluster"] == told["cluster"]:
                where = msgspec.structs.replace(where, address=now["address"])
        return where

    def up(self, progress: Callable[[str], None]) -> dict[str, Any]:
        """Return what the instance says of itself; start it if it is not running.

        Args:
            progress: Told each stage of a start.

        Raises:
            SessionError: It did not start (KN403).
        """
        told = self.told()
        if told is not None:
            return told
        with self._turn():
            for attempt in range(_TRIES):
                told = self.told()
                if told is not None:
                    return told
                if attempt == 0:
                    progress("starting a local Ray for this user; this takes about 20 s, once")
                self._start(progress)
        raise SessionError(
            f"Ray did not start: {self._last_line()}",
            code="KN403",
            where=str(self.output),
            remedy="read that file; kodonb doctor checks the machine",
        )

    def _start(self, progress: Callable[[str], None]) -> None:
        _token(token_of(self.settings))
        with self.output.open("ab") as errors:
            head = subprocess.Popen(
                [sys.executable, "-m", "kodonb.session.ray.head"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
                text=True,
                env=_environment(self.settings),
                cwd=self.settings.home,
            )
        assert head.stdout is not None
        with head.stdout:
            # Ray's processes hold the other end too: the last line, not the end of the file, ends the start.
            for line in head.stdout:
                progress(line.strip())
                if line.strip() == READY:
                    break
        # The head outlives this process on purpose; Popen would warn of it.
        threading.Thread(target=head.wait, daemon=True).start()

    def _last_line(self) -> str:
        try:
            lines = self.output.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        except OSError:
            return "it said nothing"
        return lines[-1] if lines else "it said nothing"

    def down(self) -> bool:
        """Stop the instance with all that runs in it; `False` if there was none."""
        told = self.told()
        if told is None:
            return False
        pid = told["pid"]
        os.kill(pid, signal.SIGTERM)
        until = time.monotonic() + _END
        while alive(pid) and time.monotonic() < until:
            time.sleep(0.05)
        if alive(pid):
            os.kill(pid, signal.SIGKILL)
        self.withdraw()
        shutil.rmtree(self.temporary, ignore_errors=True)
        return True

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        """Let one process at a time start the instance; the others wait and find it."""
        try:
            self.settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = (self.settings.home / "up.lock").open("w")
        except OSError as error:
            raise StoreError(
                f"the instance's folder cannot be used: {error.strerror}",
                where=str(self.settings.home),
                remedy="check its permissions, or set KODONB_HOME",
            ) from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def token_of(settings: Settings) -> Path:
    """Return the file that holds the token of the instance's Ray."""
    return settings.home / "token"


def _token(path: Path) -> None:
    if not path.exists():
        write_private(path, secrets.token_hex(32))


def _environment(settings: Settings) -> dict[str, str]:
    chosen = {
        "KODONB_HOME": str(settings.home),
        "KODONB_STORE": settings.store,
        "KODONB_NUM_CPUS": str(settings.num_cpus),
        "KODONB_WARM": str(settings.warm),
    }
    # A worker must not inherit what belongs to the notebook's kernel, e.g. its plotting backend.
    return {name: value for name, value in os.environ.items() if name != "MPLBACKEND"} | chosen
