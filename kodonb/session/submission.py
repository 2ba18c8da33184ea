"""What a session needs to start a run."""

from __future__ import annotations

import functools
import getpass
import importlib.metadata
import os
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from kodonb.capture import capture
from kodonb.events.artifacts import Artifacts
from kodonb.events.kept import SECRET, Kept, is_secret, keep, pickled
from kodonb.events.plain import encode
from kodonb.events.sql import SqlLog
from kodonb.model.errors import RunError
from kodonb.model.event import Row
from kodonb.model.flow import FlowMeta
from kodonb.model.module import Module
from kodonb.model.run import RunRecord, new_run_id

if TYPE_CHECKING:
    from kodonb.flows.flow import Flow
    from kodonb.flows.form import Form


class Launch(msgspec.Struct, frozen=True, kw_only=True):
    """What a runner is told; it lives in memory and travels encrypted, so that it may hold secrets.

    Attributes:
        run: Id of the run.
        module: Hash of the captured module.
        meta: Metadata of the flow.
        inputs: Parameter -> kept value.
        secrets: Parameter -> pickle, of the inputs that are kept as a mark only.
        retry_of: The run whose finished steps are replayed.
        attempt: How often a runner has taken this run, from 1.
    """

    run: str
    module: str
    meta: FlowMeta
    inputs: dict[str, Kept]
    secrets: dict[str, bytes] = {}
    retry_of: str | None = None
    attempt: int = 1

    def __repr__(self) -> str:
        """Name the run, and nothing of what it was given."""
        return f"<Launch {self.run}, attempt {self.attempt}>"


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """A run that is about to start.

    Attributes:
        record: What the log will know of it.
        module: The captured code.
        rows: Its first events.
        launch: What the runner is told.
    """

    record: RunRecord
    module: Module
    rows: list[Row]
    launch: Launch


def prepare(
    flow: Flow[..., Any],
    inputs: dict[str, Any],
    artifacts: Artifacts,
    ready: Callable[[], object],
    *,
    module: Module | None = None,
    user: str = "",
) -> Submission:
    """Validate inputs and capture code; nothing has started when this fails.

    Args:
        flow: The flow.
        inputs: Values of its parameters.
        artifacts: Takes values that are too large for events.
        ready: Called before the run's time begins, once it is clear that it can.
        module: Its code, where that was captured before and has not changed since.
        user: Who submits it; the user of this process by default.

    Raises:
        InputsError: Values do not fit the flow's form.
        CaptureError: The code cannot leave the notebook.
    """
    values = flow.form.validate({**inputs, **flow.fixed})
    kept, secrets = _inputs(flow.form, values, artifacts)
    module = module or capture(flow)
    ready()
    return _submission(flow.meta, module, kept, secrets, None, user=user)


def _inputs(
    form: Form, values: dict[str, Any], artifacts: Artifacts
) -> tuple[dict[str, Kept], dict[str, bytes]]:
    """Return what the log keeps of the inputs, and what only the runner is told."""
    jsons, objects = form.split(values)
    plain = {**jsons, **objects}
    kept = {name: keep(plain[name], artifacts) if name in plain else SECRET for name in values}
    # Pickling may have come upon further ones, such as an object for a parameter without a type.
    secrets = {name: values[name] for name, each in kept.items() if is_secret(each)} | form.secrets(values)
    return kept, {name: pickled(value).body for name, value in secrets.items()}


def again(log: SqlLog, run: RunRecord, user: str = "") -> Submission:
    """Return the submission that repeats a run with the same code and inputs.

    Args:
        log: Where the run is.
        run: The run.
        user: Who submits it; the user of this process by default.

    Raises:
        RunError: The run was given secrets, which nobody has kept (KN312).
    """
    launch = relaunch(log, run)
    return _submission(launch.meta, log.module(run.module), launch.inputs, {}, run.id, user=user)


def relaunch(log: SqlLog, run: RunRecord) -> Launch:
    """Return what the runner of a run was told, from the run's first events.

    Raises:
        RunError: It was told secrets, which nobody has kept (KN312).
    """
    meta, inputs = (
        msgspec.json.decode(s.payload) for s in log.read(run.id, limit=2, kinds=("meta", "inputs"))
    )
    secrets = [name for name, kept in inputs.items() if is_secret(kept)]
    if secrets:
        raise RunError(
            f"the run cannot be started again, as its secrets are not kept: {', '.join(secrets)}",
            code="KN312",
            where=f"run {run.id}",
            remedy=f"submit {run.flow} again with {' '.join(f'{name}=…' for name in secrets)}",
        )
    return Launch(
        run=run.id,
        module=run.module,
        meta=msgspec.convert(meta["flow"], FlowMeta),
        inputs=inputs,
        retry_of=run.retry_of,
    )


def _submission(
    meta: FlowMeta,
    module: Module,
    inputs: dict[str, Kept],
    secrets: dict[str, bytes],
    retry_of: str | None,
    *,
    user: str,
) -> Submission:
    run = new_run_id()
    user = user or whoami()
    told = {
        "flow": msgspec.to_builtins(meta),
        "module": {
            "hash": module.hash,
            "entry": module.entry,
            "packages": module.packages,
            "python": module.python,
            "commit": module.commit,
            "cells": sorted({piece.cell for piece in module.pieces if piece.cell}),
            "notices": module.notices,
        },
        "kodonb": _version(),
        "user": user,
        "retry_of": retry_of,
    }
    at = time.time_ns() // 1000
    record = RunRecord(
        id=run,
        flow=meta.name,
        module=module.hash,
        title=meta.title,
        tags=meta.tags,
        author=meta.author,
        user=user,
        created=datetime.now(UTC),
        retry_of=retry_of,
    )
    rows = [
        Row(at, "meta", encode(told)),
        Row(at, "inputs", encode(inputs)),
        Row(at, "status", encode({"status": "starting"})),
    ]
    launch = Launch(run=run, module=module.hash, meta=meta, inputs=inputs, secrets=secrets, retry_of=retry_of)
    return Submission(record=record, module=module, rows=rows, launch=launch)


@functools.cache
def _version() -> str:
    return importlib.metadata.version("kodonb")  # reads and parses a file


def whoami() -> str:
    """Return who acts here, as ``user@host``."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"
