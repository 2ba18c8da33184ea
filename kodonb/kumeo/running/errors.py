"""What goes wrong with a workflow as a whole."""

from __future__ import annotations

from typing import Final

from kodonb.model.errors import KodonbError

CODES: Final[dict[str, str]] = {
    "KN730": "program has errors",
    "KN731": "there is no such workflow or agent",
    "KN732": "workflow cannot be planned",
    "KN733": "event was not recorded",
}
"""The codes of workflows with their titles."""


class WorkflowError(KodonbError):
    """A workflow cannot be set going."""

    code = "KN732"
