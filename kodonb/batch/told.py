"""What a kernel tells its job of the runs in it, and what it is told at the beginning."""

from __future__ import annotations

from typing import Any

import msgspec

from kodonb.model.event import Stored


class Begin(msgspec.Struct, frozen=True):
    """What the relay in the kernel needs.

    Attributes:
        address: Where the job listens.
        key: What proves to each that the other is the one.
        answers: Answers to questions, by the question's title, the flow's name, or ``*``.
        patience: Seconds until a question that nobody answers ends its run.
    """

    address: str
    key: bytes
    answers: dict[str, Any]
    patience: float


class Started(msgspec.Struct, frozen=True, tag="started"):
    """A run was started; `count` is the number of the cell's execution."""

    run: str
    flow: str
    count: int


class Happened(msgspec.Struct, frozen=True, tag="happened"):
    """Events of a run, in their order."""

    run: str
    events: list[Stored]


class Trouble(msgspec.Struct, frozen=True, tag="trouble"):
    """Why a run was cancelled from here."""

    run: str
    code: str
    message: str
    remedy: str


class Ended(msgspec.Struct, frozen=True, tag="ended"):
    """A run has ended; nothing more follows of it."""

    run: str
    status: str
    reason: str


class Seen(msgspec.Struct, frozen=True, tag="seen"):
    """A cell has waited for a run's end: it goes on or fails as it likes."""

    run: str


class Fence(msgspec.Struct, frozen=True, tag="fence"):
    """Everything that was told before has arrived."""


class Gone(msgspec.Struct, frozen=True, tag="gone"):
    """The kernel is gone; told by the job's own end."""


Told = Started | Happened | Trouble | Ended | Seen | Fence | Gone

encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(Told).decode
