"""What travels between the parts of an instance over ZeroMQ.

Frames of a message: kind, number, verb, body.

    Q  number  verb     body     a question; either side may ask
    R  number  ok | no  body     its answer; `no` carries an error
    A  -       -        batch    events of a source
    K  -       -        acks     what the log has of the sources of the peer
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
import zmq

from kodonb.model import errors
from kodonb.model.errors import InputsError, KodonbError, Problem
from kodonb.model.settings import Settings

ASK: Final = b"Q"
ANSWER: Final = b"R"
APPEND: Final = b"A"
ACK: Final = b"K"
OK: Final = b"ok"
NO: Final = b"no"

pack = msgspec.msgpack.Encoder().encode


class Where(msgspec.Struct, frozen=True, kw_only=True):
    """How the spooler of an instance is reached.

    Attributes:
        address: ZeroMQ address, e.g. ``tcp://127.0.0.1:40123``.
        server: Public CURVE key of the spooler.
        public: Public CURVE key of the instance's peers.
        secret: Their secret key; who has it may do everything in the instance.
    """

    address: str
    server: bytes
    public: bytes
    secret: bytes


class Peer(msgspec.Struct, frozen=True, kw_only=True):
    """What a part says of itself when it connects.

    Attributes:
        role: ``client``, ``pool``, ``runner`` or ``step``.
        pid: Process id.
        node: Host it runs on.
        name: Name of its Ray actor, if it is one.
        run: Run that it serves, if any.
        source: Source as which it emits, if any.
    """

    role: str
    pid: int
    node: str
    name: str = ""
    run: str = ""
    source: str = ""


class Ack(msgspec.Struct, frozen=True, array_like=True):
    """The number below which the log has all rows of a source."""

    run: str
    source: str
    upto: int


def bell(context: zmq.Context[Any]) -> tuple[zmq.Socket[bytes], zmq.Socket[bytes]]:
    """Return two ends of a bell inside this process: the one that is polled, and the one that other threads ring."""
    address = f"inproc://bell-{id(context)}"
    polled, rung = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    polled.bind(address)
    rung.connect(address)
    return polled, rung


def pack_error(error: KodonbError) -> bytes:
    """Encode an error for an answer."""
    return pack(
        {
            "type": type(error).__name__,
            "message": error.message,
            "code": error.code,
            "where": error.where,
            "remedy": error.remedy,
            "problems": [list(problem) for problem in getattr(error, "problems", ())],
        }
    )


def unpack_error(body: bytes) -> KodonbError:
    """Decode the error of an answer."""
    fields: dict[str, Any] = msgspec.msgpack.decode(body)
    kind = getattr(errors, fields.pop("type"), KodonbError)
    problems = [Problem(*problem) for problem in fields.pop("problems")]
    message = fields.pop("message")
    error: KodonbError = kind(message, **fields)
    if isinstance(error, InputsError):
        error.problems = tuple(problems)
    return error


class Home(msgspec.Struct, frozen=True, kw_only=True):
    """What a part needs to know of its instance.

    Attributes:
        where: How the spooler is reached.
        settings: Settings of the instance.
        cluster: Identity of the cluster.
    """

    where: Where
    settings: Settings
    cluster: str
