"""A peer's connection to the spooler.

One thread owns the socket. Everyone else enqueues and wakes it; answers come as futures. A connection that breaks is
made again by ZeroMQ; what was asked and not answered, and what was sent and not acknowledged, is then sent again:
questions are idempotent, and the log knows what it has.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import suppress
from typing import Any, Final

import msgspec
import zmq
from zmq.utils.monitor import recv_monitor_message

from kodonb.events.recorder import Recorder
from kodonb.model.errors import KodonbError, SessionError
from kodonb.session.ray import wire
from kodonb.session.ray.wire import Ack, Peer, Where

_LOST_AFTER: Final = 2.0  # seconds without a connection after which `lost` is called
_log = logging.getLogger(__name__)
_unpack = msgspec.msgpack.decode
_NOBODY: Final = (None, None, None)
_acks = msgspec.msgpack.Decoder(list[Ack])

Handler = Callable[[str, Any], Any]


class Link:
    """A connection to the spooler.

    Args:
        where: How the spooler is reached; called again when a connection is lost, as it may have moved.
        peer: What this process says of itself.
        handle: Answers questions of the spooler (verb, body); called in a thread of its own.
        lost: Called when there has been no connection for some seconds, each time that happens.
    """

    def __init__(
        self,
        where: Callable[[], Where],
        peer: Peer,
        handle: Handler | None = None,
        lost: Callable[[], None] | None = None,
    ) -> None:
        self._where = where
        # Asked here and not in the link's thread: Ray answers one thread at a time while arguments are unpickled, and
        # unpickling may wait for this very link.
        self._at = self._found = where()
        self.peer = peer
        self._handle = handle or _refuse
        self._lost = lost
        self._numbers = itertools.count(1)
        self._asked: dict[bytes, tuple[list[bytes], Future[Any], Any]] = {}
        self._out: deque[list[bytes]] = deque()
        self._recorders: dict[tuple[str, str], Recorder] = {}
        self._guard = threading.Lock()
        self._closed = False
        self._down_since: float | None = time.monotonic()
        self._context = zmq.Context()
        self._bell, self._ring = wire.bell(self._context)
        self._rung = False
        self._thread = threading.Thread(target=self._loop, name="kodonb-link", daemon=True)
        self._thread.start()

    # What other threads call

    @property
    def connected(self) -> bool:
        """Whether the spooler is there, as far as this process knows."""
        return self._down_since is None and not self._closed

    def ask_later(self, verb: str, body: Any = None, answer: Any = Any) -> Future[Any]:
        """Ask the spooler and return the future of its answer, which is of the type `answer`."""
        number = next(self._numbers).to_bytes(8, "big")
        message = [wire.ASK, number, verb.encode(), wire.pack(body)]
        future: Future[Any] = Future()
        future.number = number  # type: ignore[attr-defined]
        self._asked[number] = (message, future, answer)
        self._send(message)
        return future

    def ask(self, verb: str, body: Any = None, timeout: float | None = 30.0) -> Any:
        """Ask the spooler and wait for its answer.

        Raises:
            SessionError: There is none after `timeout` seconds (KN404).
            KodonbError: The spooler answers with an error.
        """
        future = self.ask_later(verb, body)
        try:
            return future.result(timeout)
        except FutureTimeout:
            self.forget(future)
            raise SessionError(
                f"the spooler has not answered for {timeout:g} s",
                code="KN404",
                where=verb,
                remedy="look at kodonb status; kodonb down and kodonb up start it anew",
            ) from None

    def forget(self, future: Future[Any]) -> None:
        """Take back a question: its answer is no longer of interest."""
        self._asked.pop(future.number, None)  # type: ignore[attr-defined]

    def introduce(self, peer: Peer) -> None:
        """Say anew what this process is, e.g. which run it serves now."""
        self.peer = peer
        self._send([wire.ASK, b"", b"hello", wire.pack(peer)])

    def recorder(self, run: str, source: str) -> Recorder:
        """Return the sending end of a new event stream source."""
        recorder = Recorder(run, source, self._wake)
        self._recorders[run, source] = recorder
        return recorder

    def release(self, recorder: Recorder) -> None:
        """Forget a recorder whose events are all acknowledged."""
        self._recorders.pop((recorder.run, recorder.source), None)

    def fail(self, error: KodonbError) -> None:
        """Answer everything that is being asked with an error."""
        for number in list(self._asked):
            _, future, _ = self._asked.pop(number, _NOBODY)
            if future is not None:
                _settle(future, error=error)

    def close(self) -> None:
        """End the connection; whoever still waits gets an error."""
        if not self._closed:
            self._closed = True
            self._wake()
            if threading.current_thread() is not self._thread:
                self._thread.join(timeout=5)

    def _send(self, message: list[bytes]) -> None:
        self._out.append(message)
        self._wake()

    def _wake(self) -> None:
        with self._guard:
            if not self._rung:
                self._rung = True
                self._ring.send(b"")

    # What the thread does

    def _loop(self) -> None:
        self._connect()
        poller = zmq.Poller()
        poller.register(self._bell, zmq.POLLIN)
        while not self._closed:
            for socket in (self._socket, self._monitor):
                poller.register(socket, zmq.POLLIN)
            ready = dict(poller.poll(self._patience()))
            if self._bell in ready:
                self._bell.recv()
                with self._guard:
                    self._rung = False
            if self._monitor in ready:
                self._observe()
            if self._socket in ready:
                self._receive()
            self._check_lost(poller)
            self._flush()
        self._end()

    def _connect(self) -> None:
        where = self._at = self._found
        socket = self._socket = self._context.socket(zmq.DEALER)
        socket.curve_serverkey, socket.curve_publickey, socket.curve_secretkey = (
            where.server,
            where.public,
            where.secret,
        )
        socket.linger = 0
        socket.immediate = True  # nothing is queued for a connection that is not there
        socket.sndhwm = 0
        socket.reconnect_ivl = 50
        socket.reconnect_ivl_max = 500
        socket.heartbeat_ivl = 10_000
        socket.heartbeat_timeout = 30_000
        self._monitor = socket.get_monitor_socket(
            zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_DISCONNECTED | zmq.EVENT_HANDSHAKE_FAILED_AUTH
        )
        socket.connect(where.address)

    def _patience(self) -> int | None:
        if self._down_since is None:
            return None
        return max(10, int(1000 * (self._down_since + _LOST_AFTER - time.monotonic())))

    def _observe(self) -> None:
        while self._monitor.poll(0):
            event = recv_monitor_message(self._monitor)["event"]
            if event == zmq.EVENT_HANDSHAKE_SUCCEEDED:
                self._greet()
            elif event == zmq.EVENT_DISCONNECTED and self._down_since is None:
                self._down_since = time.monotonic()
            elif event == zmq.EVENT_HANDSHAKE_FAILED_AUTH:
                self.fail(
                    SessionError(
                        "the spooler refuses this process: wrong key",
                        code="KN402",
                        where=self._at.address,
                        remedy="use the KODONB_HOME of the instance, or its token",
                    )
                )

    def _greet(self) -> None:
        self._down_since = None
        self._out.clear()
        self._socket.send_multipart([wire.ASK, b"", b"hello", wire.pack(self.peer)])
        for message, *_ in list(self._asked.values()):
            self._socket.send_multipart(message)
        for recorder in list(self._recorders.values()):
            recorder.rewind()

    def _check_lost(self, poller: zmq.Poller) -> None:
        if self._down_since is None or time.monotonic() - self._down_since < _LOST_AFTER:
            return
        self._down_since = time.monotonic()
        threading.Thread(target=self._look, name="kodonb-lost", daemon=True).start()
        if self._found != self._at:
            for socket in (self._socket, self._monitor):
                poller.unregister(socket)
            self._socket.disable_monitor()
            self._socket.close()
            self._connect()

    def _look(self) -> None:
        """Find out where the spooler is now; the loop moves there when it looks again."""
        if self._lost is not None:
            self._lost()
        with suppress(KodonbError):
            self._found = self._where()

    def _receive(self) -> None:
        for _ in range(100):
            try:
                kind, number, verb, body = self._socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            if kind == wire.ACK:
                self._acknowledge(body)
            elif kind == wire.ANSWER:
                self._answered(number, verb, body)
            elif kind == wire.ASK:
                call = (number, verb.decode(), _unpack(body))
                threading.Thread(target=self._serve, args=call, name=f"kodonb-{call[1]}", daemon=True).start()

    def _acknowledge(self, body: bytes) -> None:
        for ack in _acks.decode(body):
            recorder = self._recorders.get((ack.run, ack.source))
            if recorder is not None:
                recorder.acknowledge(ack.upto)

    def _answered(self, number: bytes, verb: bytes, body: bytes) -> None:
        _, future, answer = self._asked.pop(number, _NOBODY)
        if future is None:
            return
        if verb == wire.OK:
            _settle(future, value=_unpack(body, type=answer))
        else:
            _settle(future, error=wire.unpack_error(body))

    def _serve(self, number: bytes, verb: str, body: Any) -> None:
        try:
            answer = [wire.ANSWER, number, wire.OK, wire.pack(self._handle(verb, body))]
        except KodonbError as error:
            answer = [wire.ANSWER, number, wire.NO, wire.pack_error(error)]
        except Exception as error:  # noqa: BLE001 - whoever asked gets it
            _log.exception("%s failed", verb)
            answer = [
                wire.ANSWER,
                number,
                wire.NO,
                wire.pack_error(SessionError(f"{verb} failed: {error!r}")),
            ]
        self._send(answer)

    def _flush(self) -> None:
        if self._down_since is not None:
            return
        try:
            while self._out:
                self._socket.send_multipart(self._out[0], zmq.NOBLOCK)
                self._out.popleft()
            for recorder in list(self._recorders.values()):
                self._send_batches(recorder)
        except zmq.Again:
            # The connection is going: its end is observed next, and all of this is sent again after it.
            return

    def _send_batches(self, recorder: Recorder) -> None:
        while (batch := recorder.take()) is not None:
            self._socket.send_multipart([wire.APPEND, b"", b"", wire.pack(batch)], zmq.NOBLOCK)

    def _end(self) -> None:
        self.fail(SessionError("the session was closed", code="KN404"))
        for recorder in list(self._recorders.values()):
            recorder.drop()
        self._socket.disable_monitor()
        self._context.destroy(linger=0)


def _refuse(verb: str, _: Any) -> Any:
    raise SessionError(f"nobody here knows {verb!r}", code="KN405")


def _settle(future: Future[Any], value: Any = None, error: BaseException | None = None) -> None:
    if future.set_running_or_notify_cancel():
        if error is None:
            future.set_result(value)
        else:
            future.set_exception(error)
