"""The names of a definition, and what each path means in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import Final

from kodonb.kumeo.catalogue.sections import SUBWORKFLOW
from kodonb.kumeo.outline.drafts import AgentDraft, Draft
from kodonb.kumeo.outline.values import entries
from kodonb.kumeo.references.meaning import Meaning
from kodonb.kumeo.references.routes import routes
from kodonb.kumeo.syntax.tree import Array, Object, Ref, Text, Value

ENTRIES: Final = ("models", "schemas", "data", "config")
"""Sections whose entries can be referred to."""

_OUTPUT: Final = "output"


class Scope:
    """What can be referred to in a definition.

    Args:
        draft: The definition.
    """

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.ids = {agent.id: agent for agent in draft.everyone}
        self.types: defaultdict[str, list[str]] = defaultdict(list)
        self.streams: defaultdict[str, list[str]] = defaultdict(list)
        for agent in draft.everyone:
            self.types[agent.type].append(agent.id)
            for stream in published(agent):
                self.streams[stream].append(agent.id)
        self.ends = {name for each in draft.targets for name in (each.subject, each.name) if name}
        self.routes: defaultdict[str, dict[str, Ref | Text]] = defaultdict(dict)
        for agent in draft.everyone:
            for subject, node in routes(agent):
                if subject not in self.ends:
                    self.routes[subject].setdefault(agent.id, node)
        self.entries = {name: _declared(draft, name) for name in ENTRIES}
        self._subjects = {name for each in draft.sources for name in (each.subject, each.name) if name}
        self._contexts = {name for each in draft.contexts for name in (each.type, each.name) if name}

    def find(self, path: str) -> Meaning | None:
        """Return what a path means; `None` if nothing."""
        return self.defined(path) or self._routed(path)

    def defined(self, path: str) -> Meaning | None:
        """Return what a path means, beside a subject that a router names."""
        return self._agent(path) or self._stream(path) or self._word(path)

    def _routed(self, path: str) -> Meaning | None:
        subject, _, rest = path.partition("/")
        return (
            Meaning("stream", subject, rest, tuple(self.routes[subject])) if subject in self.routes else None
        )

    def _agent(self, path: str) -> Meaning | None:
        """Return what ``id``, ``id.output``, ``id.output.field`` or ``Type.output`` mean; ids are any text."""
        if path in self.ids:
            return Meaning("agent", path, "", (path,))
        head, dot, rest = path.partition(f".{_OUTPUT}")
        while dot:
            found = self._named(head)
            if found is not None and rest[:1] in {"", "."}:
                return Meaning("agent", found, rest[1:], (found,))
            more, dot, rest = rest.partition(f".{_OUTPUT}")
            head = f"{head}.{_OUTPUT}{more}"
        return None

    def _named(self, head: str) -> str | None:
        if head in self.ids:
            return head
        alike = self.types.get(head, ())
        return alike[0] if len(alike) == 1 else None

    def _stream(self, path: str) -> Meaning | None:
        if path in self.streams:
            return Meaning("stream", path, "", tuple(self.streams[path]))
        head, slash, rest = path.rpartition("/")
        while slash:
            if head in self.streams:
                return Meaning("stream", head, rest, tuple(self.streams[head]))
            head, slash, more = head.rpartition("/")
            rest = f"{more}/{rest}"
        if path in self.draft.fed:
            return Meaning("stream", path)
        return Meaning("source", path) if path in self._subjects else None

    def _word(self, path: str) -> Meaning | None:
        head, _, rest = path.partition(".")
        if head in {"source", "target"}:
            return Meaning("source" if head == "source" else "target", rest)
        if head == "preprocessors":
            return self._preprocessors(rest)
        if head in {"input", "output"}:
            return self._parameter(head, rest)
        if head == "context":
            return Meaning("context", rest) if _within(rest, self._contexts) else None
        if head in self.draft.parts:
            return self._part(head, rest)
        return self._entry(head, rest)

    def _part(self, name: str, rest: str) -> Meaning | None:
        """Return what an output of a subworkflow means: ``scoring.output.score``, or ``scoring.score``."""
        given = self.draft.parts[name]
        inside = rest.removeprefix(_OUTPUT).removeprefix(".") if rest.startswith(_OUTPUT) else rest
        known = given is None or rest in given or _within(inside, set(given))
        return Meaning("use", name, rest) if known else None

    def _preprocessors(self, rest: str) -> Meaning | None:
        ids = tuple(agent.id for agent in self.draft.preprocessors)
        head, _, path = rest.partition(".")
        return Meaning("preprocessors", "", path, ids) if ids and head in {"", _OUTPUT} else None

    def _parameter(self, head: str, rest: str) -> Meaning | None:
        if self.draft.kind != SUBWORKFLOW:
            return None
        known = {text.value for text in (self.draft.inputs if head == "input" else self.draft.outputs)}
        if rest and not _within(rest, known):
            return None
        return Meaning("input" if head == "input" else "output", rest)

    def _entry(self, head: str, rest: str) -> Meaning | None:
        """Return what an entry of a section means; what a file holds, nobody knows here."""
        inside = self.entries.get(head)
        if inside is None:
            return None
        value: Value | None = None
        for part in rest.split(".") if rest else ():
            if isinstance(value, Text):
                break  # it may be a file
            if part not in inside:
                return None
            value = inside[part]
            inside = entries(value)
        return Meaning("section", head, rest)

    @cached_property
    def known(self) -> list[str]:
        """References that have a meaning."""
        return sorted(set(self._known()))

    def _known(self) -> Iterator[str]:
        yield from (f"{name}.{_OUTPUT}" for name in self.ids)
        yield from (f"{name}.{_OUTPUT}" for name, alike in self.types.items() if len(alike) == 1)
        yield from self.streams
        yield from self.draft.fed
        yield from (
            f"{name}.{_OUTPUT}.{each}" for name, given in self.draft.parts.items() for each in given or ()
        )
        yield from ("source", "target")
        if self.draft.preprocessors:
            yield f"preprocessors.{_OUTPUT}"
        yield from (f"context.{name}" for name in sorted(self._contexts))
        yield from (f"input.{text.value}" for text in self.draft.inputs)
        yield from (f"output.{text.value}" for text in self.draft.outputs)
        for section, inside in self.entries.items():
            yield from (f"{section}.{name}" for name in inside)


def published(agent: AgentDraft) -> Iterator[str]:
    """Yield the streams that an agent publishes."""
    for value in _leaves(agent.arguments.get("output")):
        said = value.text if isinstance(value, Ref) else value.value
        if said.partition(".")[0] not in {"target", "output"} and said.strip():
            yield said


def _leaves(value: Value | None) -> Iterator[Text | Ref]:
    if isinstance(value, Text | Ref):
        yield value
    elif isinstance(value, Array):
        for each in value.items:
            yield from _leaves(each)
    elif isinstance(value, Object):
        for pair in value.pairs:
            yield from _leaves(pair.value)


def _declared(draft: Draft, section: str) -> dict[str, Value]:
    return entries(draft.sections[section].value) if section in draft.sections else {}


def _within(path: str, known: set[str]) -> bool:
    return not path or path in known or any(path.startswith(f"{name}.") for name in known)
