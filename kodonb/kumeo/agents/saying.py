"""What agents say beside their results."""

from __future__ import annotations

from kodonb.kumeo.agents.protocol import Site


def warn(site: Site, message: str) -> None:
    """Emit a warning: something works otherwise than the declaration may lead one to think."""
    where = f"agent {site.agent}"
    site.emit("log", {"level": "WARNING", "logger": "kodonb.kumeo", "message": message, "where": where})


def acted(site: Site, what: str, **more: object) -> None:
    """Emit what an agent does, such as a token or a question."""
    site.emit("agent", {"agent": site.agent, "what": what, **more})
