"""What an export is made of: a service, its flows and cases, and the targets that write it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, Protocol

from kodonb.capture.slicing import Left, Slice
from kodonb.model.flow import FlowMeta

Files = dict[str, str | bytes]
"""Content by path below the folder of the export, with ``/`` between its parts."""

UNKNOWN: Final = object()
"""Stands for a result that the notebook does not show."""


class Exposed(NamedTuple):
    """A flow that a service offers.

    Attributes:
        name: Name of the flow.
        function: Name of its function in the module.
        meta: What the flow says of itself, as far as that is known without executing it.
        parameters: Name of each parameter -> its annotation as typed, empty without one.
        decorator: Line that makes the function a flow; empty if it is decorated already.
        place: Where it is defined, e.g. ``cell 3``.
        workflow: Whether it is one in Kumeo: it needs what workflows need, and waits for messages unless it is given
            some.
    """

    name: str
    function: str
    meta: FlowMeta
    parameters: Mapping[str, str]
    decorator: str
    place: str
    workflow: bool = False


class Case(NamedTuple):
    """A call that the notebook makes, and what came of it.

    Attributes:
        flow: Name of the flow.
        inputs: Its inputs as JSON values.
        where: Cell of the call.
        answers: What it was told when it asked, in order.
        result: What it returned as JSON value, or `UNKNOWN`.
    """

    flow: str
    inputs: Mapping[str, Any]
    where: str
    answers: tuple[Mapping[str, Any], ...] = ()
    result: Any = UNKNOWN


class Service(NamedTuple):
    """Everything that is known of a service before it is written.

    Attributes:
        package: Name of its Python package.
        title: Heading for people.
        version: Its version.
        flows: What it offers.
        slice: The code of the flows, and what comes with it.
        requirements: Distribution -> version, of what the code imports.
        constraints: Distribution -> version, of these and of all that they require.
        cases: Calls of the notebook.
        left: What of the notebook did not come along, worth telling.
        provenance: Where all of it comes from, as JSON.
    """

    package: str
    title: str
    version: str
    flows: tuple[Exposed, ...]
    slice: Slice
    requirements: Mapping[str, str]
    constraints: Mapping[str, str]
    cases: tuple[Case, ...]
    left: tuple[Left, ...]
    provenance: Mapping[str, Any]

    @property
    def extras(self) -> tuple[str, ...]:
        """What of kodonb the flows require, besides what every flow does."""
        return ("kumeo",) if any(flow.workflow for flow in self.flows) else ()


class Target(Protocol):
    """A kind of export; found by the entry points of ``kodonb.targets``."""

    name: str
    """What ``--target`` calls it."""

    summary: str
    """What it writes, in a few words."""

    def files(self, service: Service) -> Files:
        """Return what is written."""
