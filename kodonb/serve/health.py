"""Whether the process answers, and whether runs can be reached; what is counted."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from kodonb.model.errors import KodonbError
from kodonb.serve import reach
from kodonb.serve.access.callers import Needs, Scope
from kodonb.serve.openapi import json_of
from kodonb.serve.problems import problem, told
from kodonb.serve.replies import Json

if TYPE_CHECKING:
    from kodonb.flows.flow import Flow
    from kodonb.serve.service import Service

_PATIENCE: Final = 0.9  # seconds; who asks gives up after one


class Readiness:
    """Whether runs can be launched and found.

    A look starts what has to be started, such as a local cluster, and captures the code of the flows: so a service is
    ready when its first launch will be as fast as all others, and not at all when it would fail.

    Args:
        service: What routes share.
    """

    def __init__(self, service: Service) -> None:
        self.flows: list[Flow[..., Any]] = []
        self._service = service
        self._looking: asyncio.Task[Response] | None = None

    async def look(self) -> Response:
        """Return whether runs can be reached; when that takes long, that it is not known yet."""
        self.begin()
        assert self._looking is not None
        await asyncio.wait((self._looking,), timeout=_PATIENCE)
        if self._looking.done():
            return self._looking.result()
        return problem(503, "whether runs can be reached is not known yet", headers={"Retry-After": "2"})

    def begin(self) -> None:
        """Start looking, unless somebody looks already."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(run_in_threadpool(self._look))

    async def end(self) -> None:
        """Wait until nothing is being looked for any more."""
        if self._looking is not None:
            await asyncio.gather(self._looking, return_exceptions=True)

    def _look(self) -> Response:
        try:
            session = reach.session()
            for flow in self.flows:
                self._service.launcher.module(flow)
            session.ready()
            session.parts()
            session.log.recall("kodonb.serve ready", 0)
        except KodonbError as error:
            answer = told(error)
            return (
                answer
                if answer.status_code == 503
                else problem(503, "the service cannot launch runs", error.code)
            )
        return Json({"status": "ready"})


def router(service: Service, readiness: Readiness) -> APIRouter:
    """Return the routes.

    Args:
        service: What routes share.
        readiness: Looks whether runs can be reached.
    """
    made = APIRouter(tags=["health"])

    @made.get(
        "/health",
        operation_id="health",
        summary="Whether the process answers",
        responses={200: json_of(_status("ok"), "It does")},
    )
    async def health() -> Response:
        return Json(b'{"status":"ok"}')

    @made.get(
        "/ready",
        operation_id="ready",
        summary="Whether runs can be launched and found",
        responses={200: json_of(_status("ready"), "They can")},
    )
    async def ready() -> Response:
        return await readiness.look()

    @made.get(
        "/metrics",
        operation_id="metrics",
        summary="What is counted, for Prometheus",
        dependencies=[Depends(Needs(Scope.read, service.access))],
        response_class=Response,
        responses={200: _METRICS},
    )
    def metrics(request: Request) -> Response:
        session = reach.session()
        flows = service.owned.flows(session)
        body, kind = service.metrics.told(request.headers.get("accept", ""), flows, session)
        return Response(body, headers={"Content-Type": kind})

    return made


_TEXT: Final = {"schema": {"type": "string"}}
_METRICS: Final = {
    "description": "Metrics",
    "content": {"text/plain": _TEXT, "application/openmetrics-text": _TEXT},
}


def _status(value: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"status": {"const": value}},
        "required": ["status"],
    }
