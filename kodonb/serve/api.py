"""The application."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from types import EllipsisType
from typing import TYPE_CHECKING, Any, Final

from fastapi import Depends, FastAPI, Request, Response
from starlette.middleware.cors import CORSMiddleware

from kodonb.flows.flow import Flow
from kodonb.model.errors import UsageError
from kodonb.serve import health, openapi, tracing
from kodonb.serve.access.callers import Access, Needs, Scope, access_from_environment
from kodonb.serve.access.limits import BodyLimit
from kodonb.serve.access.rates import RATE, RateLimit
from kodonb.serve.entries import outputs
from kodonb.serve.entries import routes as entries
from kodonb.serve.entries.entry import Decide, Entry, Example, entry_of
from kodonb.serve.entries.repeat import REPLAYED
from kodonb.serve.files import routes as sent
from kodonb.serve.files.uploads import Limits, Uploads
from kodonb.serve.masumi import routes as masumi
from kodonb.serve.metrics import Measured
from kodonb.serve.problems import Unexpected, explain
from kodonb.serve.replies import Json
from kodonb.serve.runs import questions
from kodonb.serve.runs import routes as runs
from kodonb.serve.runs.leaving import told_to_end
from kodonb.serve.service import Service

if TYPE_CHECKING:
    from pydantic import BaseModel
    from starlette.types import Lifespan

BODY: Final = 16 * 1024 * 1024
"""Bytes that the body of a request may have by default."""

_RESERVED: Final = frozenset({"docs", "files", "health", "metrics", "openapi.json", "ready", "redoc", "runs"})
_TOLD: Final = ("Location", "Retry-After", "WWW-Authenticate", "RateLimit", "RateLimit-Policy", REPLAYED)


class ServeAPI(FastAPI):
    """A FastAPI application whose endpoints start runs.

    Args:
        access: Who knows callers by their bearer tokens, e.g. `Keys`; `None` lets everybody do everything. What the
            environment says by default (see `access_from_environment`).
        origins: Origins whose pages may call the service; none by default.
        body: Bytes that the body of a request may have.
        files: How much callers may send as files; `Limits` has defaults.
        rate: How often a caller may start or change something, such as ``120/minute``; `None` for any number of times.
        mip003: Whether there are routes for the Masumi network, or the identifier that the agent has there. Those of
            the first endpoint are at the root, those of each below its path.
        **settings: As of `fastapi.FastAPI`. The pages of documentation, which load scripts from a CDN, are there only
            without access control, or when `docs_url` or `redoc_url` is given.

    Raises:
        ServiceError: The environment says nothing of access control (KN711).
    """

    def __init__(
        self,
        *,
        access: Access | EllipsisType | None = ...,
        origins: Sequence[str] = (),
        body: int = BODY,
        files: Limits | None = None,
        rate: str | None = RATE,
        mip003: bool | str = False,
        **settings: Any,
    ) -> None:
        self._access = access_from_environment() if isinstance(access, EllipsisType) else access
        self._service = Service.of(self._access, Uploads(limits=files))
        self._components = openapi.Components()
        self._agent = ("" if mip003 is True else mip003) if mip003 is not False else None
        self._results: dict[str, dict[str, Any]] = {}
        self._readiness = health.Readiness(self._service)
        self._taken: list[str] = []
        super().__init__(**self._settled(settings))
        explain(self)
        for router in (
            runs.router(self._service),
            questions.router(self._service),
            sent.router(self._access, self._service.uploads, self._service.owned),
            health.router(self._service, self._readiness),
        ):
            self.include_router(router)
        self._add_middleware(origins, body, rate)

    def _settled(self, settings: dict[str, Any]) -> dict[str, Any]:
        """Return FastAPI's settings with our defaults."""
        lifespan = settings.pop("lifespan", None)
        pages = {} if self._access is None else {"docs_url": None, "redoc_url": None}
        telemetry = {**tracing.settings(), **(settings.pop("telemetry", None) or {})}
        return {
            "title": "Agentic service",
            **pages,
            **settings,
            "telemetry": telemetry,
            "lifespan": self._living(lifespan),
        }

    def _add_middleware(self, origins: Sequence[str], body: int, rate: str | None) -> None:
        """Add what is around the routes: what is added last is outermost."""
        self.add_middleware(BodyLimit, limit=body)
        self.add_middleware(RateLimit, access=self._access, rate=rate)
        self.add_middleware(Unexpected)
        if origins:
            self.add_middleware(
                CORSMiddleware,
                allow_origins=origins,
                allow_methods=["GET", "POST", *sent.METHODS],
                allow_headers=["*"],
                expose_headers=[*_TOLD, *sent.TOLD],
            )
        self.add_middleware(Measured, metrics=self._service.metrics)

    def _living(self, own: Lifespan[Any] | None) -> Lifespan[Any]:
        """Return what is around the life of the application, with what its user wants around it."""

        @asynccontextmanager
        async def living(app: Any) -> AsyncIterator[Any]:
            tracing.begin()
            self._service.streams.open()
            self._readiness.begin()
            try:
                with told_to_end(self._service.streams.close):
                    if own is None:
                        yield
                    else:
                        async with own(app) as state:
                            yield state
            finally:
                self._service.streams.close()
                await self._readiness.end()

        return living

    def setup(self) -> None:
        """Add the description and its pages; whoever reads it needs the scope `read`."""
        super().setup()
        if not self.openapi_url:
            return
        for route in [each for each in self.routes if getattr(each, "path", "") == self.openapi_url]:
            self.routes.remove(route)
        allowed = [Depends(Needs(Scope.read, self._access))]
        self.add_api_route(self.openapi_url, self._describe, dependencies=allowed, include_in_schema=False)

    async def _describe(self, request: Request) -> Response:
        told = self.openapi()
        root: str = request.scope.get("root_path", "").rstrip("/")
        servers = told.get("servers", [])
        if root and self.root_path_in_servers and root not in [each.get("url") for each in servers]:
            told = {**told, "servers": [{"url": root}, *servers]}
        return Json(told)

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI description, with the schemas of inputs and results."""
        if self.openapi_schema is None:
            made = super().openapi()
            self.openapi_schema = openapi.finished(
                made, self._components, self._results, guarded=self._access is not None
            )
        return self.openapi_schema

    def include(
        self, flow: Flow[..., Any], path: str | None = None, examples: Sequence[Example] = ()
    ) -> None:
        """Serve a flow: its form at ``GET path``, its launch at ``POST path``.

        Args:
            flow: The flow.
            path: Where; ``/<name of the flow>`` by default.
            examples: Inputs to show in the description, each by itself or as ``(what it is about, inputs)``.

        Raises:
            InputsError: An example does not fit the flow's form (KN010).
            UsageError: The path is taken (KN007).
        """
        self._service.owned.add(flow.name)
        output = self._service.outputs[flow.name] = outputs.output_of(flow)
        self._readiness.flows.append(flow)
        entry = entry_of(flow, output, path or f"/{flow.name}", examples)
        self._results[flow.name] = self._enter(entry)

    def enter(
        self,
        path: str,
        *,
        form: type[BaseModel] | None = None,
        summary: str = "",
        description: str = "",
        tags: Sequence[str] = (),
        version: str = "",
        author: str = "",
        organization: str = "",
        deprecated: bool = False,
    ) -> Callable[[Decide], Decide]:
        """Make a function an endpoint that starts a run.

        The function, plain or asynchronous, takes the request and the validated inputs, and returns a `Launch`. It may
        raise `InputsError`.

        Args:
            path: The path.
            form: Model of the inputs; any JSON object without it.
            summary: What it does, in a few words; the function's name by default.
            description: More of that; the function's docstring by default.
            tags: For whoever looks for it.
            version: Its version.
            author: Who wrote it.
            organization: For whom.
            deprecated: Whether it should not be used any more.

        Raises:
            UsageError: The path is taken (KN007).
        """

        def decorate(function: Decide) -> Decide:
            name = getattr(function, "__name__", type(function).__name__)
            key = f"{getattr(function, '__module__', '')}.{getattr(function, '__qualname__', name)}"
            self._service.owned.ask(key)
            self._results.setdefault("", {})
            self._enter(
                Entry(
                    path=path,
                    name=name,
                    key=key,
                    decide=function,
                    schema=form.model_json_schema() if form else {"type": "object"},
                    output={},
                    summary=summary or name.replace("_", " ").capitalize(),
                    description=description or inspect.getdoc(function) or "",
                    tags=tags,
                    about={"author": author, "organization": organization, "version": version},
                    deprecated=deprecated,
                    form=form,
                )
            )
            return function

        return decorate

    def _enter(self, entry: Entry) -> dict[str, Any]:
        """Add an endpoint, and return the schema of what it returns."""
        self._take(entry.path)
        router, output = entries.router(entry, self._service, self._components)
        self.include_router(router)
        # Routes are looked through in order, and a launch is what somebody waits for.
        self.router.routes.insert(len(self._taken) - 1, self.router.routes.pop())
        if self._agent is not None:
            self._offer(entry, self._agent)
        self.openapi_schema = None
        return output

    def _take(self, path: str) -> None:
        first = path.strip("/").partition("/")[0]
        if path in self._taken or first in _RESERVED:
            raise UsageError(
                f"the path {path} is taken",
                code="KN007",
                remedy="serve the flow at another one: include(flow, path)",
            )
        self._taken.append(path)

    def _offer(self, entry: Entry, identifier: str) -> None:
        """Add the routes for the Masumi network."""
        bases = ["/", entry.path] if len(self._taken) == 1 else [entry.path]
        for base in dict.fromkeys(bases):
            agent = masumi.Agent(entry, base, identifier, self._service)
            self.include_router(masumi.router(agent, self._readiness, self._components))
