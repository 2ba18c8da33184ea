"""The spooler: commits the events of all runs and hands them to followers; the address everybody knows.

One thread does everything, a bounded piece at a time: no request can hold up the commits for long. A store that cannot
be written keeps the batches waiting (their senders keep them too), while everything else is still served.
"""

from __future__ import annotations

import itertools
import logging
import os
import secrets
import socket
import time
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import msgspec
import zmq
from zmq.auth.thread import ThreadAuthenticator

from kodonb.events.spool import Page, Spool
from kodonb.events.sql import SqlLog
from kodonb.model.errors import KodonbError, RunError, SessionError, StoreError
from kodonb.model.event import Batch, Row
from kodonb.model.module import Module
from kodonb.model.run import RunRecord
from kodonb.session.ray import wire
from kodonb.session.ray.processes import alive
from kodonb.session.ray.wire import Ack, Peer

_AT_ONCE: Final = 200  # messages taken before what they ask is done
_COMMIT_ROWS: Final = 10_000  # events in one commit, more or less: well within SQLite's cache
_RETRY: Final = 0.1  # seconds until a store that failed is tried again
_log = logging.getLogger(__name__)
_batches = msgspec.msgpack.Decoder(Batch)
_convert = msgspec.convert


class _Relayed(NamedTuple):
    """A question that was passed on.

    Attributes:
        asker: Who asked it.
        number: The asker's number of it.
        for_pool: Its verb and body, if it is the pool's: one that comes back gets it again.
    """

    asker: bytes
    number: bytes
    for_pool: tuple[bytes, bytes] | None = None


