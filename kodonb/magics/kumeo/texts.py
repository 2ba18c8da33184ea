"""The workflows that are known in this process, with the texts that define them."""

from __future__ import annotations

from typing import NamedTuple

from kodonb.kumeo.checks.checking import Checked, check
from kodonb.kumeo.graph import Graph, graph
from kodonb.kumeo.program.records import Program, Workflow
from kodonb.magics.terms import nearest
from kodonb.model.errors import UsageError


class Written(NamedTuple):
    """A text, and where it stands.

    Attributes:
        text: The text.
        label: Name of its cell or file.
        folder: Where relative paths start.
        above: Lines above the text in its cell.
    """

    text: str
    label: str
    folder: str
    above: int = 0

    def checked(self) -> Checked:
        """Check it; the lines of what is wrong are those of the cell."""
        return check("\n" * self.above + self.text, self.label)


class Known(NamedTuple):
    """A workflow that was defined here.

    Attributes:
        flow: Name of its flow.
        workflow: Name of the workflow in the text.
        written: The text.
        program: What the text says.
    """

    flow: str
    workflow: str
    written: Written
    program: Program

    @property
    def definition(self) -> Workflow:
        """The workflow itself."""
        return next(each for each in self.program.workflows if each.name == self.workflow)

    @property
    def graph(self) -> Graph:
        """Its graph."""
        return graph(self.definition, self.program.integrations)

    @property
    def agents(self) -> list[str]:
        """Ids of its agents, in the order of the text."""
        return [agent.id for agent in (*self.definition.preprocessors, *self.definition.agents)]

    def check(self, agent: str) -> None:
        """See that it has an agent of this id.

        Raises:
            UsageError: It has not (KN001).
        """
        if agent not in self.agents:
            near = nearest(agent, self.agents)
            remedy = f"did you mean {near}?" if near else f"use one of: {', '.join(self.agents)}"
            raise UsageError(f"{self.flow} has no agent {agent!r}", remedy=remedy)


_known: dict[str, Known] = {}


def remember(one: Known) -> None:
    """Make a workflow known; it is the latest now."""
    _known.pop(one.flow, None)
    _known[one.flow] = one


def names() -> list[str]:
    """Return the names of the flows, the latest first."""
    return [*reversed(_known)]


def agents() -> list[str]:
    """Return ids of agents, those of the latest workflow first."""
    return list(dict.fromkeys(agent for name in names() for agent in _known[name].agents))


def find(name: str | None = None, agent: str | None = None) -> Known:
    """Return a workflow.

    Args:
        name: Name of its flow; the latest by default.
        agent: Id of an agent that it has, if one of the workflows does.

    Raises:
        UsageError: There is none (KN002).
    """
    if name in _known:
        return _known[name]
    if name is not None or not _known:
        raise _missing(name)
    having = (each for each in names() if agent is None or agent in _known[each].agents)
    return _known[next(having, names()[0])]


def _missing(name: str | None) -> UsageError:
    near = nearest(name, _known) if name else None
    known = f"use one of: {', '.join(names())}" if _known else "define one in a cell that begins with %%kumeo"
    message = f"no workflow is called {name!r}" if name else "there is no workflow yet"
    return UsageError(message, code="KN002", remedy=f"did you mean {near}?" if near else known)
