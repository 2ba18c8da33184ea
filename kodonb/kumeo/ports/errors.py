"""What goes wrong between a workflow and the world."""

from __future__ import annotations

from typing import Final

from kodonb.model.errors import KodonbError

CODES: Final[dict[str, str]] = {
    "KN720": "source or target cannot be reached",
    "KN721": "source or target is declared wrongly",
    "KN722": "package of a source or target is missing",
    "KN723": "message cannot be read",
    "KN724": "NATS server did not start",
    "KN725": "stream is missing",
}
"""The codes of sources and targets with their titles."""


class PortError(KodonbError):
    """A source or target cannot be opened, read or written."""

    code = "KN720"
