"""Routes of runs: list, look, follow, wait, cancel, retry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec
from fastapi import APIRouter, Depends, Header, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from kodonb.model.errors import UsageError
from kodonb.model.event import KINDS, event
from kodonb.serve import reach
from kodonb.serve.access.callers import Caller, Needs, Scope
from kodonb.serve.openapi import declared, json_of, ref
from kodonb.serve.replies import Json
from kodonb.serve.runs import results
from kodonb.serve.runs.records import accepted, run_told
from kodonb.serve.runs.stream import EventStream

if TYPE_CHECKING:
    from kodonb.model.run import RunRecord
    from kodonb.serve.service import Service
    from kodonb.session.base import Session

LONGEST: Final = 300.0
"""Seconds that a request may wait for a result."""

_OFFSETS: Final = 2**32 - 1  # as many as the log can count in a run
_STATUS = Literal["starting", "running", "awaiting", "finished", "error", "cancelled"]
_RUN: Final = json_of(ref("Run"), "The run")


def router(service: Service) -> APIRouter:
    """Return the routes.

    Args:
        service: What routes share.
    """
    made = APIRouter(prefix="/runs", tags=["runs"])
    reads = Depends(Needs(Scope.read, service.access))
    _add_list(made, service, [reads])
    _add_look(made, service, [reads])
    _add_events(made, service, [reads])
    _add_result(made, service, [reads])
    _add_cancel(made, service)
    _add_retry(made, service)
    return made


def _add_list(made: APIRouter, service: Service, needed: Sequence[Any]) -> None:
    @made.get(
        "",
        operation_id="list_runs",
        summary="List runs, newest first",
        dependencies=needed,
        responses={
            200: json_of({"type": "array", "items": ref("Run")}, "Runs"),
            **declared(422),
        },
    )
    def list_runs(
        request: Request,
        *,
        flow: Annotated[str | None, Query(description="Only of this flow.")] = None,
        status: Annotated[list[_STATUS] | None, Query(description="Only in one of these statuses.")] = None,
        tag: Annotated[str | None, Query(description="Only with this tag.")] = None,
        since: Annotated[
            str | None, Query(description="Only created since then: a time, or how long ago, such as 2h.")
        ] = None,
        before: Annotated[
            str | None, Query(description="Only older than the run of this id: the next page.")
        ] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> Response:
        session = reach.session()
        own = service.owned.flows(session)
        asked = own if flow is None else own & {flow}
        found = _selected(asked, session, status=status, since=since, tag=tag, limit=limit, before=before)
        return Json([run_told(request, record) for record in found[:limit]])


def _selected(
    flows: frozenset[str], session: Session, *, before: str | None, **wanted: Any
) -> list[RunRecord]:
    from kodonb.session import select  # noqa: PLC0415 - brings SQLAlchemy

    if before is not None and not reach.is_id(before):
        return []
    try:
        found = [run for flow in flows for run in select(flow, session=session, before=before, **wanted)]
    except (OverflowError, ValueError):
        raise UsageError(f"{wanted['since']!r} is too far away", code="KN005") from None
    return sorted(found, key=lambda run: run.id, reverse=True)


def _add_look(made: APIRouter, service: Service, needed: Sequence[Any]) -> None:
    @made.get(
        "/{run}",
        operation_id="look_at_run",
        summary="Look at a run",
        dependencies=needed,
        responses={200: _RUN, **declared(404, 422)},
    )
    def look(request: Request, run: str) -> Response:
        return Json(run_told(request, service.owned.find(run, reach.session())))


def _add_events(made: APIRouter, service: Service, needed: Sequence[Any]) -> None:
    @made.get(
        "/{run}/events",
        operation_id="follow_run",
        summary="Follow a run",
        description="A stream of server-sent events that ends with the run, or one page of its events as JSON.",
        dependencies=needed,
        response_class=Response,
        responses={200: _EVENTS, **declared(404, 422)},
    )
    async def events(
        run: str,
        *,
        follow: Annotated[bool, Query(description="Whether to follow the run until it has ended.")] = True,
        after: Annotated[int, Query(ge=-1, le=_OFFSETS, description="Only behind this offset.")] = -1,
        limit: Annotated[int, Query(ge=1, le=10_000, description="Events of a page.")] = 1000,
        last_event_id: Annotated[
            int | None, Header(ge=-1, le=_OFFSETS, description="The last offset that the client has.")
        ] = None,
    ) -> Response:
        start = after if last_event_id is None else last_event_id
        if not follow:
            return Json(await run_in_threadpool(_page, service, run, start, limit))
        session, record = await run_in_threadpool(_found, service, run)
        return EventStream(service.streams.listen(record, session, start))


def _found(service: Service, run: str) -> tuple[Session, RunRecord]:
    session = reach.session()
    return session, service.owned.find(run, session)


def _page(service: Service, run: str, after: int, limit: int) -> bytes:
    session, record = _found(service, run)
    page = session.log.read(record.id, after, limit)
    return msgspec.json.encode([event(record.id, stored) for stored in page])


def _add_result(made: APIRouter, service: Service, needed: Sequence[Any]) -> None:
    @made.get(
        "/{run}/result",
        operation_id="run_result",
        summary="Wait for the result of a run",
        description="Of a run that has not ended after the time that may be waited, this is where it stands.",
        dependencies=needed,
        response_class=Response,
        responses={
            200: json_of(ref("Ended"), "How the run ended"),
            202: json_of(ref("Run"), "The run, which has not ended"),
            **declared(404, 410, 422),
        },
    )
    async def result(
        request: Request,
        run: str,
        wait: Annotated[
            float, Query(ge=0, le=LONGEST, description="Seconds to wait.", allow_inf_nan=False)
        ] = 0.0,
    ) -> Response:
        session, record = await run_in_threadpool(_found, service, run)
        if wait and not record.ended_already:
            await service.streams.wait(record, session, wait)
            record = await run_in_threadpool(session.log.find, run)
        if not record.ended_already:
            return Json(run_told(request, record), 202, {"Retry-After": "1"})
        return await run_in_threadpool(results.ended, record, session, service.outputs)


def _add_cancel(made: APIRouter, service: Service) -> None:
    @made.post(
        "/{run}/cancel",
        operation_id="cancel_run",
        summary="Ask a run to end",
        status_code=202,
        dependencies=[Depends(Needs(Scope.run, service.access))],
        responses={202: _RUN, **declared(404, 409, 422)},
    )
    def cancel(request: Request, run: str) -> Response:
        from kodonb.session.run import Run  # noqa: PLC0415 - brings SQLAlchemy

        session, record = _found(service, run)
        Run(record.id, session).cancel()
        return Json(run_told(request, session.log.find(run)), 202)


def _add_retry(made: APIRouter, service: Service) -> None:
    asks = Depends(Needs(Scope.run, service.access))

    @made.post(
        "/{run}/retry",
        operation_id="retry_run",
        summary="Run again with the same code and inputs; finished steps are replayed",
        status_code=202,
        responses={202: json_of(ref("Accepted"), "The new run"), **declared(404, 409, 410, 422)},
    )
    def retry(request: Request, run: str, caller: Caller = asks) -> Response:
        from kodonb.session.run import Run  # noqa: PLC0415 - brings SQLAlchemy

        session, record = _found(service, run)
        made = Run(record.id, session).retry(caller.name)
        service.metrics.launched(made.record)
        told = accepted(request, made.id)
        return Json(told, 202, {"Location": told.links.self})


_MESSAGE: Final = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "description": "The offset."},
        "event": {"enum": list(KINDS), "description": "The kind."},
        "data": {"type": "string", "contentMediaType": "application/json", "contentSchema": ref("Event")},
        "retry": {"type": "integer"},
    },
}
_EVENTS: Final = {
    "description": "Events",
    "content": {
        "text/event-stream": {"itemSchema": _MESSAGE},  # as OpenAPI 3.2 has it; 3.1 has nothing for it
        "application/json": {"schema": {"type": "array", "items": ref("Event")}},
    },
}
