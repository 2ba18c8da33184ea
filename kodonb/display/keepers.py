"""What a view keeps of an event, kind by kind."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from kodonb.display.agents import of_workflow
from kodonb.display.asked import gist
from kodonb.display.read import MAX_WEIGHT, bounded, fits, mapping, name, number, text
from kodonb.display.records import Answer, Bar, Item, Question
from kodonb.display.series import Point, Series
from kodonb.model.event import Event

if TYPE_CHECKING:
    from kodonb.display.view import RunView

MAX_ITEMS: Final = 50
"""Most results, displays, answers and errors that are held, each."""

MAX_NAMED: Final = 200
"""Most progress bars, metrics, open questions and changes of status that are held, each."""


def _meta(view: RunView, event: Event) -> None:
    payload = mapping(event.payload)
    view.meta = payload if fits(payload, MAX_WEIGHT) else {"flow": bounded(payload.get("flow"))}


def _inputs(view: RunView, event: Event) -> None:
    view.inputs = {name(key): bounded(value) for key, value in mapping(event.payload).items()}


def _status(view: RunView, event: Event) -> None:
    payload = mapping(event.payload)
    view.status = name(payload.get("status")) or view.status
    view.reason, view.code = text(payload.get("reason")), name(payload.get("code"))
    view.ended_at = event.at if view.ended else None
    view.statuses.append((event.at, view.status))
    if view.ended:
        view.questions.clear()


def _step(view: RunView, event: Event) -> None:
    view.book.take(event.at, name(event.source), mapping(event.payload))


def _progress(view: RunView, event: Event) -> None:
    payload = mapping(event.payload)
    source, identity, done = name(event.source), name(payload.get("id")), number(payload.get("done")) or 0.0
    before = view.progress.get((source, identity))
    bar = Bar(
        id=identity,
        title=name(payload.get("title")),
        source=source,
        done=done,
        total=number(payload.get("total")),
        unit=name(payload.get("unit")),
        begun=before.begun if before is not None and done >= before.done else (event.at, done),
        at=event.at,
    )
    view.progress[bar.source, bar.id] = bar
    if len(view.progress) > MAX_NAMED:
        complete = (key for key, held in view.progress.items() if held.complete)
        del view.progress[next(complete, next(iter(view.progress)))]


def _metric(view: RunView, event: Event) -> None:
    payload = mapping(event.payload)
    metric, value = name(payload.get("name")), number(payload.get("value"))
    if value is not None and (metric in view.metrics or len(view.metrics) < MAX_NAMED):
        series = view.metrics.setdefault(metric, Series(metric))
        series.add(Point(event.at, number(payload.get("step")), value))


def _lock(view: RunView, event: Event) -> None:
    payload = mapping(event.payload)
    question = Question(
        lock=name(payload.get("lock")),
        title=name(payload.get("title")),
        source=name(event.source),
        at=event.at,
        schema=mapping(bounded(payload.get("schema"))),
        timeout=number(payload.get("timeout")),
        default=bounded(payload.get("default")),
    )
    view.questions[question.lock] = question
    if len(view.questions) > MAX_NAMED:
        del view.questions[next(iter(view.questions))]


def _lease(view: RunView, event: Event) -> None:
    payload = mapping(event.payload)
    lock = name(payload.get("lock"))
    question = view.questions.pop(lock, None)
    answer = Answer(
        lock=lock,
        title=question.title if question else "",
        at=event.at,
        by=name(payload.get("by")),
        how=name(payload.get("how")),
        value=bounded(payload.get("value")),
        about=gist(question.schema) if question else "",
    )
    view.answers.append(answer)


def _final(view: RunView, event: Event) -> None:
    payload = mapping(event.payload)
    if set(payload) == {"error"}:
        view.error = mapping(bounded(payload["error"])) or {"message": text(payload["error"])}
    else:
        view.final = mapping(bounded(payload))


def _text(view: RunView, event: Event) -> None:
    said = mapping(event.payload).get("text", event.payload)
    view.output.write(event.kind, name(event.source), said if isinstance(said, str) else "")


def _log(view: RunView, event: Event) -> None:
    payload = mapping(event.payload)
    head = " ".join(filter(None, [name(payload.get("level")), name(payload.get("logger"))]))
    view.output.write("log", name(event.source), f"{head}: {text(payload.get('message'))}\n")


def _item(where: Callable[[RunView], deque[Item]]) -> Callable[[RunView, Event], None]:
    def keep(view: RunView, event: Event) -> None:
        item = Item(event.offset, event.at, event.kind, name(event.source), bounded(event.payload))
        where(view).append(item)

    return keep


def _agent(view: RunView, event: Event) -> None:
    view.agents.take(mapping(event.payload))
    if not of_workflow(event.payload):
        _item(lambda view: view.notes)(view, event)


KEEPERS: Final[dict[str, Callable[[RunView, Event], None]]] = {
    "meta": _meta,
    "inputs": _inputs,
    "status": _status,
    "step": _step,
    "progress": _progress,
    "metric": _metric,
    "lock": _lock,
    "lease": _lease,
    "final": _final,
    "stdout": _text,
    "stderr": _text,
    "log": _log,
    "action": _item(lambda view: view.notes),
    "agent": _agent,
    "debug": _item(lambda view: view.notes),
    "result": _item(lambda view: view.results),
    "display": _item(lambda view: view.displays),
    "upload": _item(lambda view: view.uploads),
    "error": _item(lambda view: view.errors),
}
"""Kind of event -> what a view keeps of one."""

ITEMS: Final = frozenset({"action", "debug", "display", "result", "upload"})
"""Kinds of which a view keeps nothing but the last `MAX_ITEMS`."""
