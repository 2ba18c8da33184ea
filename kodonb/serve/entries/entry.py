"""Endpoints that start runs: what they are, whether made of a flow or written by a user."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import pydantic
from starlette.concurrency import run_in_threadpool

from kodonb.model.errors import InputsError, Problem
from kodonb.serve.entries.launch import Launch
from kodonb.serve.replies import inputs_in

if TYPE_CHECKING:
    from starlette.requests import Request

    from kodonb.flows.flow import Flow
    from kodonb.serve.entries.outputs import Output

Decide = Callable[["Request", Any], Launch | Awaitable[Launch]]
"""What a user writes: takes the request and the inputs, and returns what is to be launched."""

Example = Mapping[str, Any] | tuple[str, Mapping[str, Any]]
"""Inputs, or what they are about and inputs."""


class Entry(NamedTuple):
    """An endpoint that starts runs.

    Attributes:
        path: Its path.
        name: What it is called.
        key: What it is called in the log: the same in all replicas.
        decide: Returns what is to be launched.
        schema: JSON Schema of the inputs.
        output: JSON Schema of the result; empty if nothing is known of it.
        summary: What it does, in a few words.
        description: More of that.
        tags: For whoever looks for it.
        about: `author`, `organization` and `version`.
        examples: Inputs, each with what it is about.
        deprecated: Whether it should not be used any more.
        form: Model of the inputs; any JSON object without it.
    """

    path: str
    name: str
    key: str
    decide: Decide
    schema: Mapping[str, Any]
    output: Mapping[str, Any]
    summary: str
    description: str
    tags: Sequence[str]
    about: Mapping[str, str]
    examples: Sequence[tuple[str, Mapping[str, Any]]] = ()
    deprecated: bool = False
    form: type[pydantic.BaseModel] | None = None

    @property
    def title(self) -> str:
        """What its components are called."""
        return self.path.strip("/").replace("/", "_") or "root"

    @property
    def takes_files(self) -> bool:
        """Whether files may stand for something in the inputs."""
        return b'"format":"binary"' in msgspec.json.encode(self.schema)

    def read(self, body: bytes) -> Any:
        """Return the inputs in the JSON text of a request.

        Raises:
            InputsError: They do not fit (KN010).
        """
        if self.form is None:
            return inputs_in(body)
        with _told_as_inputs():
            return self.form.model_validate_json(body)

    def filled(self, inputs: Mapping[str, Any]) -> Any:
        """Return the inputs that were made of values, not all of which are JSON.

        Raises:
            InputsError: They do not fit (KN010).
        """
        if self.form is None:
            return inputs
        with _told_as_inputs():
            return self.form.model_validate(inputs)

    async def decided(self, request: Request, inputs: Any) -> Launch:
        """Return what is to be launched; what is decided by a plain function does not block the event loop."""
        if inspect.iscoroutinefunction(self.decide):
            found = await self.decide(request, inputs)
        else:
            found = await run_in_threadpool(self.decide, request, inputs)
        if not isinstance(found, Launch):
            raise TypeError(f"{self.key} returned {type(found).__name__} instead of a Launch")
        return found


def entry_of(flow: Flow[..., Any], output: Output, path: str, examples: Sequence[Example]) -> Entry:
    """Return the endpoint that launches a flow.

    Args:
        flow: The flow.
        output: What it returns.
        path: Its path.
        examples: Inputs to show.

    Raises:
        InputsError: An example does not fit the flow's form (KN010).
    """

    async def decide(request: Request, inputs: Any) -> Launch:
        return Launch(request, flow, inputs)

    meta = flow.meta
    shown = tuple(_example(number, example) for number, example in enumerate(examples, 1))
    for _, inputs in shown:
        flow.form.validate(inputs)
    return Entry(
        path,
        flow.name,
        flow.name,
        decide,
        flow.schema,
        output.schema,
        meta.title or flow.name,
        meta.summary,
        meta.tags,
        {"author": meta.author, "organization": meta.organization, "version": meta.version},
        shown,
    )


def _example(number: int, example: Example) -> tuple[str, Mapping[str, Any]]:
    if isinstance(example, tuple):
        return example
    return f"Example {number}", example


@contextmanager
def _told_as_inputs() -> Iterator[None]:
    try:
        yield
    except pydantic.ValidationError as error:
        problems = [
            Problem(".".join(map(str, each["loc"])) or "body", each["msg"]) for each in error.errors()
        ]
        raise InputsError("the inputs do not fit the form", problems) from None
