"""Live views of runs for notebooks, as anywidgets; their front end is in ``labextension/``.

    messages ← numbered, sections, window ← feed ← run, form, runs

Everything happens in one loop of its own, so a view is right and answers while the kernel computes.
"""

from __future__ import annotations

from kodonb.widgets.base import built
from kodonb.widgets.form import FormWidget
from kodonb.widgets.run import RunWidget
from kodonb.widgets.runs import RunsWidget, query

__all__ = ["FormWidget", "RunWidget", "RunsWidget", "built", "query"]
