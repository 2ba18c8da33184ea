"""Routes of files that callers send, in one request or in several that may be cut off."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from kodonb.serve.access.callers import Access, Caller, Needs, Scope
from kodonb.serve.files import downloads, tus
from kodonb.serve.files.filling import put_in
from kodonb.serve.openapi import declared
from kodonb.serve.replies import Json

if TYPE_CHECKING:
    from kodonb.serve.files.part import Part
    from kodonb.serve.files.uploads import Upload, Uploads
    from kodonb.serve.runs.owned import Owned

__all__ = ["METHODS", "TOLD", "put_in", "router"]

METHODS: Final = ("HEAD", "PATCH", "DELETE")
"""Methods of uploads, beside GET and POST, that pages of other origins need where they may call the service."""

TOLD: Final = ("Upload-Offset", "Upload-Length", "Upload-Expires", "Tus-Resumable", "Content-Range", "ETag")
"""Headers that such pages need to see."""

_PIECE: Final = 2**20
_GONE: Final = 499  # the client; nobody reads the answer
_FILE: Final = "/{file}"


def router(access: Access | None, uploads: Uploads, owned: Owned) -> APIRouter:
    """Return the routes of files that are sent, and of those that runs leave.

    Args:
        access: Who knows callers; `None` lets everybody pass.
        uploads: The files that are sent.
        owned: Which runs are the application's.
    """
    made = APIRouter()
    sent = APIRouter(prefix="/files", tags=["files"])
    _add_options(sent, uploads)
    _add_create(sent, access, uploads)
    _add_look(sent, access, uploads)
    _add_append(sent, access, uploads)
    _add_delete(sent, access, uploads)
    made.include_router(sent)
    made.include_router(downloads.router(access, owned))
    return made


def _add_options(made: APIRouter, uploads: Uploads) -> None:
    @made.options(
        "", operation_id="file_options", summary="What uploads may be", status_code=204, responses=_NOTHING
    )
    async def options() -> Response:
        return Response(status_code=204, headers=tus.options(uploads.limits.file))


def _add_create(made: APIRouter, access: Access | None, uploads: Uploads) -> None:
    asks = Depends(Needs(Scope.run, access))

    @made.post(
        "",
        operation_id="send_file",
        summary="Send a file, or begin to",
        description=_CREATE,
        status_code=201,
        response_class=Response,
        responses={201: _CREATED, 460: _MISMATCH, 507: _NO_ROOM, **declared(400, 412, 413, 415)},
        openapi_extra={"requestBody": _BODY},
    )
    async def create(
        request: Request,
        name: Annotated[str, Query(max_length=1000, description="What the file is called.")] = "",
        caller: Caller = asks,
    ) -> Response:
        with suppress(ClientDisconnect):
            if "tus-resumable" in request.headers:
                return await _begin(request, uploads, caller)
            return await _send(request, uploads, caller, name)
        return Response(status_code=_GONE)


async def _begin(request: Request, uploads: Uploads, caller: Caller) -> Response:
    """Begin an upload; what comes with the request is its beginning."""
    headers = request.headers
    tus.check_version(headers)
    size, known, expected = tus.number(headers, "Upload-Length"), tus.metadata(headers), tus.checksum(headers)
    name, kind = (known.get(f"file{word}") or known.get(word, "") for word in ("name", "type"))
    upload = await run_in_threadpool(uploads.begin, caller, size, name, kind)
    if headers.get("content-type") == tus.MEDIA or not size:
        upload = await _first(request, uploads, upload, expected)
    made = await run_in_threadpool(_headers, uploads, upload)
    return Response(status_code=201, headers={**made, "Location": _place(request, upload)})


async def _send(request: Request, uploads: Uploads, caller: Caller, name: str) -> Response:
    """Take a file whole."""
    headers = request.headers
    length, expected = tus.announced(headers), tus.checksum(headers)
    size = uploads.limits.file if length is None else length
    upload = await run_in_threadpool(uploads.begin, caller, size, name, headers.get("content-type", ""))
    upload = await _first(request, uploads, upload, expected, ends=True)
    told = _told(request, upload, upload.size)
    return Json(told, 201, {**tus.SPOKEN, "Location": _place(request, upload)})


async def _first(
    request: Request, uploads: Uploads, upload: Upload, expected: tus.Checksum | None, *, ends: bool = False
) -> Upload:
    """Take what comes with the request that began a file; if that fails, the client does not even know its id."""
    try:
        part = await run_in_threadpool(uploads.open, upload, 0)
        return await _append(request, uploads, upload, part, expected, ends=ends)
    except BaseException:
        await run_in_threadpool(uploads.remove, upload)
        raise


def _add_look(made: APIRouter, access: Access | None, uploads: Uploads) -> None:
    asks = Depends(Needs(Scope.run, access))

    @made.head(
        _FILE,
        operation_id="file_offset",
        summary="How much of a file has arrived",
        response_class=Response,
        responses={200: {"description": "In headers"}, **declared(404, 412)},
    )
    def offset(request: Request, file: str, caller: Caller = asks) -> Response:
        tus.check_version(request.headers)
        upload = uploads.find(file, caller)
        told = {"Upload-Metadata": tus.told(upload.name, upload.type), "Cache-Control": "no-store"}
        return Response(headers={**_headers(uploads, upload), "Upload-Length": str(upload.size), **told})

    @made.get(
        _FILE,
        operation_id="look_at_file",
        summary="Look at a file",
        response_class=Response,
        responses={200: _CREATED, **declared(404)},
    )
    def look(request: Request, file: str, caller: Caller = asks) -> Response:
        upload = uploads.find(file, caller)
        return Json(_told(request, upload, uploads.offset(upload)), headers={"Cache-Control": "no-store"})


def _add_append(made: APIRouter, access: Access | None, uploads: Uploads) -> None:
    asks = Depends(Needs(Scope.run, access))

    @made.patch(
        _FILE,
        operation_id="send_more",
        summary="Send more of a file",
        description="Where it goes on is in `Upload-Offset`; ask with HEAD after a connection was cut.",
        status_code=204,
        responses={**_NOTHING, 460: _MISMATCH, **declared(400, 404, 409, 412, 413, 415)},
        openapi_extra={"requestBody": _MORE},
    )
    async def append(request: Request, file: str, caller: Caller = asks) -> Response:
        headers = request.headers
        tus.check_version(headers)
        if headers.get("content-type") != tus.MEDIA:
            raise tus.refusal(415, f"the body has to be {tus.MEDIA}")
        at, expected, length = (
            tus.number(headers, "Upload-Offset"),
            tus.checksum(headers),
            tus.announced(headers),
        )
        upload = await run_in_threadpool(uploads.find, file, caller)
        part = await run_in_threadpool(uploads.open, upload, at)
        if length is not None and at + length > upload.size:
            part.close()
            raise tus.refusal(413, f"the file has {upload.size:,} bytes and no more")
        with suppress(ClientDisconnect):
            upload = await _append(request, uploads, upload, part, expected)
            return Response(status_code=204, headers=await run_in_threadpool(_headers, uploads, upload))
        return Response(status_code=_GONE)


async def _append(
    request: Request,
    uploads: Uploads,
    upload: Upload,
    part: Part,
    expected: tus.Checksum | None,
    *,
    ends: bool = False,
) -> Upload:
    """Add the body of a request to a file; return the file as it is then.

    Args:
        request: The request.
        uploads: Where the file is.
        upload: The file.
        part: What has arrived of it; is closed.
        expected: Checksum of the body.
        ends: Whether the file ends with the body, however long it is.
    """
    with part:
        part.expect(expected)
        await _write(request, part)
        part.check()
        if part.whole or ends:
            return await run_in_threadpool(uploads.finish, upload, part)
    return upload


async def _write(request: Request, part: Part) -> None:
    """Write a body as it comes; what has come is written also when it ends before its time."""
    held = bytearray()
    try:
        async for piece in request.stream():
            held += piece
            if len(held) >= _PIECE:
                body, held = bytes(held), bytearray()
                await run_in_threadpool(part.write, body)
    finally:
        await run_in_threadpool(part.write, bytes(held))


def _add_delete(made: APIRouter, access: Access | None, uploads: Uploads) -> None:
    asks = Depends(Needs(Scope.run, access))

    @made.delete(
        _FILE,
        operation_id="forget_file",
        summary="Forget a file",
        status_code=204,
        responses={**_NOTHING, **declared(404, 409, 412)},
    )
    def delete(request: Request, file: str, caller: Caller = asks) -> Response:
        tus.check_version(request.headers)
        uploads.remove(uploads.find(file, caller))
        return Response(status_code=204, headers=tus.SPOKEN)


def _headers(uploads: Uploads, upload: Upload) -> dict[str, str]:
    told = {**tus.SPOKEN, "Upload-Offset": str(uploads.offset(upload))}
    if not upload.sha256:
        told["Upload-Expires"] = tus.expires(uploads.expires(upload))
    return told


def _place(request: Request, upload: Upload) -> str:
    root: str = request.scope.get("root_path", "")
    return f"{root.rstrip('/')}/files/{upload.id}"


def _told(request: Request, upload: Upload, offset: int) -> dict[str, Any]:
    return {
        "file": upload.id,
        "name": upload.name,
        "type": upload.type,
        "size": upload.size,
        "offset": offset,
        "sha256": upload.sha256 or None,
        "links": {"self": _place(request, upload)},
    }


_CREATE: Final = (
    "The body is the file; `name` says what it is called, `Content-Type` what it is, and `Upload-Checksum` what it is "
    "checked with. With `Tus-Resumable: 1.0.0` and `Upload-Length`, a resumable upload of the protocol tus begins, "
    'which goes on with PATCH. In the inputs of a launch, `{"file": id}` stands for the content where a form takes '
    "bytes. Only who has sent a file can use it."
)
_HEADERS: Final = {
    "Location": {"description": "Where the file is found", "schema": {"type": "string"}},
    "Upload-Offset": {"description": "How many bytes have arrived", "schema": {"type": "integer"}},
}
_SCHEMA: Final = {
    "title": "File",
    "type": "object",
    "properties": {
        "file": {"type": "string", "description": "Its id."},
        "name": {"type": "string"},
        "type": {"type": "string", "description": "MIME type."},
        "size": {"type": "integer", "description": "Bytes that it has or will have."},
        "offset": {"type": "integer", "description": "Bytes that have arrived."},
        "sha256": {"type": ["string", "null"], "description": "Its digest, when it has arrived whole."},
        "links": {"type": "object", "properties": {"self": {"type": "string"}}, "required": ["self"]},
    },
    "required": ["file", "name", "type", "size", "offset", "sha256", "links"],
}
_CREATED: Final = {
    "description": "The file; nothing if the upload is resumable",
    "content": {"application/json": {"schema": _SCHEMA}},
    "headers": _HEADERS,
}
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
_BODY: Final = {"required": False, "content": {"*/*": _BINARY}}
_MORE: Final = {"required": True, "content": {tus.MEDIA: _BINARY}}
_NOTHING: Final[dict[int | str, dict[str, Any]]] = {204: {"description": "In headers"}}
_PROBLEM: Final = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_MISMATCH: Final = {"description": "Checksum Mismatch", "content": _PROBLEM}
_NO_ROOM: Final = {"description": "Insufficient Storage", "content": _PROBLEM}
