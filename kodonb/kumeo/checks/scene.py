"""A definition with what the checks ask for again and again."""

from __future__ import annotations

from functools import cached_property

from kodonb.kumeo.outline.drafts import AgentDraft, Book, Draft
from kodonb.kumeo.references.gathering import Reference, needed, references
from kodonb.kumeo.references.scope import Scope
from kodonb.kumeo.syntax.tree import Node, Ref, Text


class Scene:
    """A definition under check.

    Args:
        draft: The definition.
        book: All definitions of the text.
    """

    def __init__(self, draft: Draft, book: Book) -> None:
        self.draft = draft
        self.book = book
        self.scope = Scope(draft)

    @cached_property
    def references(self) -> list[tuple[AgentDraft, list[Reference]]]:
        """The references of each agent."""
        return [(agent, list(references(agent, self.scope))) for agent in self.draft.everyone]

    @cached_property
    def needed(self) -> dict[str, dict[str, Ref | Text]]:
        """For each agent, by id: the agents that it waits for, with the places that say so."""
        return {agent.id: needed(agent, found, self.scope) for agent, found in self.references}

    @cached_property
    def led_to(self) -> set[str]:
        """Subjects of routers that lead to agents: to one of that id, or to one that reads what is sent there."""
        meanings = [each.meaning for _, found in self.references for each in found]
        read = {each.name for each in meanings if each is not None and each.kind == "stream"}
        return {subject for subject in self.scope.routes if subject in self.scope.ids or subject in read}

    def is_broken(self, node: Node) -> bool:
        """Whether there is an error of syntax in a node."""
        return not self.book.whole and self.book.tree.is_broken(node)
