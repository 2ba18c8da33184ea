"""What a cell that defined a flow shows."""

from __future__ import annotations

import ast
import html
from typing import TYPE_CHECKING, Any

from kodonb.capture import capture
from kodonb.display import flow_html, flow_text
from kodonb.flows.step import Step
from kodonb.magics.front import looks
from kodonb.magics.output import show
from kodonb.magics.views import show_form
from kodonb.model.errors import CaptureError, FlowError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from IPython.core.interactiveshell import InteractiveShell

    from kodonb.flows.flow import Flow
    from kodonb.model.module import Module


def captured(flow: Flow[..., Any]) -> Module | CaptureError:
    """Return the flow's module, or why it cannot be captured now; names it needs may be bound later."""
    try:
        return capture(flow)
    except CaptureError as error:
        return error


def show_card(
    shell: InteractiveShell, flow: Flow[..., Any], module: Module | CaptureError, *, form: bool = False
) -> None:
    """Show what the flow does, what it asks for, and what its code should be told of; to who looks, as a form.

    Args:
        shell: The notebook.
        flow: The flow.
        module: What `captured` said of it.
        form: Whether it is the form that was asked for.

    Raises:
        FlowError: A parameter cannot be put into a form (KN205).
    """
    steps = [] if isinstance(module, CaptureError) else _steps(module, shell.user_ns)
    notices = [_warning(module)] if isinstance(module, CaptureError) else list(module.notices)
    text = "\n".join([flow_text(flow.meta, flow.schema, steps), *(f"  ! {notice}" for notice in notices)])
    markup = flow_html(flow.meta, flow.schema, steps)
    remarks = "".join(f'<p role="note">⚠ {html.escape(notice)}</p>' for notice in notices)
    if looks(shell):
        try:
            show_form(flow, text, markup + remarks, everywhere=form)
        except FlowError:
            if form:
                raise
        else:
            return
    show(text, markup + remarks)


def _warning(error: CaptureError) -> str:
    at = f" ({error.where})" if error.where else ""
    return f"it cannot run yet: {error.code}: {error.message}{at}; {error.remedy}"


def _steps(module: Module, namespace: Mapping[str, Any]) -> list[str]:
    names = [getattr(node, "name", "") for node in ast.parse(module.source).body]
    found = [namespace[name] for name in names if isinstance(namespace.get(name), Step)]
    return [step.meta.name for step in found]