class Spooler:
    """Serves one instance.

    Args:
        log: The event log; it should not wait long for locks, as everything else waits with it.
        keys: Public and secret CURVE key of the server, public key of the peers.
        port: Port to bind if it is free; 0 for any.
        host: Address to bind.
    """

    def __init__(
        self, log: SqlLog, keys: tuple[bytes, bytes, bytes], port: int = 0, host: str = "127.0.0.1"
    ) -> None:
        self._log = log
        self._spool = Spool(log)
        self._peers: dict[bytes, Peer] = {}
        self._waiting: list[tuple[bytes, Batch]] = []
        self._retry_at = 0.0
        self.trouble: StoreError | None = None
        self._relayed: dict[bytes, _Relayed] = {}
        # Not from the beginning: an answer to a question of an earlier life must not fit one of this life.
        self._numbers = itertools.count(secrets.randbits(62))
        self._node = socket.gethostname()
        self._stopped = False
        self._context = zmq.Context()
        self._bell, self._ring = wire.bell(self._context)
        self._auth = _authenticator(self._context, keys[2])
        self._socket = self._context.socket(zmq.ROUTER)
        self._socket.curve_server = True
        self._socket.curve_publickey, self._socket.curve_secretkey = keys[:2]
        self._socket.router_mandatory = True
        self._socket.sndhwm = self._socket.rcvhwm = 0  # senders bound what they have outstanding
        self._socket.linger = 200
        self.address = _bind(self._socket, host, port)
        self._verbs: dict[str, Callable[[bytes, bytes, Any], Any]] = {
            "hello": self._hello,
            "submit": self._submit,
            "next": self._next,
            "tell": self._tell,
            "parts": self._parts,
            "settle": self._settle,
            "module": lambda _, __, body: msgspec.msgpack.encode(self._log.module(body)),
            "recall": lambda _, __, body: self._log.recall(body["key"], body["since"]),
            "remember": lambda _, __, body: self._log.remember(body["key"], body["at"], body["value"]),
        }

    def serve(self) -> None:
        """Serve until `stop`."""
        poller = zmq.Poller()
        for end in (self._socket, self._bell):
            poller.register(end, zmq.POLLIN)
        while not self._stopped:
            poller.poll(self._patience())
            questions = self._take()
            self._commit()
            for identity, number, verb, body in questions:
                self._answer(identity, number, verb, body)
        self._auth.stop()
        self._context.destroy(linger=200)

    def stop(self) -> None:
        """End `serve`."""
        self._stopped = True
        self._ring.send(b"")

    def _patience(self) -> int | None:
        if self._waiting:
            return max(0, int(1000 * (self._retry_at - time.monotonic())))
        return None

    def _take(self) -> list[tuple[bytes, bytes, str, bytes]]:
        questions = []
        rows = 0
        for _ in range(_AT_ONCE):
            try:
                identity, kind, number, verb, body = self._socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                break
            if kind == wire.APPEND:
                batch = _batches.decode(body)
                self._waiting.append((identity, batch))
                rows += len(batch.rows)
                if rows >= _COMMIT_ROWS:
                    break
            elif kind == wire.ASK:
                questions.append((identity, number, verb.decode(), body))
            elif kind == wire.ANSWER and number in self._relayed:
                relayed = self._relayed.pop(number)
                self._send(relayed.asker, wire.ANSWER, relayed.number, verb, body)
        return questions

    def _commit(self) -> None:
        if not self._waiting or time.monotonic() < self._retry_at:
            return
        waiting, self._waiting = self._waiting, []
        try:
            commits = self._spool.append(batch for _, batch in waiting)
        except StoreError as error:
            if self.trouble is None:
                _log.error("events wait: %s", error)
            self.trouble = error
            self._waiting = waiting
            self._retry_at = time.monotonic() + _RETRY
            return
        self.trouble = None
        acks: dict[bytes, list[Ack]] = {}
        for (identity, _), commit in zip(waiting, commits, strict=True):
            acks.setdefault(identity, []).append(Ack(commit.run, commit.source, commit.upto))
        for identity, body in acks.items():
            self._send(identity, wire.ACK, b"", b"", wire.pack(body))

    def _answer(self, identity: bytes, number: bytes, verb: str, body: bytes) -> None:
        try:
            answer = self._verbs.get(verb, _unknown)(identity, number, msgspec.msgpack.decode(body))
        except KodonbError as error:
            self._send(identity, wire.ANSWER, number, wire.NO, wire.pack_error(error))
        except Exception as error:  # noqa: BLE001 - whoever asked gets it
            _log.exception("%s failed", verb)
            failure = SessionError(f"{verb} failed in the spooler: {error!r}", code="KN404")
            self._send(identity, wire.ANSWER, number, wire.NO, wire.pack_error(failure))
        else:
            if answer is not _LATER:
                self._send(identity, wire.ANSWER, number, wire.OK, wire.pack(answer))

    def _send(self, identity: bytes, *frames: bytes) -> bool:
        try:
            self._socket.send_multipart([identity, *frames], zmq.NOBLOCK)
        except zmq.ZMQError:
            self._gone(identity)
            return False
        return True

    def _gone(self, identity: bytes) -> None:
        self._peers.pop(identity, None)
        for number, relayed in list(self._relayed.items()):
            if relayed.asker == identity:
                del self._relayed[number]

    # What peers ask

    def _hello(self, identity: bytes, _: bytes, body: Any) -> Any:
        peer = self._peers[identity] = _convert(body, Peer)
        for other, known in list(self._peers.items()):
            # There is one pool, and one connection of a role in a process: this one comes after that one.
            same = peer.role == "pool" or (known.pid, known.node) == (peer.pid, peer.node)
            if other != identity and known.role == peer.role and same:
                del self._peers[other]
        if peer.role == "pool":
            self._send(identity, wire.ASK, b"", b"recover", wire.pack(None))
            for number, relayed in list(self._relayed.items()):
                if relayed.for_pool:
                    self._send(identity, wire.ASK, number, *relayed.for_pool)
        return _LATER

    def _submit(self, identity: bytes, number: bytes, body: Any) -> Any:
        record = _convert(body["record"], RunRecord)
        rows = _convert(body["rows"], list[Row])
        self._log.create(record, msgspec.msgpack.decode(body["module"], type=Module), rows, hurry=True)
        # Who submits does not wait for the disk; the run does, so that none ever ran that a power cut has taken away.
        self._send(identity, wire.ANSWER, number, wire.OK, wire.pack(None))
        try:
            self._log.sync()
        finally:
            self._command(self._pool, "launch", body["launch"])
        return _LATER

    def _next(self, identity: bytes, number: bytes, body: Any) -> Any:
        run, after = body["run"], body["after"]

        def deliver(page: Page) -> None:
            self._send(identity, wire.ANSWER, number, wire.OK, wire.pack(page))

        self._spool.next((identity, number), run, after, deliver)
        return _LATER

    def _tell(self, identity: bytes, number: bytes, body: Any) -> Any:
        """Pass a question on to the pool, or to the peer that serves a run or one of its sources."""
        run, source, verb = body["run"], body.get("source", ""), body["verb"]
        if body.get("to") == "pool":
            self._tell_pool((identity, number), verb, body)
        elif not self._command(lambda: self._serving(run, source), verb, body, (identity, number)):
            raise RunError(
                f"run {run} is carried by nobody right now",
                code="KN311",
                remedy="look at its status; a run that has ended takes no answers",
            )
        return _LATER

    def _tell_pool(self, asker: tuple[bytes, bytes], verb: str, body: Any) -> None:
        """Pass a question on to the pool; one that comes back gets what is not answered yet."""
        number = self._number()
        asked = (verb.encode(), wire.pack(body))
        self._relayed[number] = _Relayed(*asker, asked)
        while (pool := self._pool()) is not None:
            if self._send(pool, wire.ASK, number, *asked):
                return

    def _serving(self, run: str, source: str) -> bytes | None:
        for identity, peer in self._peers.items():
            if peer.run == run and (peer.source == source if source else peer.role == "runner"):
                return identity
        return None

    def _pool(self) -> bytes | None:
        return next((i for i, peer in self._peers.items() if peer.role == "pool"), None)

    def _command(
        self, find: Callable[[], bytes | None], verb: str, body: Any, asker: tuple[bytes, bytes] | None = None
    ) -> bool:
        # A peer that died is noticed when it is sent something: then the next one is looked for.
        while (to := find()) is not None:
            number = self._number()
            if self._send(to, wire.ASK, number, verb.encode(), wire.pack(body)):
                if asker is not None:
                    self._relayed[number] = _Relayed(*asker)
                return True
        return False

    def _number(self) -> bytes:
        return next(self._numbers).to_bytes(8, "big")

    def _parts(self, _: bytes, __: bytes, ___: Any) -> dict[str, Any]:
        for known, peer in list(self._peers.items()):
            if peer.node == self._node and not alive(peer.pid):
                self._gone(known)
        parts = [msgspec.to_builtins(peer) for peer in self._peers.values()]
        return {"pid": os.getpid(), "peers": parts, "trouble": str(self.trouble) if self.trouble else None}

    def _settle(self, _: bytes, __: bytes, body: Any) -> None:
        self._commit()
        self._log.settle(body["run"], body["status"], body["reason"], body["code"], time.time_ns() // 1000)
        self._spool.look_again(body["run"])


_LATER: Final = object()


def _unknown(_: bytes, __: bytes, ___: Any) -> Any:
    raise SessionError(
        "the spooler does not know what it is asked", code="KN405", remedy="use one version everywhere"
    )


def _bind(router: zmq.Socket[bytes], host: str, port: int) -> str:
    # The port of an earlier life is taken again when it is free, so that peers find their way back at once.
    if port:
        try:
            router.bind(f"tcp://{host}:{port}")
        except zmq.ZMQError:
            _log.warning("port %d is taken, using another one", port)
        else:
            return f"tcp://{host}:{port}"
    return f"tcp://{host}:{router.bind_to_random_port(f'tcp://{host}')}"


def _authenticator(context: zmq.Context[Any], public: bytes) -> ThreadAuthenticator:
    auth = ThreadAuthenticator(context)
    auth.start()
    auth.configure_curve_callback("*", _Known(public))
    return auth


class _Known:
    """Lets in who has the instance's key."""

    def __init__(self, public: bytes) -> None:
        self._public = public

    def callback(self, _domain: str, key: bytes) -> bool:
        return key == self._public
