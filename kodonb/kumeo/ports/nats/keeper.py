"""Keeps a NATS server going while somebody uses it: ``python -m kodonb.kumeo.ports.nats.keeper FOLDER BINARY``.

Who uses the server holds a shared lock on the file `users`; the kernel takes it from a process that dies. The
keeper starts the server again when that dies, on the same port and with the same store; when it gets the lock
for itself, nobody is left, and it stops the server. The server ends with the keeper.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Final

_PAUSE: Final = 0.2  # seconds before a server that died is started again
_DEATH_SIGNAL: Final = 1  # PR_SET_PDEATHSIG of prctl(2)


class Keeper:
    """One server.

    Args:
        folder: Holds its configuration and its locks.
        binary: The program.
    """

    def __init__(self, folder: Path, binary: str) -> None:
        self._folder = folder
        self._binary = binary
        self._process: subprocess.Popen[bytes] | None = None
        self._over = threading.Event()

    def run(self) -> int:
        """Keep the server until nobody uses it any more."""
        with (self._folder / "keeper.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return 0  # another one was faster
            lock.write(str(os.getpid()))
            lock.flush()
            signal.signal(signal.SIGTERM, lambda *_: self._stop())
            threading.Thread(target=self._wait_for_last, daemon=True).start()
            while not self._over.is_set():
                self._serve()
        return 0

    def _serve(self) -> None:
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._binary, "-c", str(self._folder / "server.conf")],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - before any thread that could hold a lock
            )
        (self._folder / "server.pid").write_text(str(self._process.pid))
        self._process.wait()
        self._over.wait(_PAUSE)

    def _wait_for_last(self) -> None:
        with (self._folder / "users").open("w") as users:
            fcntl.flock(users, fcntl.LOCK_EX)
            self._stop()
            while True:  # whoever comes now waits for the lock, which goes with this process
                time.sleep(3600)

    def _stop(self) -> None:
        self._over.set()
        if self._process is not None:
            self._process.terminate()


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGTERM)


def main() -> int:
    """Become a process of its own, which nobody has to wait for, and keep the server."""
    if os.fork():
        return 0
    return Keeper(Path(sys.argv[1]), sys.argv[2]).run()


if __name__ == "__main__":
    sys.exit(main())
