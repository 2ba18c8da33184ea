"""Routes for the Masumi network: MIP-003, "Agentic Service API Standard".

What is followed is the text of MIP-003 that has `status_id` and `/demo`, its Attachment 01 for the fields of forms, and
MIP-004 for hashes of inputs. The newer names of Masumi's own documentation are taken in requests too:
`identifierFromPurchaser`, `inputData` and `input_schema_hash`.

Nothing is paid here: as of a free agent, `blockchainIdentifier` begins with ``FREE-``, `sellerVKey` is empty and all
times are 0. Nothing is signed either: the `signature` of an input is empty. `/demo`, which is optional, is left out.
"""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple, TypeVar

import msgspec
import pydantic
from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from kodonb.model.errors import InputsError, Problem
from kodonb.serve import reach
from kodonb.serve.access.callers import Caller, Needs, Scope
from kodonb.serve.entries.repeat import Attempt, Key
from kodonb.serve.masumi import fields
from kodonb.serve.masumi.canonical import canonical
from kodonb.serve.masumi.jobs import Availability, Job, JobStatus, Order, Provided, Taken
from kodonb.serve.openapi import declared, json_of
from kodonb.serve.problems import told
from kodonb.serve.replies import Json, body_of, inputs_in
from kodonb.serve.runs import results

if TYPE_CHECKING:
    from kodonb.model.run import Lock, RunRecord
    from kodonb.serve.entries.entry import Entry
    from kodonb.serve.entries.launch import Launch
    from kodonb.serve.health import Readiness
    from kodonb.serve.openapi import Components
    from kodonb.serve.service import Service
    from kodonb.session.base import Session

_M = TypeVar("_M", bound=pydantic.BaseModel)


class Agent(NamedTuple):
    """An endpoint as the Masumi network knows it.

    Attributes:
        entry: The endpoint.
        base: Path below which its routes are.
        identifier: Its identifier in the registry; empty if it is in none.
        service: What routes share.
    """

    entry: Entry
    base: str
    identifier: str
    service: Service


def router(agent: Agent, readiness: Readiness, components: Components) -> APIRouter:
    """Return the routes of an agent.

    Args:
        agent: The agent.
        readiness: Looks whether runs can be reached.
        components: Takes the schemas.
    """
    made = APIRouter(prefix=agent.base.rstrip("/"), tags=["mip-003"])
    _add_availability(made, agent, readiness)
    _add_input_schema(made, agent)
    _add_start_job(made, agent, components)
    _add_status(made, agent)
    _add_provide_input(made, agent, components)
    return made


def _add_availability(made: APIRouter, agent: Agent, readiness: Readiness) -> None:
    @made.get(
        "/availability",
        operation_id=_id(agent, "availability"),
        summary="Whether jobs can be started",
        responses={200: _returns(Availability)},
    )
    async def availability() -> Response:
        if (await readiness.look()).status_code == 200:
            return Json(Availability("available", message=f"{agent.entry.summary} takes jobs"))
        return Json(Availability("unavailable", message="what carries the jobs cannot be reached"))


def _add_input_schema(made: APIRouter, agent: Agent) -> None:
    form = msgspec.json.encode({"input_data": fields.fields(agent.entry.schema)})

    @made.get(
        "/input_schema",
        operation_id=_id(agent, "input_schema"),
        summary="What a job takes",
        responses={200: json_of(_FORM, "The fields of the form")},
    )
    async def input_schema() -> Response:
        return Json(form)


