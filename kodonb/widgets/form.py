"""The launch form of a flow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import msgspec

from kodonb import session
from kodonb.flows.flow import Flow
from kodonb.session.run import Run
from kodonb.widgets.base import View
from kodonb.widgets.files import LIMIT
from kodonb.widgets.messages import PROTOCOL, FormState, Started, Submit


class FormWidget(View):
    """Asks for a flow's inputs and starts a run.

    Args:
        flow: The flow.
        started: Called with each run that was started, in a thread of its own.
    """

    script: ClassVar[str] = "form.js"

    def __init__(self, flow: Flow[..., Any], started: Callable[[Run], Any]) -> None:
        self.flow = flow
        self._started = started
        state = FormState(
            protocol=PROTOCOL,
            flow=flow.meta.name,
            title=flow.meta.title or flow.meta.name,
            summary=flow.meta.summary,
            schema=flow.schema,
            limit=LIMIT,
        )
        super().__init__(msgspec.to_builtins(state))
        self.handle(Submit, self._submit)

    def _submit(self, asked: Submit) -> Started:
        run = session.submit(self.flow, self.files.put_in(asked.values))
        self._started(run)
        return Started(run=run.id)
