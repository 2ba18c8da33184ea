"""BayesianNetwork as context: what a network says of an event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from kodonb.kumeo.agents.bayesian_network import NetworkConfig, inference, place
from kodonb.kumeo.agents.parameters import Record
from kodonb.kumeo.agents.protocol import Site


class NetworkParameters(Record):
    """Arguments of a BayesianNetwork as context.

    Attributes:
        path: Its file, or a name under ``models``.
        options: Settings.
    """

    positional: ClassVar[tuple[str, ...]] = ("path", "options")

    path: str | dict[str, Any]
    options: NetworkConfig = NetworkConfig()


class BayesianNetwork:
    """What a network says of an event; what the event has no field for is not known.

    Args:
        arguments: Its arguments.
    """

    parameters: ClassVar[type[Record]] = NetworkParameters

    def __init__(self, arguments: NetworkParameters) -> None:
        self.arguments = arguments

    async def open(self, site: Site) -> None:
        """Load the network.

        Raises:
            AgentError: It cannot be read (KN804).
        """
        self._work = inference(place(site, self.arguments.path), self.arguments.options, site.agent).work

    async def look(self, fields: Mapping[str, Any]) -> Any:
        """Return probabilities and the likeliest states.

        Raises:
            AgentError: A state does not exist (KN805), or what is known cannot be (KN808).
        """
        return self._work(fields.get("input", dict(fields)), fields)

    async def close(self) -> None:
        """Do nothing: a network holds nothing open."""
