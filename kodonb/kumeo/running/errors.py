"""What goes wrong with a workflow as a whole."""

from __future__ import annotations

from kodonb.model.errors import KodonbError


class WorkflowError(KodonbError):
    """A workflow cannot be set going."""

    code = "KN832"
