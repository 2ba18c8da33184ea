"""Errors as RFC 9457 has them: ``application/problem+json`` with our code, and no more than a client may know."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import msgspec
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from kodonb.model.errors import CODES, InputsError, KodonbError, SessionError, StoreError

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MEDIA: Final = "application/problem+json"

STATUS: Final = {
    "KN003": HTTPStatus.NOT_FOUND,
    "KN004": HTTPStatus.NOT_FOUND,
    "KN005": HTTPStatus.UNPROCESSABLE_ENTITY,
    "KN010": HTTPStatus.UNPROCESSABLE_ENTITY,
    "KN303": HTTPStatus.REQUEST_TIMEOUT,
    "KN308": HTTPStatus.CONFLICT,
    "KN309": HTTPStatus.NOT_FOUND,
    "KN310": HTTPStatus.UNPROCESSABLE_ENTITY,
    "KN311": HTTPStatus.CONFLICT,
    "KN312": HTTPStatus.CONFLICT,
    "KN505": HTTPStatus.GONE,
    "KN708": HTTPStatus.FORBIDDEN,
    "KN709": HTTPStatus.TOO_MANY_REQUESTS,
    "KN710": HTTPStatus.UNPROCESSABLE_ENTITY,
}
"""Errors whose message a client may read; where it is, and what kodonb's user could do, is not for clients."""

_BARE: Final = frozenset({204, 304})  # statuses whose responses have no body
_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_UNREACHABLE: Final = "the service cannot reach what carries its runs"
_BROKEN: Final = "the service failed; its log says why"

_log = logging.getLogger(__name__)


def problem(
    status: int, detail: str, code: str = "", headers: Mapping[str, str] | None = None, **more: Any
) -> Response:
    """Return a problem.

    Args:
        status: The HTTP status.
        detail: What is wrong, for a person.
        code: A code of `kodonb.model.errors.CODES`.
        headers: Further headers.
        more: Further members, such as `errors`.
    """
    known = code in CODES
    told = {
        "type": f"urn:kodonb:{code}" if known else "about:blank",
        "title": CODES[code] if known else _phrase(status),
        "status": int(status),
        "detail": detail,
        **({"code": code} if known else {}),
        **more,
    }
    return Response(msgspec.json.encode(told, enc_hook=str), status, headers=headers, media_type=MEDIA)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def explain(app: FastAPI) -> None:
    """Make an application tell its errors so."""
    app.add_exception_handler(KodonbError, _ours)
    app.add_exception_handler(RequestValidationError, _unfit)
    app.add_exception_handler(HTTPException, _http)


async def _ours(_: Request, error: Exception) -> Response:
    assert isinstance(error, KodonbError)
    return told(error)


def told(error: KodonbError, unfit: int = 422) -> Response:
    """Return the problem that an error of ours is; the log has what clients may not know of it.

    Args:
        error: The error.
        unfit: The status for inputs that do not fit.
    """
    status = STATUS.get(error.code)
    if isinstance(error, InputsError):
        errors = [{"field": each.field, "message": each.message} for each in error.problems]
        return problem(unfit, error.message, error.code, errors=errors)
    if status is not None:
        return problem(status, error.message, error.code)
    _log.error("%s", error, exc_info=error)
    if isinstance(error, SessionError | StoreError):
        return problem(503, _UNREACHABLE, error.code, {"Retry-After": "5"})
    return problem(500, _BROKEN, error.code)


async def _unfit(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = [
        {"field": ".".join(map(str, each["loc"][1:])) or str(each["loc"][0]), "message": each["msg"]}
        for each in error.errors()
    ]
    return problem(422, "the request does not fit", "KN010", errors=errors)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return problem(405, _phrase(405), headers={"Allow": ", ".join(_allowed(request))})
    if error.status_code in _BARE:
        return Response(status_code=error.status_code, headers=error.headers)
    detail: Any = error.detail  # FastAPI takes anything
    if isinstance(detail, str):
        return problem(error.status_code, detail, getattr(error, "code", ""), error.headers)
    return problem(error.status_code, _phrase(error.status_code), headers=error.headers, info=detail)


def _allowed(request: Request) -> list[str]:
    """Return the methods that a path takes: the router names those of one route only."""
    app: FastAPI = request.app
    asked = {key: request.scope[key] for key in ("type", "path", "root_path", "headers")}

    def fits(method: str) -> bool:
        return any(route.matches({**asked, "method": method})[0] is Match.FULL for route in app.routes)

    return [method for method in _METHODS if fits(method)]


class Unexpected:
    """Answers with a problem where an application raises what nobody expected, and tells the log of it.

    Starlette would raise it once more after that, whereupon a server breaks the connection.

    Args:
        app: The application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        begun = False

        async def noted(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception:
            if begun or scope["type"] != "http" or scope["app"].debug:
                raise
            _log.exception("a request failed: %s %r", scope["method"], scope["path"])
            await problem(500, _BROKEN)(scope, receive, send)
