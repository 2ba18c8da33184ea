"""What all types of agents have in common."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import pydantic

from kodonb.kumeo.catalogue.roles import Condition, Context, Duration, Fallback, Input, Lifetime, Output

Needs = tuple[tuple[str, ...], ...]


class Part(pydantic.BaseModel):
    """Something with fields; further ones may be given, and are handed on."""

    model_config = pydantic.ConfigDict(
        extra="allow", defer_build=True, protected_namespaces=(), use_attribute_docstrings=True
    )


class Retry(Part):
    """How an agent is tried again."""

    attempts: int = 3
    """How often at most."""
    max_attempts: int | None = None
    """Another name of `attempts`."""
    max_retries: int | None = None
    """Another name of `attempts`."""
    delay: Duration = "1s"
    """How long to wait before the first new try."""
    initial_delay: Duration | None = None
    """Another name of `delay`."""
    backoff: Any = None
    """How the wait grows: `exponential`, `linear` or `fixed`; or another name of `delay`."""
    max_delay: Duration = "1m"
    """How long to wait at most."""


class OnFailure(Part):
    """What happens to what an agent rejects or fails on."""

    action: Literal["quarantine", "reject", "log_and_continue"] = "quarantine"
    """Put it aside, end with an error, or say so and go on."""
    retry: int = 0
    """How often to try again before."""
    fallback: Fallback = None
    """What takes over."""
    channel: str | None = None
    """Subject that is told of it."""


class Arguments(Part):
    """Arguments that every agent takes.

    Attributes:
        needs: Groups of arguments of which one must be given.
        positional: What arguments without a name are, in order.
    """

    needs: ClassVar[Needs] = ()
    positional: ClassVar[tuple[str, ...]] = ()

    id: str | None = None
    """Name of the agent in its workflow; without one it gets one, with a warning."""
    input: Input = None
    """Where its input comes from: `source`, `agent.output`, `"stream"`, or names with references."""
    output: Output = None
    """Where its output goes, beside those that refer to it: a stream, or `target.subject`."""
    model: Any = None
    """The model: a name under `models`, a file, or `{file, type, version}`."""
    config: Any = None
    """Further settings, or a JSON file with them."""
    when: Condition | None = None
    """The agent is passed over unless this holds."""
    timeout: Duration | None = None
    """How long one try may take."""
    retry: Retry | int | None = None
    """How often it is tried again, and how long to wait before."""
    fallback: Fallback = None
    """What takes over when all tries have failed: an agent, an engine, or a value."""
    output_schema: Any = None
    """Fields of the output with their types, a JSON Schema, or a name under `schemas`."""
    input_schema: Any = None
    """As `output_schema`, for the input."""
    context: Context = None
    """Knowledge it may use: a reference, a list of them, or an SQL query over declared data."""
    on_failure: OnFailure | str | None = None
    """What happens to what it rejects or fails on."""
    cache: Lifetime | None = None
    """For how long a result is used again for equal input: a duration, or `true`."""
    concurrency: int | None = None
    """How many messages may be with it at once."""
    batch_size: int | None = None
    """How many messages it is given at once, if it can take several."""
    batch_wait: Duration | None = None
    """How long messages wait for others of their batch."""