def _add_start_job(made: APIRouter, agent: Agent, components: Components) -> None:
    asks = Depends(Needs(Scope.run, agent.service.access))
    entry = agent.entry
    takes_files = entry.takes_files

    @made.post(
        "/start_job",
        operation_id=_id(agent, "start_job"),
        summary="Start a job",
        openapi_extra=_takes(Order, components),
        responses={200: _returns(Job), **declared(400, 409, 413, 415, 422)},
    )
    async def start_job(request: Request, key: Key = None, caller: Caller = asks) -> Response:
        try:
            order = _read(Order, await body_of(request))
            hashed = input_hash(order.identifier_from_purchaser, order.input_data)
            given = fields.inputs(order.input_data, entry.schema)
            attempt = None if key is None else Attempt(key, caller, request.url.path, order.model_dump())

            async def wanted() -> Launch:
                body = msgspec.json.encode(given)
                filled = agent.service.filled
                return await entry.decided(
                    request, await filled(entry, body, caller) if takes_files else entry.read(body)
                )

            started = await agent.service.start(wanted, entry.key, caller.name, attempt)
        except InputsError as error:
            return told(error, 400)
        purchaser = order.identifier_from_purchaser
        return Json(await run_in_threadpool(_started, agent.identifier, started.run, purchaser, hashed))


