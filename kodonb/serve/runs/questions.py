"""Routes of the questions of a run: list them, answer one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from kodonb.serve import reach
from kodonb.serve.access.callers import Caller, Needs, Scope
from kodonb.serve.openapi import declared, json_of, ref
from kodonb.serve.replies import Json, inputs_of
from kodonb.serve.runs.records import lock_told, run_told

if TYPE_CHECKING:
    from typing import Any

    from kodonb.model.run import RunRecord
    from kodonb.serve.service import Service

_ANSWER: Final = {
    "requestBody": {
        "required": False,
        "description": "Fields of the answer, as the schema of the question has them.",
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
}


def router(service: Service) -> APIRouter:
    """Return the routes.

    Args:
        service: What routes share.
    """
    made = APIRouter(prefix="/runs/{run}/locks", tags=["questions"])
    asks = Depends(Needs(Scope.answer, service.access))

    @made.get(
        "",
        operation_id="run_locks",
        summary="List the questions of a run",
        dependencies=[Depends(Needs(Scope.read, service.access))],
        responses={
            200: json_of({"type": "array", "items": ref("Lock")}, "The questions"),
            **declared(404, 422),
        },
    )
    def locks(request: Request, run: str) -> Response:
        session = reach.session()
        record = service.owned.find(run, session)
        return Json([lock_told(request, lock) for lock in session.log.locks(record.id)])

    # The id of a question names its step, and the steps that called that: train#3/load#1.1.
    @made.post(
        "/{lock:path}",
        operation_id="answer",
        summary="Answer a question",
        openapi_extra=_ANSWER,
        responses={200: json_of(ref("Run"), "The run"), **declared(404, 409, 413, 415, 422)},
    )
    async def answer(request: Request, run: str, lock: str, caller: Caller = asks) -> Response:
        value = await inputs_of(request)
        found = await run_in_threadpool(_answer, service, run, lock, value, caller.name)
        return Json(run_told(request, found))

    return made


def _answer(service: Service, run: str, lock: str, value: dict[str, Any], by: str) -> RunRecord:
    session = reach.session()
    record = service.owned.find(run, session)
    session.answer(record.id, lock, value, by)
    return session.log.find(record.id)
