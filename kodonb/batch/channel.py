"""The job's end of what its kernel tells."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Listener
from typing import Any

import msgspec

from kodonb.batch.told import Begin, Gone, Told, decode


class Channel:
    """Takes what one kernel tells; nothing is asked for, nothing waits.

    Args:
        take: Called in the channel's thread with everything that is told.
    """

    def __init__(self, take: Callable[[Told], Any]) -> None:
        self._take = take
        self._key = secrets.token_bytes(32)
        self._listener = Listener(authkey=self._key)
        self._thread = threading.Thread(target=self._listen, name="kodonb-channel", daemon=True)
        self._thread.start()

    def source(self, answers: dict[str, Any], patience: float) -> str:
        """Return the code that starts the relay in a kernel; it leaves no names there."""
        begin = Begin(str(self._listener.address), self._key, answers, patience)
        body = msgspec.msgpack.encode(begin)
        return f"__import__('kodonb.batch.relay', fromlist=['']).begin({body!r})"

    def close(self) -> None:
        """Hang up."""
        with suppress(OSError, EOFError, AuthenticationError):
            # Who waits for a kernel that never came does not notice that the listener is closed.
            Client(self._listener.address).close()
        self._listener.close()

    def _listen(self) -> None:
        with suppress(OSError, EOFError, AuthenticationError), self._listener.accept() as kernel:
            while True:
                self._take(decode(kernel.recv_bytes()))
        with suppress(RuntimeError):  # the job is over
            self._take(Gone())
