"""What is known of a run."""

from __future__ import annotations

import secrets
import threading
import time
from datetime import datetime
from typing import Any, Final, Literal

import msgspec

from kodonb.model.settings import deterministic

Status = Literal["starting", "running", "awaiting", "finished", "error", "cancelled"]
FINAL: Final = frozenset({"finished", "error", "cancelled"})
"""Statuses in which a run has ended."""


class RunRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A run as the log knows it.

    Attributes:
        id: Time-sortable id.
        flow: Name of the flow.
        module: Hash of the captured module that runs.
        status: Where the run stands.
        title: Heading for people.
        tags: Labels to filter by.
        author: Who wrote the flow.
        user: Who submitted the run.
        created: When it was submitted.
        started: When a runner took it.
        ended: When it reached a final status.
        reason: Why it ended, for `error` and `cancelled`.
        retry_of: The run whose finished steps it replays.
        cluster: Identity of the cluster that carries it.
        events: Number of events in the log.
    """

    id: str
    flow: str
    module: str
    status: Status = "starting"
    title: str = ""
    tags: tuple[str, ...] = ()
    author: str = ""
    user: str = ""
    created: datetime | None = None
    started: datetime | None = None
    ended: datetime | None = None
    reason: str = ""
    retry_of: str | None = None
    cluster: str = ""
    events: int = 0

    @property
    def ended_already(self) -> bool:
        """Whether the status is final."""
        return self.status in FINAL


class Lock(msgspec.Struct, frozen=True, kw_only=True):
    """A question that parks a run until it is answered.

    Attributes:
        id: Id within the run.
        run: Id of the run.
        source: Source that asked.
        title: The question.
        schema: JSON Schema of the answer.
        opened: When it was asked.
        answered: When it was answered; `None` while it is open.
        by: Who answered.
        value: The answer as JSON value.
    """

    id: str
    run: str
    source: str
    title: str = ""
    schema: dict[str, Any] = {}
    opened: datetime | None = None
    answered: datetime | None = None
    by: str = ""
    value: Any = None


_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_START: Final = 1_577_836_800  # 2020-01-01; keeps the time part at seven characters until 2054
_last = 0
_made: dict[str, str] = {}
_guard = threading.Lock()


def new_run_id() -> str:
    """Return a new id: seven characters of time (1/32 s), seven of chance, Crockford base 32.

    Ids of one process never go back, even when the clock does.
    """
    global _last  # noqa: PLW0603 - the one place that remembers the last id of this process
    with _guard:
        _last = max(_last + 1, int((time.time() - _START) * 32))
        tick = _last
        made = _base32(tick, 7) + _base32(secrets.randbits(35), 7)
        if deterministic():
            _made[made] = str(len(_made) + 1)
    return made


def called(run: str) -> str:
    """Return what a run is called where people read it.

    That is its id. With `KODONB_DETERMINISTIC` it is a number, ``1`` for the first run that this process made: ids
    differ each time, and have to, as many processes share a log.
    """
    return _made.get(run, run) if deterministic() else run


def made_here(run: str) -> bool:
    """Whether this process made the id of a run, with `KODONB_DETERMINISTIC`."""
    return run in _made


def meant(name: str) -> str:
    """Return the id of the run that is called so, or the name itself: an id, its beginning, ``last``.

    With `KODONB_DETERMINISTIC` the last run is the last that this process made, if it made any.
    """
    if not deterministic():
        return name
    own = {told: run for run, told in _made.copy().items()}
    return own.get(str(len(own)) if name == "last" else name, name)


def _base32(number: int, width: int) -> str:
    return "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(width)))
