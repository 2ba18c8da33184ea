"""Routes of the files that runs leave: what they returned or showed and is too large for an event."""

from __future__ import annotations

import mimetypes
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import msgspec
from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from kodonb.serve import reach
from kodonb.serve.access.callers import Access, Needs, Refused, Scope
from kodonb.serve.files import ranges, tus
from kodonb.serve.openapi import declared, json_of
from kodonb.serve.replies import Json

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from kodonb.events.artifacts import Artifacts
    from kodonb.model.event import Stored
    from kodonb.serve.runs.owned import Owned
    from kodonb.session.base import Session

_KINDS: Final = ("upload", "display", "result", "final")
_PAGE: Final = 200  # events that are looked through at a time
_PIECE: Final = 2**20
_SHA: Final = re.compile(r"[0-9a-f]{64}")
_HOW: Final = {"json": "application/json", "pickle": tus.UNKNOWN_TYPE}
_SAFE: Final = {
    # Whatever a flow has made, in a browser it can neither run nor take itself for something else.
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:",
    "Cache-Control": "private, no-cache",
    "Accept-Ranges": "bytes",
}


class RunFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that a run left.

    Attributes:
        sha256: Its digest, by which it is fetched.
        name: What it may be called.
        type: Its MIME type.
        size: Its bytes.
        kind: Kind of the event that tells of it.
        offset: Offset of that event.
    """

    sha256: str
    name: str
    type: str
    size: int
    kind: str
    offset: int


def router(access: Access | None, owned: Owned) -> APIRouter:
    """Return the routes.

    Args:
        access: Who knows callers; `None` lets everybody pass.
        owned: Which runs are the application's.
    """
    made = APIRouter(prefix="/runs/{run}/files", tags=["files"])
    reads = [Depends(Needs(Scope.read, access))]

    @made.get(
        "",
        operation_id="run_files",
        summary="List the files that a run left",
        description="Results and displays that are too large for an event, and what the flow has uploaded.",
        dependencies=reads,
        responses={200: json_of({"type": "array", "items": _SCHEMA}, "The files"), **declared(404, 422)},
    )
    def files(request: Request, run: str) -> Response:
        session = reach.session()
        record = owned.find(run, session)
        base = f"{request.scope.get('root_path', '').rstrip('/')}/runs/{record.id}/files"
        found = [
            {**msgspec.structs.asdict(file), "links": {"self": f"{base}/{file.sha256}"}}
            for file in left_by(record.id, session)
        ]
        return Json(found)

    @made.head("/{sha256}", include_in_schema=False, dependencies=reads, response_class=Response)
    @made.get(
        "/{sha256}",
        operation_id="run_file",
        summary="Fetch a file that a run left",
        description="A part of it with `Range`; its `ETag` is the digest.",
        dependencies=reads,
        response_class=Response,
        responses={
            200: _BODY,
            206: _BODY,
            304: {"description": "Not Modified"},
            **declared(404, 410, 416, 422),
        },
    )
    async def fetch(request: Request, run: str, sha256: str) -> Response:
        session, file, size = await run_in_threadpool(_found, owned, run, sha256)
        return _answer(request, session.artifacts, file, size)

    return made


def _found(owned: Owned, run: str, sha256: str) -> tuple[Session, RunFile, int]:
    session = reach.session()
    record = owned.find(run, session)
    wanted = left_by(record.id, session) if _SHA.fullmatch(sha256) else ()
    for file in wanted:
        if file.sha256 == sha256:
            return session, file, session.artifacts.size(sha256)
    raise Refused(404, "the run has left no such file", code="")


def left_by(run: str, session: Session) -> Iterator[RunFile]:
    """Yield the files that a run left, in the order of their events.

    Args:
        run: Id of the run.
        session: Where it is.
    """
    after = -1
    while True:
        page = session.log.read(run, after, _PAGE, _KINDS)
        for stored in page:
            if b'"artifact"' in stored.payload:
                yield from _files(stored)
        if len(page) < _PAGE:
            return
        after = page[-1].offset


def _files(stored: Stored) -> Iterator[RunFile]:
    payload = msgspec.json.decode(stored.payload)
    for kind, told in _parts(stored.kind, payload if isinstance(payload, dict) else {}):
        # An event of kind `upload` holds whatever a flow puts into it.
        sha, size = told.get("artifact"), told.get("bytes")
        if isinstance(sha, str) and _SHA.fullmatch(sha) and isinstance(size, int):
            name = told.get("name")
            made = name if isinstance(name, str) else f"{stored.kind}-{stored.offset}{_ending(kind, told)}"
            yield RunFile(
                sha256=sha,
                name=tus.clean_name(made),
                type=tus.clean_type(kind),
                size=size,
                kind=stored.kind,
                offset=stored.offset,
            )


def _parts(kind: str, payload: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield what an event tells of artifacts, each with its MIME type."""
    if kind == "display":
        bundle = payload.get("mime")
        for mime, told in bundle.items() if isinstance(bundle, dict) else ():
            if isinstance(told, dict):
                yield mime, told
    elif kind == "upload":
        yield str(payload.get("type", "")), payload
    else:
        yield _HOW.get(str(payload.get("how")), tus.UNKNOWN_TYPE), payload


def _ending(kind: str, told: Mapping[str, Any]) -> str:
    return ".pickle" if told.get("how") == "pickle" else mimetypes.guess_extension(tus.clean_type(kind)) or ""


def _answer(request: Request, artifacts: Artifacts, file: RunFile, size: int) -> Response:
    etag = f'"{file.sha256}"'
    headers = {**_SAFE, "ETag": etag, "Content-Disposition": _disposition(file.name)}
    if ranges.is_known(request.headers, etag):
        return Response(status_code=304, headers=headers)
    reads = request.method == "GET"
    span = ranges.asked(request.headers, size, etag) if reads else None
    start, end = span or (0, size)
    headers |= {"Content-Length": str(end - start)}
    if span:
        headers |= {"Content-Range": f"bytes {start}-{end - 1}/{size}"}
    body = _pieces(artifacts, file.sha256, start, end if reads else start)
    return StreamingResponse(body, 206 if span else 200, headers, _media(file.type))


async def _pieces(artifacts: Artifacts, sha: str, start: int, end: int) -> AsyncIterator[bytes]:
    for place in range(start, end, _PIECE):
        yield await run_in_threadpool(artifacts.part, sha, place, min(_PIECE, end - place))


def _media(kind: str) -> str:
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


def _disposition(name: str) -> str:
    """Return the header by which a browser saves a file, and never shows it (RFC 6266)."""
    plain = re.sub(r"[^\w. ()+-]", "_", name, flags=re.ASCII)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


_SCHEMA: Final = {
    "title": "RunFile",
    "type": "object",
    "properties": {
        "sha256": {"type": "string", "description": "Its digest."},
        "name": {"type": "string", "description": "What it may be called."},
        "type": {"type": "string", "description": "Its MIME type."},
        "size": {"type": "integer", "description": "Its bytes."},
        "kind": {"enum": list(_KINDS), "description": "Kind of the event that tells of it."},
        "offset": {"type": "integer", "description": "Offset of that event."},
        "links": {"type": "object", "properties": {"self": {"type": "string"}}, "required": ["self"]},
    },
    "required": ["sha256", "name", "type", "size", "kind", "offset", "links"],
}
_BODY: Final = {
    "description": "The file, or the part of it that was asked for",
    "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}},
}
