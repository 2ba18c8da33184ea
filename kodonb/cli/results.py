"""Results of runs, without the classes they are made of."""

from __future__ import annotations

from typing import Any

import msgspec

from kodonb.display.format import described
from kodonb.events.kept import SECRET, is_secret
from kodonb.session.run import Run


def result(run: Run) -> Any:
    """Return what a finished run returned as a JSON value; of other objects, type and representation."""
    final = next(iter(run.events("final", follow=False)))
    return plain(run, final.payload)


def plain(run: Run, kept: dict[str, Any]) -> Any:
    """Return a kept value as a JSON value; of other objects, type and representation, of secrets the mark."""
    if is_secret(kept):
        return SECRET
    if "json" in kept:
        return kept["json"]
    if kept.get("how") == "json":
        return msgspec.json.decode(run.session.artifacts.get(kept["artifact"]))
    return {name: kept[name] for name in ("type", "repr", "artifact", "bytes") if name in kept}


def printed(value: Any) -> str:
    """Return a result for people."""
    if value == SECRET:
        return "secret"
    if isinstance(value, dict) and "repr" in value:
        return described(value)
    return msgspec.json.encode(value).decode()
