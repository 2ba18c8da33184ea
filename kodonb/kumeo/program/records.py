"""The program that a text defines."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from kodonb.kumeo.program.values import Reference, Value

VERSION: Final = 1
"""Version of these records; one that reads differently has another."""


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of all records; what is left out has its default."""


class Endpoint(Record, frozen=True):
    """A source or a target.

    Attributes:
        type: ``"NATS"``, ``"Timer"`` … or the name of a custom one.
        address: Subject, topic, path or interval.
        options: Everything else that is said of it.
        name: Its own name, if it has one.
        interval: Seconds between two messages of a timer.
    """

    type: str
    address: Value = None
    options: dict[str, Value] = {}
    name: str = ""
    interval: float | None = None


class Context(Record, frozen=True):
    """Shared knowledge: its type, its own name if it has one, and its arguments."""

    type: str
    name: str = ""
    arguments: dict[str, Value] = {}


class Link(Record, frozen=True):
    """Where a value comes from.

    Attributes:
        name: What the agent calls it; empty for its whole input.
        choices: References, the first that has a value counts.
        default: What is taken if none has.
        query: A query instead of a reference.
    """

    name: str = ""
    choices: tuple[Reference, ...] = ()
    default: Value = None
    query: str = ""


class Outlet(Record, frozen=True):
    """Where a value goes: a stream, a target, or an output of the subworkflow."""

    kind: Literal["stream", "target", "output"]
    name: str


class Agent(Record, frozen=True):
    """An agent.

    Attributes:
        id: Its id; `generated` says whether the text has none.
        type: Its type.
        inputs: Where its input comes from.
        outputs: Where its output goes, beside those that refer to it.
        context: Knowledge that it may use, beside what all may.
        when: Condition without which it is passed over; empty for none.
        timeout: Seconds that one try may take.
        needs: Ids of the agents that it waits for.
        arguments: Everything else that it is given by name.
        rest: What it is given by place, beyond what its type knows.
        generated: Whether its id was made up.
        line: Line of the text in which it begins.
    """

    id: str
    type: str
    inputs: tuple[Link, ...] = ()
    outputs: tuple[Outlet, ...] = ()
    context: tuple[Link, ...] = ()
    when: str = ""
    timeout: float | None = None
    needs: tuple[str, ...] = ()
    arguments: dict[str, Value] = {}
    rest: list[Value] = []
    generated: bool = False
    line: int = 0


class Use(Record, frozen=True):
    """A subworkflow under a name of the workflow."""

    subworkflow: str
    name: str


class Model(Record, frozen=True):
    """A model that agents refer to; `type` is one of ``onnx pytorch bayesian rules_engine python``."""

    file: str = ""
    type: str = ""
    version: str = ""
    description: str = ""
    more: dict[str, Value] = {}


class Data(Record, frozen=True):
    """A file with data."""

    file: str = ""
    description: str = ""
    more: dict[str, Value] = {}


class Alert(Record, frozen=True):
    """A condition on what is watched, and whom to tell."""

    condition: str
    channel: Value = None


class Monitor(Record, frozen=True):
    """What is watched."""

    metrics: list[Value] = []
    dashboard: Value = None
    alerts: tuple[Alert, ...] = ()
    more: dict[str, Value] = {}


class Resources(Record, frozen=True):
    """What an agent may occupy; CPU, memory and GPU as the text has them."""

    cpu: Value = None
    memory: Value = None
    gpu: Value = None
    image: Value = None
    more: dict[str, Value] = {}


class Deployment(Record, frozen=True):
    """Where and how a workflow runs.

    Attributes:
        registry: Where its images are.
        base_images: Images to build on.
        resources: What agents may occupy: by id, and under ``default``.
        storage: Where it keeps files.
        min_replicas: How many copies run at least.
        max_replicas: How many copies run at most.
        more: Everything else; what else `scaling` says under names such as ``scaling.metric``.
    """

    registry: Value = None
    base_images: Value = None
    resources: dict[str, Resources] = {}
    storage: Value = None
    min_replicas: Value = None
    max_replicas: Value = None
    more: dict[str, Value] = {}


class SubWorkflow(Record, frozen=True):
    """A part that workflows take in; `input` and `output` are the names of what it takes and gives."""

    name: str
    input: tuple[str, ...] = ()
    output: tuple[str, ...] = ()
    contexts: tuple[Context, ...] = ()
    agents: tuple[Agent, ...] = ()
    uses: tuple[Use, ...] = ()
    line: int = 0


class Workflow(Record, frozen=True):
    """A workflow."""

    name: str
    sources: tuple[Endpoint, ...] = ()
    targets: tuple[Endpoint, ...] = ()
    contexts: tuple[Context, ...] = ()
    preprocessors: tuple[Agent, ...] = ()
    agents: tuple[Agent, ...] = ()
    uses: tuple[Use, ...] = ()
    monitor: Monitor | None = None
    deployment: Deployment | None = None
    nats: Value = None
    models: dict[str, Model] = {}
    schemas: dict[str, Value] = {}
    data: dict[str, Data] = {}
    config: dict[str, Value] = {}
    line: int = 0


class Integration(Record, frozen=True):
    """A subworkflow that is bound into a workflow: each input and output with what it is there."""

    workflow: str
    use: str
    name: str = ""
    input: dict[str, Link] = {}
    output: dict[str, Outlet] = {}


class Program(Record, frozen=True):
    """All that a text defines."""

    version: int = VERSION
    workflows: tuple[Workflow, ...] = ()
    subworkflows: tuple[SubWorkflow, ...] = ()
    integrations: tuple[Integration, ...] = ()
