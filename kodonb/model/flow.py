"""What is declared of flows and steps."""

from __future__ import annotations

import msgspec


class Resources(msgspec.Struct, frozen=True, kw_only=True):
    """What a flow or step occupies on the cluster.

    Attributes:
        num_cpus: Logical CPUs; `None` means the default (0 for a flow, 1 for a step).
        num_gpus: Logical GPUs.
        memory: Bytes of memory.
    """

    num_cpus: float | None = None
    num_gpus: float = 0.0
    memory: int = 0


class FlowMeta(msgspec.Struct, frozen=True, kw_only=True):
    """What a flow says of itself.

    Attributes:
        name: Name in the register.
        title: Heading for people.
        summary: What it does.
        tags: Labels to filter by.
        author: Who wrote it.
        organization: Whose it is.
        version: Version of the flow.
        retries: How often the flow function is called again after an error.
        timeout: Seconds a run may take; `None` for no limit.
        resources: What the runner occupies.
        pip: Requirements that the run needs beside what is installed.
    """

    name: str
    title: str = ""
    summary: str = ""
    tags: tuple[str, ...] = ()
    author: str = ""
    organization: str = ""
    version: str = ""
    retries: int = 0
    timeout: float | None = None
    resources: Resources = Resources()
    pip: tuple[str, ...] = ()


class StepMeta(msgspec.Struct, frozen=True, kw_only=True):
    """How a step is executed.

    Attributes:
        name: Name of the step.
        retries: How often it is tried again after an error or a dead worker.
        backoff: Seconds before the first new try; doubled each time.
        timeout: Seconds one attempt may take; `None` for no limit.
        cache: Seconds for which a result may be reused by any run; 0 for never.
        resources: What an attempt occupies.
    """

    name: str
    retries: int = 0
    backoff: float = 0.1
    timeout: float | None = None
    cache: float = 0.0
    resources: Resources = Resources()