def _started(agent: str, run: str, purchaser: str, hashed: str) -> Job:
    # It is hashed with later inputs of the job.
    reach.session().log.remember(_purchaser(run), time.time_ns() // 1000, purchaser.encode())
    return Job(
        id=_status_id(run, "running", ()),
        job_id=run,
        blockchain_identifier=f"FREE-{run}",
        agent_identifier=agent,
        identifier_from_purchaser=purchaser,
        input_hash=hashed,
    )


def _add_status(made: APIRouter, agent: Agent) -> None:
    @made.get(
        "/status",
        operation_id=_id(agent, "status"),
        summary="Where a job stands",
        dependencies=[Depends(Needs(Scope.read, agent.service.access))],
        responses={200: _returns(JobStatus), **declared(404, 410, 422)},
    )
    def status(job_id: Annotated[str, Query(description="The job.")]) -> Response:
        session = reach.session()
        return Json(_stands(agent.service.owned.find(job_id, session), session, agent.service))


def _stands(record: RunRecord, session: Session, service: Service) -> JobStatus:
    if record.status == "finished":
        result = results.text_of(record, session, service.outputs)
        return JobStatus(
            id=_status_id(record.id, "completed", ()), job_id=record.id, status="completed", result=result
        )
    if record.ended_already:
        failed = _status_id(record.id, "failed", ())
        return JobStatus(id=failed, job_id=record.id, status="failed", result=record.reason)
    locks = _open(record.id, session)
    if not locks:
        return JobStatus(id=_status_id(record.id, "running", ()), job_id=record.id, status="running")
    return JobStatus(
        id=_status_id(record.id, "awaiting_input", locks),
        job_id=record.id,
        status="awaiting_input",
        input_schema=_asked(locks),
    )


def _open(run: str, session: Session) -> list[Lock]:
    return [lock for lock in session.log.locks(run) if lock.answered is None]


def _asked(locks: Sequence[Lock]) -> dict[str, Any]:
    """Return the form of the open questions: a group for each if there are several."""
    if len(locks) == 1:
        return {"input_data": fields.fields(locks[0].schema)}
    return {
        "input_groups": [
            {"id": lock.id, "title": lock.title, "input_data": fields.fields(lock.schema)} for lock in locks
        ]
    }


def _add_provide_input(made: APIRouter, agent: Agent, components: Components) -> None:
    asks = Depends(Needs(Scope.answer, agent.service.access))

    @made.post(
        "/provide_input",
        operation_id=_id(agent, "provide_input"),
        summary="Give a job the input that it awaits",
        openapi_extra=_takes(Provided, components),
        responses={200: _returns(Taken), **declared(400, 404, 409, 413, 415)},
    )
    async def provide_input(request: Request, caller: Caller = asks) -> Response:
        try:
            provided = _read(Provided, await body_of(request))
            return Json(await run_in_threadpool(_provide, agent.service, provided, caller.name))
        except InputsError as error:
            return told(error, 400)


def _provide(service: Service, provided: Provided, by: str) -> Taken:
    session = reach.session()
    record = service.owned.find(provided.job_id, session)
    locks = _open(record.id, session)
    answers = _answers(provided, locks)
    known = session.log.recall(_purchaser(record.id), 0) or b""
    given = provided.input_data if provided.input_groups is None else provided.input_groups
    hashed = input_hash(known.decode(), given or {})
    for lock in locks:
        if lock.id in answers:
            session.answer(record.id, lock.id, fields.inputs(answers[lock.id], lock.schema), by)
    return Taken(hashed)


def _answers(provided: Provided, locks: Sequence[Lock]) -> dict[str, dict[str, Any]]:
    """Return the answers by question.

    Raises:
        InputsError: They answer something else than what is asked now (KN010).
    """
    if not locks:
        raise _unfit("job_id", "the job awaits no input")
    current = _status_id(provided.job_id, "awaiting_input", locks)
    if provided.status_id and provided.status_id != current:
        raise _unfit("status_id", "is not the status of the job any more")
    asked = hashlib.sha256(canonical(_asked(locks)).encode()).hexdigest()
    if provided.input_schema_hash and provided.input_schema_hash != asked:
        raise _unfit("input_schema_hash", "is not of what the job asks now")
    if provided.input_groups is not None:
        unknown = provided.input_groups.keys() - {lock.id for lock in locks}
        if unknown:
            raise _unfit("input_groups", f"nobody asked for {', '.join(sorted(unknown))}")
        return provided.input_groups
    if len(locks) > 1:
        raise _unfit("input_groups", "there are several groups to choose from")
    return {locks[0].id: provided.input_data or {}}


def input_hash(identifier: str, data: Mapping[str, Any]) -> str:
    """Return the hash of inputs, after MIP-004.

    Args:
        identifier: What the purchaser calls the job.
        data: The inputs.

    Raises:
        InputsError: A number among them is too large (KN010).
    """
    try:
        text = canonical(dict(data))
    except OverflowError:
        raise _unfit("input_data", "has a number that is too large") from None
    return hashlib.sha256(f"{identifier};{text}".encode()).hexdigest()


def _purchaser(run: str) -> str:
    return f"kodonb.serve purchaser of {run}"


def _status_id(run: str, status: str, locks: Sequence[Lock]) -> str:
    asked = " ".join(lock.id for lock in locks)
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{run} {status} {asked}"))


def _read(model: type[_M], body: bytes) -> _M:
    try:
        return model.model_validate(inputs_in(body))
    except pydantic.ValidationError as error:
        problems = [
            Problem(".".join(map(str, each["loc"])) or "body", each["msg"]) for each in error.errors()
        ]
        raise InputsError("the request does not fit", problems) from None


def _unfit(field: str, message: str) -> InputsError:
    return InputsError("the input does not fit", [Problem(field, message)])


def _id(agent: Agent, name: str) -> str:
    return name if agent.base == "/" else f"{name}_{agent.entry.title}"


def _takes(model: type[pydantic.BaseModel], components: Components) -> dict[str, Any]:
    schema = components.once(model.__name__, model.model_json_schema())
    return {"requestBody": {**json_of(schema, "What is asked"), "required": True}}


def _returns(record: type[msgspec.Struct]) -> dict[str, Any]:
    schema = msgspec.json.schema(record)
    return json_of(schema["$defs"][record.__name__], (record.__doc__ or "").partition("\n")[0])


_FIELD: Final = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "type": {"type": "string"},
        "name": {"type": "string"},
        "data": {"type": "object"},
        "validations": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"validation": {"type": "string"}, "value": {"type": "string"}},
                "required": ["validation", "value"],
            },
        },
    },
    "required": ["id", "type", "name"],
}
_FORM: Final = {
    "type": "object",
    "properties": {"input_data": {"type": "array", "items": _FIELD}},
    "required": ["input_data"],
}
