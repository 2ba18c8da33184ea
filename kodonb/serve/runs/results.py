"""How a run ended: its result as JSON, or why it has none."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec

from kodonb.model.errors import RunError
from kodonb.serve.entries.outputs import Output
from kodonb.serve.replies import Json, Pieces

if TYPE_CHECKING:
    from starlette.responses import Response

    from kodonb.model.run import RunRecord
    from kodonb.session.base import Session

_SECRET: Final = b'{"secret":true}'
_UNKNOWN: Final = Output({})


class _Final(msgspec.Struct):
    """The payload of a `final` event: a kept value, or an error (see the event reference)."""

    plain: msgspec.Raw = msgspec.field(name="json", default=msgspec.Raw(b""))
    pickle: str = ""
    artifact: str = ""
    how: str = ""
    type: str = ""
    repr: str = ""
    secret: bool = False
    error: dict[str, Any] | None = None


def ended(record: RunRecord, session: Session, outputs: Mapping[str, Output]) -> Response:
    """Return how a run ended.

    Args:
        record: The run, which has ended.
        session: How it is reached.
        outputs: What flows return, by name.

    Raises:
        StoreError: The result was pruned (KN505), or cannot be read.
    """
    told = _final(record.id, session)
    if record.status != "finished" or told.error is not None:
        return Json(_failed(record, told))
    head = msgspec.json.encode({"run": record.id, "flow": record.flow, "status": record.status})
    body = result(told, session, outputs.get(record.flow, _UNKNOWN))
    return Pieces(head[:-1] + b',"result":', body, b"}")


def _final(run: str, session: Session) -> _Final:
    found = session.log.read(run, kinds=("final",))
    return msgspec.json.decode(found[-1].payload, type=_Final) if found else _Final()


def _failed(record: RunRecord, told: _Final) -> dict[str, Any]:
    code = (told.error or {}).get("code") or "KN301"
    # What is wrong is the flow's own to say; its traceback is in the events.
    return {
        "run": record.id,
        "flow": record.flow,
        "status": record.status,
        "code": code,
        "detail": record.reason or str((told.error or {}).get("message", "")),
    }


def result(told: _Final, session: Session, output: Output) -> bytes:
    """Return a result as JSON text: what is no JSON is described, what is secret is not told."""
    if told.secret:
        return _SECRET
    if bytes(told.plain):
        return bytes(told.plain)
    if told.artifact and told.how == "json":
        return session.artifacts.get(told.artifact)
    return _made(told, session, output) or msgspec.json.encode({"type": told.type, "repr": told.repr})


def _made(told: _Final, session: Session, output: Output) -> bytes | None:
    from kodonb.events.kept import unpickled  # noqa: PLC0415 - loaded with the first result
    from kodonb.session import names  # noqa: PLC0415

    if not told.artifact and not told.pickle:
        return None
    body = session.artifacts.get(told.artifact) if told.artifact else base64.b64decode(told.pickle)
    find: Callable[[str, str], Any] = names.finder(session.log)
    try:
        return output.dump(unpickled(body, find, told.type))
    except RunError:  # it needs what is not installed here
        return None


def text_of(record: RunRecord, session: Session, outputs: Mapping[str, Output]) -> str:
    """Return the result of a run that has finished as text: a text itself, JSON of everything else."""
    body = result(_final(record.id, session), session, outputs.get(record.flow, _UNKNOWN))
    value = msgspec.json.decode(body)
    return value if isinstance(value, str) else body.decode()
