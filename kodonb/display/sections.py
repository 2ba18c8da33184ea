"""The parts of a run's picture, each from one aspect of its view; empty text where there is nothing."""

from __future__ import annotations

import json
from typing import Any, Final

from kodonb.display.format import amount, clean, clip, compact, kept, line, moment, plural, size
from kodonb.display.markup import fold, more, note, pairs, pre, table
from kodonb.display.read import mapping, text
from kodonb.display.records import Answer, Bar
from kodonb.display.spark import sparkline
from kodonb.display.svg import esc
from kodonb.display.view import RunView

_MAX_INPUTS: Final = 20
_MAX_BARS: Final = 10
_MAX_METRICS: Final = 10
_MAX_RESULTS: Final = 5
_MAX_LINES: Final = 40
_RESULT: Final = 4_000


def inputs(view: RunView) -> str:
    """Return the run's parameters and their values."""
    rows = [(name, kept(value)) for name, value in view.inputs.items()]
    return pairs(rows[:_MAX_INPUTS], 300) + more(len(rows) - _MAX_INPUTS, "inputs are")


def progress(view: RunView) -> str:
    """Return the progress bars; those that are still moving come first."""
    bars = sorted(view.progress.values(), key=lambda bar: bar.complete)
    rows = "".join(_bar(bar) for bar in bars[:_MAX_BARS])
    return (f'<div class="kn-rows">{rows}</div>' if rows else "") + more(len(bars) - _MAX_BARS, "bars are")


def _bar(bar: Bar) -> str:
    title = esc(line(bar.title or bar.source, 60))
    return f"<span>{title}</span>{_track(bar, title)}<span>{esc(done(bar))}</span>"


def done(bar: Bar) -> str:
    """Return how much of a bar is done, in words."""
    reach = f" / {amount(bar.total)}" if bar.total else ""
    return f"{amount(bar.done)}{reach} {bar.unit}"


def _track(bar: Bar, title: str) -> str:
    tone = "ok" if bar.complete else "live"
    if not bar.total or bar.total < 0:
        return f'<div class="kn-track kn-vague kn-{tone}" aria-hidden="true"><i></i></div>'
    share = 100 * min(1.0, max(0.0, bar.done / bar.total))
    values = f'aria-valuemin="0" aria-valuemax="100" aria-valuenow="{share:.0f}"'
    inner = f'<i style="width:{share:.1f}%"></i>'
    return f'<div class="kn-track kn-{tone}" role="progressbar" aria-label="{title}" {values}>{inner}</div>'


def metrics(view: RunView) -> str:
    """Return each metric's course and its last, lowest and highest value."""
    series = list(view.metrics.values())
    rows = [
        (esc(line(s.name, 60)), sparkline(s), amount(s.last), amount(s.low), amount(s.high), amount(s.count))
        for s in series[:_MAX_METRICS]
    ]
    head = ("metric", "course", "last", "lowest", "highest", "values")
    return table(head, rows, numeric=(2, 3, 4, 5)) + more(len(series) - _MAX_METRICS, "metrics are")


def result(view: RunView) -> str:
    """Return what the run returned: JSON as it reads best, of other objects what is known."""
    if view.final is None:
        return ""
    if set(view.final) == {"json"}:
        return pre(_json(view.final["json"]), _RESULT)
    return pre(kept(view.final), _RESULT)


def _json(value: Any) -> str:
    flat = json.dumps(value, ensure_ascii=False, default=str)
    return flat if len(flat) <= 90 else json.dumps(value, ensure_ascii=False, default=str, indent=2)


def results(view: RunView) -> str:
    """Return the last results on the way."""
    rows = [(item.source, kept(item.payload)) for item in view.results]
    return more(len(rows) - _MAX_RESULTS, "earlier results are") + pairs(rows[-_MAX_RESULTS:], 300)


def answers(view: RunView) -> str:
    """Return who answered what."""
    rows = "".join(
        f"<dt>{esc(line(answer.title or answer.lock, 80))}</dt>"
        f"<dd>{esc(line(_answer(answer), 300))}{note(answer.about) if answer.about else ''}</dd>"
        for answer in [*view.answers][-10:]
    )
    return f'<dl class="kn-pairs">{rows}</dl>' if rows else ""


def _answer(answer: Answer) -> str:
    how = " ".join(filter(None, [answer.how, f"by {answer.by}" if answer.by else ""]))
    return f"{compact(answer.value)} ({how})"


def notes(view: RunView) -> str:
    """Return the last actions, agent and debug events, and uploads."""
    found = sorted([*view.notes, *view.uploads], key=lambda item: item.offset)
    rows = [(f"{item.kind} {item.source}", _note(item.kind, item.payload)) for item in found[-12:]]
    return more(len(found) - 12, "earlier ones are") + pairs(rows, 240)


def _note(kind: str, payload: Any) -> str:
    if kind != "upload":
        return compact(payload)
    form = mapping(payload)
    count = form.get("bytes")
    known = size(count) if isinstance(count, int | float) else ""
    return ", ".join(filter(None, [text(form.get("name")), text(form.get("type")), known]))


def output(view: RunView) -> str:
    """Return the last lines of text output, to be opened by a click."""
    tail = view.output
    shown = list(tail.lines)[-_MAX_LINES:]
    body = "\n".join(clip(clean(entry.text), 300) for entry in shown)
    cut = more(tail.count - len(shown), "earlier lines are")
    return fold(f"output ({plural(tail.count, 'line')})", f"{cut}<pre>{esc(body)}</pre>") if shown else ""


def counts(view: RunView, *, clock: bool) -> str:
    """Return how many events of each kind there are, to be opened by a click."""
    rows = [(esc(kind), amount(count)) for kind, count in sorted(view.counts.items())]
    title = f"events ({amount(view.counts.total())})"
    times = note(f"{moment(view.first_at)} to {moment(view.last_at)}") if clock else ""
    return fold(title, table(("kind", "events"), rows, numeric=(1,)) + times)
