"""Agents that compile all they do to one function: tens of nanoseconds for a condition, and nothing to wait for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from kodonb.kumeo.agents.parameters import Parameters
from kodonb.kumeo.agents.protocol import Process, Site
from kodonb.kumeo.agents.scope import Scope, Work, scope
from kodonb.kumeo.expressions import Condition

P = TypeVar("P", bound=Parameters)


class Compiled(NamedTuple):
    """What an agent does.

    Attributes:
        work: Called with the inputs and the fields that its expressions see; returns the result.
        expressions: All of them.
    """

    work: Work
    expressions: Sequence[Condition] = ()


class CompiledAgent(ABC, Generic[P]):
    """An agent that is a function of its input, its settings and the shared knowledge.

    Args:
        arguments: Its arguments.

    Attributes:
        process: What it does with a message; asynchronous only if it has to look something up.
    """

    parameters: ClassVar[type[Parameters]]
    process: Process

    def __init__(self, arguments: P) -> None:
        self.arguments = arguments
        self._scope: Scope | None = None

    @abstractmethod
    def compiled(self, site: Site) -> Compiled:
        """Return what the agent does.

        Raises:
            AgentError: That cannot be made of its declaration.
        """

    def read(self, inputs: Any) -> Any:
        """Return what the agent takes its inputs for: what they are."""
        return inputs

    async def open(self, site: Site) -> None:
        """Compile.

        Raises:
            AgentError: The declaration is wrong (KN802), or a file cannot be read (KN804).
        """
        work, expressions = self.compiled(site)
        self._scope = await scope(site, expressions, self.arguments.context)
        self.process = self._scope.bound(work, self.read)

    async def close(self) -> None:
        """Let go of what was looked things up in."""
        if self._scope is not None:
            await self._scope.close()


def whole(inputs: Any) -> dict[str, Any]:
    """Return the fields of an input; one that is no object has a field `value`."""
    return inputs if type(inputs) is dict else {"value": inputs}
