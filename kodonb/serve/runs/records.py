"""What routes return of runs and questions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec

from kodonb.model.run import Lock, RunRecord

if TYPE_CHECKING:
    from starlette.requests import Request


class RunLinks(msgspec.Struct, frozen=True):
    """Where everything of a run is found: paths, to be taken relative to the server."""

    self: str
    events: str
    result: str
    locks: str


class Accepted(msgspec.Struct, frozen=True):
    """A run that was launched.

    Attributes:
        run: Id of the run.
        links: Where everything of it is found.
    """

    run: str
    links: RunLinks


class RunTold(RunRecord, frozen=True, kw_only=True):
    """A run.

    Attributes:
        links: Where everything of it is found.
    """

    links: RunLinks


class LockTold(Lock, frozen=True, kw_only=True):
    """A question that parks a run until it is answered.

    Attributes:
        answer: Where the answer is sent.
    """

    answer: str


def links(request: Request, run: str) -> RunLinks:
    """Return where everything of a run is found, below the path under which the application is served."""
    base = f"{_root(request)}/runs/{run}"
    return RunLinks(base, *(f"{base}/{part}" for part in ("events", "result", "locks")))


def accepted(request: Request, run: str) -> Accepted:
    """Return the answer to a launch."""
    return Accepted(run, links(request, run))


def run_told(request: Request, record: RunRecord) -> RunTold:
    """Return what is told of a run."""
    return RunTold(**_fields(record), links=links(request, record.id))


def lock_told(request: Request, lock: Lock) -> LockTold:
    """Return what is told of a question."""
    # The ids of questions hold whatever the names of steps do.
    answer = f"{_root(request)}/runs/{lock.run}/locks/{quote(lock.id, safe='')}"
    return LockTold(**_fields(lock), answer=answer)


def _fields(record: msgspec.Struct) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__struct_fields__}


def _root(request: Request) -> str:
    root: str = request.scope.get("root_path", "")
    return root.rstrip("/")
