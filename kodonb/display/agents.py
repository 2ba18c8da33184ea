"""The agents of a workflow, as its events tell of them: what leads where, and how many messages each has dealt with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from kodonb.display.format import amount
from kodonb.display.read import mapping, name, number

_MOST: Final = 200  # agents, and five times as many connections
_LEFT: Final = ("failed", "dropped", "skipped")


class Agents:
    """Counts by agent.

    Attributes:
        counts: Id of each agent -> how many messages it finished, failed on, dropped, and was passed over by.
        edges: Pairs of ids: what leads where.
    """

    def __init__(self) -> None:
        self.counts: dict[str, Counter[str]] = {}
        self.edges: list[tuple[str, str]] = []

    def take(self, payload: Mapping[str, Any]) -> None:
        """Take the payload of an `agent` event; those of others than workflows say nothing here."""
        what = payload.get("what")
        if what == "started" and not self.counts:
            self._begin(payload)
        counts = self.counts.get(name(payload.get("agent")))
        if counts is None:
            return
        if what == "hop" and not payload.get("sampled"):
            counts["done"] += 1
        elif what == "hops":
            # Those that were told by themselves have been counted.
            counts["done"] += _whole(payload.get("events")) - _whole(payload.get("told"))
            counts.update({each: _whole(payload.get(each)) for each in _LEFT})

    def _begin(self, payload: Mapping[str, Any]) -> None:
        agents, edges = payload.get("agents"), payload.get("edges")
        if isinstance(agents, list) and isinstance(edges, list):
            self.counts = {name(each): Counter() for each in agents[:_MOST]}
            pairs = (each for each in edges[: 5 * _MOST] if isinstance(each, list) and len(each) == 2)
            self.edges = [(name(one), name(other)) for one, other in pairs]

    def said(self, agent: str) -> str:
        """Return what became of an agent's messages, e.g. ``4 done, 2 failed``."""
        counts = self.counts[agent]
        others = [f"{amount(counts[each])} {each}" for each in _LEFT if counts[each]]
        return ", ".join([f"{amount(counts['done'])} done", *others])

    def state(self, agent: str, *, ended: bool) -> str:
        """Return where an agent stands, in the words of steps."""
        if not self.counts[agent].total():
            return "submitted"
        return "finished" if ended else "running"


def of_workflow(payload: Any) -> bool:
    """Whether an `agent` event is drawn and counted, so that it need not be told as it is."""
    return mapping(payload).get("what") in {"started", "hop", "hops", "token"} and bool(
        {"agent", "agents"} & mapping(payload).keys()
    )


def _whole(value: Any) -> int:
    return int(number(value) or 0)
