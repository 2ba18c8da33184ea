"""Runs that tests of the display tell: events made by hand, in the order in which they happen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from kodonb.display import RunView
from kodonb.model.event import Event

RUN = "0k7q2mabcd1xyz"
START = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


class Story:
    """Collects events; `view` shows them."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.now = 0.0

    def say(self, kind: str, payload: Any, source: str = "flow", after: float = 0.1) -> Story:
        self.now += after
        at = START + timedelta(seconds=self.now)
        self.events.append(Event(RUN, len(self.events), at, kind, source, payload))
        return self

    def begin(self, **flow: Any) -> Story:
        self.say(
            "meta", {"flow": {"name": "search", "title": "Model search", **flow}, "user": "ada"}, after=0
        )
        self.say("status", {"status": "starting"})
        return self.say("status", {"status": "running", "pid": 7})

    def step(self, call: str, *after: str, end: str = "finished", attempt: int = 1, **more: Any) -> Story:
        told = {"step": call, "name": call.partition("#")[0], "attempt": attempt}
        self.say("step", {**told, "state": "submitted", "after": list(after)})
        if end != "submitted":
            self.say("step", {**told, "state": "running"}, source=call)
        if end not in {"submitted", "running"}:
            self.say("step", {**told, "state": end, "seconds": 0.5, **more}, source=call, after=0.5)
        return self

    def end(self, status: str = "finished", **more: Any) -> Story:
        return self.say("status", {"status": status, **more})

    @property
    def view(self) -> RunView:
        view = RunView(RUN)
        view.take_all(self.events)
        return view


def error(**more: Any) -> dict[str, Any]:
    """An error as events carry it."""
    return {
        "type": "ValueError",
        "message": "k must be positive",
        "where": "Cell In[3], line 7",
        "traceback": "Traceback (most recent call last):\n  Cell In[3], line 7, in train\nValueError: k must be positive",
        "inputs": {"k": "0"},
        **more,
    }


def everything() -> Story:
    """A run in which an event of every kind happens."""
    story = Story().begin()
    story.say("inputs", {"folds": {"json": 3}})
    story.step("load#1").step("split#2", "load#1")
    for number in range(3, 43):
        story.step(
            f"train#{number}",
            "split#2",
            end="error" if number == 9 else "finished",
            error=error() if number == 9 else None,
        )
    story.step("pick#43", *[f"train#{n}" for n in range(3, 43)])
    story.say("progress", {"id": "p1", "title": "training", "done": 37, "total": 40, "unit": "fits"})
    for number in range(20):
        story.say("metric", {"name": "loss", "value": 1 / (1 + number), "step": number})
    story.say("action", {"choose": "svm"}).say("agent", "thinking").say("debug", [1])
    story.say("result", {"json": {"best": "svm"}})
    story.say("display", {"mime": {"image/png": PNG, "text/plain": "<Figure at 0x7f00deadbeef>"}})
    story.say("display", {"mime": {"text/html": "<table><tr><td>1</td></tr></table>", "text/plain": "1"}})
    story.say(
        "upload",
        {"name": "model.onnx", "bytes": 70_000, "type": "application/octet-stream", "artifact": "ab" * 32},
    )
    story.say("stdout", {"text": "hello\n"}).say("stderr", {"text": "careful\n"})
    story.say(
        "log", {"level": "WARNING", "logger": "sklearn", "message": "did not converge", "where": "x.py:3"}
    )
    story.say("error", error(message="a child failed"))
    story.say("lock", {"lock": "l1", "title": "Release?", "schema": {}, "timeout": None, "default": None})
    story.say("status", {"status": "awaiting"})
    story.say("lease", {"lock": "l1", "by": "ada", "how": "answer", "value": {"yes": True}}, after=2)
    story.say("status", {"status": "running"})
    story.say("final", {"json": {"best": "svm", "score": 0.98}})
    return story.end()
