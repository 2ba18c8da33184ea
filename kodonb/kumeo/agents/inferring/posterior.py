"""Exact inference in a discrete Bayesian network, by propagation in a tree of cliques.

A. L. Madsen, F. V. Jensen: Lazy propagation, Artificial Intelligence 113 (1999).
"""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from kodonb.kumeo.agents.errors import AgentError, declared_wrongly
from kodonb.kumeo.agents.packages import package
from kodonb.kumeo.diagnostics.near import meant

if TYPE_CHECKING:
    import pyagrum

_LARGEST: Final = 1 << 24  # numbers in the table of a clique
_WORDS: Final = {True: ("true", "yes", "1", "t", "y"), False: ("false", "no", "0", "f", "n")}


class Posterior:
    """Answers what is likely, given what is known.

    Args:
        net: The network.
        asked: Variables whose probabilities are wanted; nothing for all that are not known.
        where: The agent.
    """

    def __init__(self, net: pyagrum.BayesNet, asked: Sequence[str], where: str) -> None:
        gum = package("pyagrum")
        self._error: type[Exception] = gum.GumException
        self.states: dict[str, list[str]] = {
            name: list(net.variable(name).labels()) for name in sorted(net.names(), key=net.idFromName)
        }
        self._asked = tuple(asked)
        for name in asked:
            if name not in self.states:
                raise declared_wrongly(
                    f"there is no variable `{name}`", meant(name, self.states), where=where
                )
        self._where = where
        self._net = net
        self._engine: Any = gum.LazyPropagation(net)
        self._lock = threading.Lock()
        self._refuse_large()

    def _refuse_large(self) -> None:
        tree = self._engine.junctionTree()
        for clique in tree.nodes():
            size = math.prod(self._net.variable(node).domainSize() for node in tree.clique(clique))
            if size > _LARGEST:
                raise AgentError(
                    "the network is connected too densely for exact inference",
                    code="KN808",
                    where=self._where,
                    remedy="take out arcs or states",
                )

    def given(self, evidence: Mapping[str, Any]) -> dict[str, Any]:
        """Return probabilities, and the likeliest state of each variable.

        Args:
            evidence: Variable -> its state; or states with how likely each is; null for what is not known.

        Raises:
            AgentError: A state does not exist (KN805), or what is known cannot be (KN808).
        """
        known = {name: self._state(name, value) for name, value in evidence.items() if value is not None}
        asked = self._asked or [
            name for name in self.states if name not in known or not isinstance(known[name], int)
        ]
        with self._lock:
            try:
                found = self._inferred(known, asked)
            except self._error:
                said = ", ".join(f"{name} = {evidence[name]}" for name in known)
                message = f"this cannot be, says the network: {said}"
                raise AgentError(
                    message, code="KN808", where=self._where, remedy="correct the data"
                ) from None
        likeliest = {name: max(states, key=states.__getitem__) for name, states in found.items()}
        return {"probabilities": found, "most_likely": likeliest}

    def _inferred(self, known: dict[str, Any], asked: Sequence[str]) -> dict[str, dict[str, float]]:
        engine = self._engine
        engine.eraseAllEvidence()
        engine.setEvidence(known)
        engine.makeInference()
        return {
            name: dict(zip(self.states[name], map(float, engine.posterior(name).tolist()), strict=True))
            for name in asked
        }

    def _state(self, name: str, value: Any) -> int | list[float]:
        states = self.states[name]
        if isinstance(value, Mapping):
            return self._likely(name, value)
        for said in _spellings(value):
            if said in states:
                return states.index(said)
        lower = {state.lower(): number for number, state in enumerate(states)}
        for said in _spellings(value):
            if said.lower() in lower:
                return lower[said.lower()]
        raise self._no_state(name, value)

    def _likely(self, name: str, said: Mapping[str, Any]) -> list[float]:
        unknown = [state for state in said if state not in self.states[name]]
        if unknown:
            raise self._no_state(name, unknown[0])
        parts = [said.get(state, 0.0) for state in self.states[name]]
        if not all(type(part) in {int, float} and 0 <= part <= 1e300 for part in parts) or not any(parts):
            raise self._no_state(name, said)
        return [float(part) for part in parts]

    def _no_state(self, name: str, value: Any) -> AgentError:
        message = f"{name} has no state {value!r:.60}"
        return AgentError(
            message, code="KN805", where=self._where, remedy=meant(str(value), self.states[name])
        )


def _spellings(value: Any) -> tuple[str, ...]:
    """Return how a value may be written as a state."""
    if isinstance(value, bool):
        return _WORDS[value]
    if isinstance(value, float) and value.is_integer():
        return (str(value), str(int(value)))
    return (str(value),) if isinstance(value, str | int | float) else ()
