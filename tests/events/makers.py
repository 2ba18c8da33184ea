"""Batches, rows and runs for tests of the event log."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

import msgspec

from kodonb.model.event import Batch, Row
from kodonb.model.module import Module
from kodonb.model.run import RunRecord

MODULE = Module(entry="f", source="def f():\n    return 1\n")
_clock = itertools.count(1_800_000_000_000_000)


def row(kind="debug", payload=None):
    return Row(next(_clock), kind, msgspec.json.encode(payload))


def rows(*payloads, kind="debug"):
    return [row(kind, payload) for payload in payloads]


def status(status, **more):
    return row("status", {"status": status, **more})


def lock(name, title="go?"):
    return row(
        "lock", {"lock": name, "title": title, "schema": {"type": "object"}, "timeout": None, "default": None}
    )


def lease(name, value=None, by="ada@here"):
    return row("lease", {"lock": name, "by": by, "how": "answer", "value": value})


def record(run="r1", **more):
    return RunRecord(**{"id": run, "flow": "f", "module": MODULE.hash, "created": datetime.now(UTC), **more})


def create(log, run="r1", **more):
    assert log.create(record(run, **more), MODULE, [row("meta", {}), row("inputs", {}), status("starting")])
    return run


def send(log, *rows, run="r1", source="flow", first=0):
    [commit] = log.append([Batch(run, source, first, list(rows))])
    return commit


def told(stored):
    """What events say, without time: kind, source, payload."""
    return [(each.kind, each.source, msgspec.json.decode(each.payload)) for each in stored]


def payloads(stored):
    return [msgspec.json.decode(each.payload) for each in stored]
