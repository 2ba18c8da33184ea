"""What goes wrong between a workflow and the world."""

from __future__ import annotations

from kodonb.model.errors import KodonbError


class PortError(KodonbError):
    """A source or target cannot be opened, read or written."""

    code = "KN820"
