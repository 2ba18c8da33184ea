"""What an endpoint decides: that a run is started, of what and with which inputs."""

from __future__ import annotations

import inspect
import pkgutil
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pydantic import BaseModel

from kodonb.flows.flow import Flow, flow
from kodonb.model.errors import UsageError

if TYPE_CHECKING:
    from starlette.requests import Request

    from kodonb.model.module import Module
    from kodonb.session.base import Session
    from kodonb.session.submission import Submission

Entrypoint = Callable[..., Any] | str

_SMALL: Final = (
    16 * 1024
)  # bytes of inputs that are validated in the event loop, as FastAPI does with all of them


class Launch(NamedTuple):
    """A run that is to be started.

    Attributes:
        request: The request that asks for it.
        entrypoint: A flow, a function, or where one is found, as ``module:object``.
        inputs: Values of its parameters, by name or as a model.
    """

    request: Request
    entrypoint: Entrypoint
    inputs: Mapping[str, Any] | BaseModel = {}


class Launcher:
    """Prepares the runs of a service.

    The code of a service does not change while it runs: so what an entrypoint is, and the module that is captured of
    it, are found out once.
    """

    def __init__(self) -> None:
        self._flows: dict[Entrypoint, Flow[..., Any]] = {}
        self._modules: dict[Flow[..., Any], Module] = {}
        self._guard = threading.Lock()

    def flow(self, entrypoint: Entrypoint) -> Flow[..., Any]:
        """Return the flow that an entrypoint stands for.

        Raises:
            UsageError: Nothing that can be called is found under that name (KN006).
        """
        found = self._flows.get(entrypoint)
        if found is None:
            found = self._flows[entrypoint] = flow_of(entrypoint)
        return found

    def module(self, flow: Flow[..., Any]) -> Module:
        """Return what runs of a flow execute.

        Raises:
            CaptureError: The code of the flow cannot leave this process.
        """
        from kodonb.capture import capture  # noqa: PLC0415 - loaded with the first run, not with the service
        from kodonb.session import names  # noqa: PLC0415

        with self._guard:
            found = self._modules.get(flow)
            if found is None:
                found = capture(flow)
                # So that results are objects of the classes that this process knows.
                names.remember(found, inspect.unwrap(flow.function).__globals__)
                self._modules[flow] = found
        return found

    def is_quick(self, launch: Launch) -> bool:
        """Whether `prepare` takes no longer than it takes to hand it to a thread."""
        size = launch.request.headers.get("content-length", "")
        return self._flows.get(launch.entrypoint) in self._modules and size.isdigit() and int(size) <= _SMALL

    def prepare(self, launch: Launch, session: Session, user: str) -> Submission:
        """Return the run that is to be started.

        Args:
            launch: What an endpoint decided.
            session: What will carry the run.
            user: Who asks for it.

        Raises:
            InputsError: The inputs do not fit (KN010).
            UsageError: There is no such entrypoint (KN006).
        """
        from kodonb.session.submission import prepare  # noqa: PLC0415 - loaded with the first run

        wanted = self.flow(launch.entrypoint)
        values = _values(launch.inputs)
        return prepare(
            wanted, values, session.artifacts, session.ready, module=self.module(wanted), user=user
        )


def _values(inputs: Mapping[str, Any] | BaseModel) -> dict[str, Any]:
    if isinstance(inputs, BaseModel):
        return {
            **{name: getattr(inputs, name) for name in type(inputs).model_fields},
            **(inputs.model_extra or {}),
        }
    return dict(inputs)


def flow_of(entrypoint: Entrypoint) -> Flow[..., Any]:
    """Return the flow that an entrypoint stands for.

    Raises:
        UsageError: Nothing that can be called is found under that name (KN006).
    """
    found = _resolved(entrypoint) if isinstance(entrypoint, str) else entrypoint
    if isinstance(found, Flow):
        return found
    if not callable(found):
        raise UsageError(f"{entrypoint!r} cannot be called", code="KN006", remedy="name a flow or a function")
    return flow(found)


def _resolved(name: str) -> Any:
    try:
        return pkgutil.resolve_name(name)
    except (ImportError, AttributeError, ValueError) as error:
        raise UsageError(
            f"there is no {name!r}: {error}", code="KN006", remedy="write module:object"
        ) from error
