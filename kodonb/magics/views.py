"""Live views in the output of a cell, and what stays of them.

A view has three states under one display id: *live*, a widget with a static picture beside it; *sealed*, once its run
has ended: the static picture alone, which needs no kernel to be seen again; and *reattached*, by ``%flow show``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from kodonb import session
from kodonb.display import run_html, run_text, runs_html, runs_text
from kodonb.magics.front import looks, replaces
from kodonb.magics.live import follow
from kodonb.magics.output import VIEW, WIDGET, Place, ShownRun
from kodonb.model.errors import RunFailed

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from kodonb.display import RunView
    from kodonb.flows.flow import Flow
    from kodonb.session.run import Run
    from kodonb.widgets import RunWidget

_KEPT: Final = 50
"""Widgets of ended runs that a page which is opened again still finds."""

_ended: deque[RunWidget] = deque()


def show_run(run: Run, place: Place | None = None) -> RunWidget:
    """Show a run live; when it has ended, its picture becomes static.

    Args:
        run: The run.
        place: Where to show it; a new output of the cell by default.
    """
    return _shown(run, place, stays=False)


def look_at_run(run: Run, place: Place | None = None) -> RunWidget:
    """Show a run live, as `show_run` does; but one that has ended already stays live: somebody wants to look closer.

    It gets an output of its own: the picture that the run left elsewhere in the notebook stays as it is.
    """
    return _shown(run, place or Place(), stays=run.record.ended_already)


def _shown(run: Run, place: Place | None, *, stays: bool) -> RunWidget:
    from kodonb.widgets import RunWidget  # noqa: PLC0415 - loaded where it can be shown

    place = place or Place(f"kodonb-{run.id}")

    def seal(widget: RunWidget) -> None:
        _show(place, widget.run, widget.feed.view)
        _keep(widget)

    view = run.view()
    with place.lock:  # a run that ends at once is sealed after it was shown, not before
        widget = RunWidget(run, None if stays else seal, view)
        _show(place, run, view, widget.model_id)
    if stays:
        _keep(widget)
    return widget


def _show(place: Place, run: Run, view: RunView, model: str | None = None) -> None:
    # Whoever sees the picture without the widget is told whether the run goes on, and how to see it.
    about = None if view.ended else {"run": run.id, "outlives": run.session.name != "inline"}
    place.show(run_text(view), run_html(view), model, about=about)


def _keep(widget: RunWidget) -> None:
    # A page that was closed when the run ended still shows the widget when it is opened again.
    _ended.append(widget)
    while len(_ended) > _KEPT:
        _ended.popleft().close()


def show_form(flow: Flow[..., Any], text: str, markup: str, *, everywhere: bool = True) -> None:
    """Show the launch form of a flow; the runs that it starts are shown below it.

    Args:
        flow: The flow.
        text: What it asks for as text.
        markup: What it asks for as HTML.
        everywhere: Whether to show the form even where, once the kernel is gone, nothing would be shown in its place.

    Raises:
        FlowError: A parameter cannot be put into a form (KN205).
    """
    from kodonb.widgets import FormWidget  # noqa: PLC0415 - loaded where it can be shown

    form, below = Place(), Place()
    widget = FormWidget(flow, lambda run: show_run(run, below))
    form.show(text, markup, widget.model_id, (VIEW, WIDGET) if everywhere else (VIEW,))
    below.show("", "")


def show_runs(filters: Mapping[str, Any], limit: int) -> None:
    """Show the table of runs; those that are opened are shown below it.

    Args:
        filters: Which runs, as arguments of `kodonb.session.select`.
        limit: How many at most.
    """
    from kodonb.widgets import RunsWidget, query  # noqa: PLC0415 - loaded where it can be shown

    table, below = Place(), Place()
    found = session.select(**filters, limit=limit)
    widget = RunsWidget(query(**filters, limit=limit), lambda run: look_at_run(run, below))
    table.show(runs_text(found), runs_html(found), widget.model_id)
    below.show("", "")


class RunFormatter:
    """Shows a run that is the value of a cell.

    Args:
        shell: The notebook.
    """

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell

    def __call__(self, run: Run) -> None:
        """Show it live where somebody looks; where nobody does, the cell waits for its end."""
        if isinstance(run, ShownRun) and run.shown:
            return
        if looks(self._shell):
            show_run(run)
            return
        if not replaces(self._shell) or run.record.ended_already:
            raise NotImplementedError  # IPython takes the other representations then
        try:
            follow(self._shell, run)
        except RunFailed:
            return  # the picture says so; the cell only wanted to see it
