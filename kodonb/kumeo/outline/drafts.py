"""Definitions and their parts as they stand in the text."""

from __future__ import annotations

from dataclasses import dataclass, field

from kodonb.kumeo.catalogue.arguments import Arguments
from kodonb.kumeo.catalogue.endpoints import Endpoint
from kodonb.kumeo.catalogue.sections import SUBWORKFLOW, WORKFLOW
from kodonb.kumeo.catalogue.types import AgentType
from kodonb.kumeo.syntax.tree import Block, Call, Definition, Node, Section, Text, Tree, Use, Value

Model = type[Arguments]


@dataclass(slots=True)
class EndpointDraft:
    """A source or a target.

    Attributes:
        node: Where it stands.
        type: Its type, spelled as the language does.
        known: What is known of that type; `None` for a custom one.
        address: Its address.
        options: Everything else that is said of it.
        name: The name that a block has, or the option of that name.
    """

    node: Call | Block
    type: str
    known: Endpoint | None
    address: Value | None = None
    options: dict[str, Value] = field(default_factory=dict)
    name: str = ""

    @property
    def subject(self) -> str:
        """The address, if it is a text."""
        return self.address.value if isinstance(self.address, Text) else ""


@dataclass(slots=True)
class ContextDraft:
    """Shared knowledge: its type and its arguments."""

    node: Call
    type: str
    name: str
    arguments: dict[str, Value]


@dataclass(slots=True)
class AgentDraft:
    """An agent.

    Attributes:
        node: Where it stands.
        type: Its type, spelled as the language does.
        type_at: Where the type stands.
        known: What is known of that type; `None` for an unknown one.
        id: Its id, generated if it has none.
        id_at: Where the id stands; `None` if it is missing.
        arguments: What it is given by name, or by a place that has one.
        rest: What else it is given.
        first: Whether it runs before the others.
    """

    node: Call | Block
    type: str
    type_at: Node
    known: AgentType | None
    id: str = ""
    id_at: Node | None = None
    arguments: dict[str, Value] = field(default_factory=dict)
    rest: list[Value] = field(default_factory=list)
    first: bool = False

    @property
    def block(self) -> bool:
        """Whether it is written as a block."""
        return isinstance(self.node, Block)

    @property
    def model(self) -> Model:
        """What it takes: what its type does, or what all agents do."""
        return (self.known.arguments if self.known is not None else None) or Arguments


@dataclass(slots=True)
class Draft:
    """A workflow, subworkflow or integration.

    Attributes:
        node: Where it stands.
        kind: Which of the three.
        name: Its name; empty if it has none.
        block: Whether its parts are written as blocks.
        broken: Whether parts of it may be missing because of an error of syntax.
        sections: The sections that it has.
        sources: Its sources.
        targets: Its targets.
        contexts: What all its agents may use.
        preprocessors: The agents that run before the others.
        agents: The others.
        uses: The subworkflows that it uses.
        inputs: What a subworkflow takes.
        outputs: What a subworkflow gives.
        parts: The subworkflows that are part of it, by `use` or by an integration, under the names that they have
            here; each with what it gives, or `None` if it is not known.
        fed: Streams that integrations let a subworkflow give its outputs to.
        mapped: What integrations take out of it.
    """

    node: Definition
    kind: str
    name: str
    block: bool
    broken: bool
    sections: dict[str, Section] = field(default_factory=dict)
    sources: list[EndpointDraft] = field(default_factory=list)
    targets: list[EndpointDraft] = field(default_factory=list)
    contexts: list[ContextDraft] = field(default_factory=list)
    preprocessors: list[AgentDraft] = field(default_factory=list)
    agents: list[AgentDraft] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    inputs: list[Text] = field(default_factory=list)
    outputs: list[Text] = field(default_factory=list)
    parts: dict[str, list[str] | None] = field(default_factory=dict)
    fed: list[str] = field(default_factory=list)
    mapped: list[Value] = field(default_factory=list)

    @property
    def head(self) -> Node:
        """What is underlined when something is said of the whole."""
        return self.node.name or self.node.kind

    @property
    def everyone(self) -> list[AgentDraft]:
        """All its agents, in the order in which they may run."""
        return [*self.preprocessors, *self.agents]


@dataclass(slots=True)
class Book:
    """All definitions of a text."""

    tree: Tree
    drafts: list[Draft] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether all definitions could be read."""
        return not self.tree.wrong

    def find(self, kind: str, name: str) -> Draft | None:
        """Return a definition by its name."""
        return next((draft for draft in self.drafts if draft.kind == kind and draft.name == name), None)

    @property
    def workflows(self) -> list[Draft]:
        """The workflows."""
        return [draft for draft in self.drafts if draft.kind == WORKFLOW]

    @property
    def subworkflows(self) -> list[Draft]:
        """The subworkflows."""
        return [draft for draft in self.drafts if draft.kind == SUBWORKFLOW]
