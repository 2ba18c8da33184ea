"""Times as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from kodonb.kumeo.ports.errors import PortError
from kodonb.model.errors import UsageError
from kodonb.model.units import seconds


def time_of(said: str) -> datetime:
    """Return a time such as ``2026-01-31T12:00``, or how long ago, such as ``2h``.

    Raises:
        PortError: It is neither (KN821).
    """
    try:
        return datetime.now(UTC) - timedelta(seconds=seconds(said))
    except UsageError:
        pass
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        raise PortError(
            f"{said!r} is neither a time nor an offset",
            code="KN821",
            remedy="write a number, a time such as 2026-01-31T12:00, or how long ago, such as 2h",
        ) from None
    return found if found.tzinfo else found.astimezone()
