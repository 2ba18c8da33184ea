"""A run as Rich draws it: status, steps, progress, metrics, questions, the last lines of output."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from kodonb.cli.output import shell_words
from kodonb.display import RunView
from kodonb.display.asked import asked_lines
from kodonb.display.facts import step_facts
from kodonb.display.format import amount, duration, line
from kodonb.display.grouping import Group as Calls
from kodonb.display.grouping import grouped
from kodonb.display.picture import MAX_NODES, counted
from kodonb.display.records import Bar
from kodonb.display.theme import look
from kodonb.display.trouble import headline, how_to_answer, other_errors, whose

_COLOURS: Final = {"ok": "green", "bad": "red", "live": "cyan", "wait": "yellow", "mute": "bright_black"}
_STEPS: Final = 12
_FEW: Final = 4
_LINES: Final = 8
_WIDTH: Final = 160


def picture(view: RunView) -> RenderableType:
    """Return what a terminal shows of a run; nothing that a flow says is taken for markup."""
    return Group(_headline(view), *(Padding(part, (0, 0, 0, 2)) for part in _parts(view)))


def _headline(view: RunView) -> Text:
    shown = look(view.status)
    head = Text(f"{shown.symbol} {shown.word}", style=f"bold {_COLOURS[shown.tone]}")
    head.append(f"  {line(view.title, 60)}", style="bold default")
    head.append(f"  run {view.run}  {duration(view.elapsed)}", style="not bold bright_black")
    return head


def _parts(view: RunView) -> Iterator[RenderableType]:
    if view.steps:
        yield Text(step_facts(view))
        yield _steps(view)
    if view.agents.counts:
        yield _agents(view)
    bars = [bar for bar in view.progress.values() if not bar.complete]
    if bars:
        yield _bars(bars[:_FEW])
    for series in list(view.metrics.values())[:_FEW]:
        yield Text(f"{line(series.name, 40)} = {amount(series.last)}")
    for question in list(view.questions.values())[:_FEW]:
        yield Text(f"? {line(question.title or 'An answer is needed', _WIDTH)}", style="yellow")
        for told in asked_lines(question.schema, _WIDTH - 4):
            yield Text(f"    {told}")
        yield Text(f"  {shell_words(how_to_answer(view, question))}")
    for error in other_errors(view)[-_FEW:]:
        said = " · ".join(filter(None, [whose(error), headline(error)]))
        yield Text(line(said, _WIDTH), style="red")
    for written in list(view.output.lines)[-_LINES:]:
        yield Text(line(written.text, _WIDTH), style="red" if written.kind == "stderr" else "bright_black")


def _steps(view: RunView) -> Table:
    table = Table.grid(padding=(0, 2))
    for calls in grouped(view.steps.values(), MAX_NODES)[-_STEPS:]:
        shown = look(calls.state)
        table.add_row(
            Text(shown.symbol, style=_COLOURS[shown.tone]),
            Text(line(calls.label, 40)),
            Text(_state(view, calls)),
        )
    return table


def _agents(view: RunView) -> Table:
    table = Table.grid(padding=(0, 2))
    for agent in [*view.agents.counts][:_STEPS]:
        shown = look(view.agents.state(agent, ended=view.ended))
        table.add_row(
            Text(shown.symbol, style=_COLOURS[shown.tone]),
            Text(line(agent, 40)),
            Text(view.agents.said(agent)),
        )
    return table


def _state(view: RunView, calls: Calls) -> str:
    if calls.count > 1:
        return counted(calls)
    seconds = view.steps[calls.id].duration
    return look(calls.state).word + ("" if seconds is None else f", {duration(seconds)}")


def _bars(bars: list[Bar]) -> Table:
    table = Table.grid(padding=(0, 2))
    for bar in bars:
        total = bar.total if bar.total and bar.total > 0 else None
        reach = "" if total is None else f" / {amount(total)}"
        table.add_row(
            Text(line(bar.title or bar.source, 40)),
            ProgressBar(total=total or 1, completed=bar.done if total else 0, width=30),
            Text(f"{amount(bar.done)}{reach} {line(bar.unit, 20)}".rstrip()),
        )
    return table
