"""What the references of a definition lead to, once its agents have numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from kodonb.kumeo.program.records import Endpoint, Link
from kodonb.kumeo.program.values import Reference, plain
from kodonb.kumeo.references.meaning import Meaning
from kodonb.kumeo.running.choosing import entry
from kodonb.kumeo.running.errors import WorkflowError
from kodonb.kumeo.running.planning.reads import (
    Choice,
    Read,
    chosen,
    constant,
    first_of,
    merged,
    named,
    nowhere,
    of_agent,
    of_route,
    of_source,
)

_SOURCE: Final = "source"


@dataclass
class Scope:
    """The names of one definition: of a workflow, or of a subworkflow within it.

    Attributes:
        sources: The sources of the workflow.
        sections: Sections whose entries can be referred to.
        folder: Folder of the program, where files of settings are; `None` to read none.
        ids: Agents by id.
        streams: Stream -> the agents that publish it.
        routes: Subject -> the routers that name it.
        ends: Preprocessors that no other one takes the result of, with their ids.
        inputs: What a subworkflow is given.
        outputs: What it gives.
        used: Subworkflows by the name that they are used under.
        unknown: References that mean nothing, in the order in which they were met.
    """

    sources: tuple[Endpoint, ...] = ()
    sections: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    folder: Path | None = None
    ids: dict[str, int] = field(default_factory=dict)
    streams: dict[str, list[int]] = field(default_factory=dict)
    routes: dict[str, list[int]] = field(default_factory=dict)
    ends: list[tuple[str, int]] = field(default_factory=list)
    inputs: dict[str, Read] = field(default_factory=dict)
    outputs: dict[str, Read] = field(default_factory=dict)
    used: dict[str, Scope] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)

    def inputs_of(self, links: tuple[Link, ...]) -> Read:
        """Return the read of an agent's whole input."""
        if len(links) == 1 and not links[0].name:
            return self.link(links[0])
        labels = _labels(links)
        return named(
            [(label, self.link(link), _is_hard(link)) for label, link in zip(labels, links, strict=True)]
        )

    def link(self, link: Link) -> Read:
        """Return the read of one value.

        Raises:
            WorkflowError: It is a query (KN832).
        """
        if link.query:
            raise WorkflowError(
                f"an input cannot be a query: {link.query[:60]}",
                remedy="give it as `context`, and read context.query",
            )
        if not link.choices:
            return constant(plain(link.default))
        choices = [Choice(self.reference(each), each.optional) for each in link.choices]
        return chosen(choices, plain(link.default))

    def reference(self, reference: Reference) -> Read:  # noqa: PLR0911 - one line for each kind
        """Return the read of what a reference leads to."""
        meaning = reference.meaning
        if meaning is None:
            return self._unknown(reference.path)
        match meaning.kind:
            case "agent":
                return of_agent(self.ids[meaning.name], _dotted(meaning.path))
            case "stream":
                return self._stream(meaning.name, _slashed(meaning.path))
            case "preprocessors":
                return merged([(name, of_agent(index)) for name, index in self.ends], _dotted(meaning.path))
            case "source":
                return self._source(reference.path, meaning)
            case "input":
                return self._input(meaning.name)
            case "use":
                return self._used(meaning)
            case "section":
                return self._entry(meaning)
            case _:
                return self._unknown(reference.path)

    def _stream(self, name: str, path: tuple[str, ...] = ()) -> Read:
        published = [of_agent(index, path) for index in self.streams.get(name, ())]
        routed = [of_route(index, name, path) for index in self.routes.get(name, ())]
        return first_of([*published, *routed]) if published or routed else nowhere()

    def _unknown(self, path: str) -> Read:
        """Return what a router sends to a subject of that name; otherwise nothing is there, and nothing will come."""
        if path in self.routes:
            return self._stream(path)
        self.unknown.append(path)
        return nowhere()

    def _source(self, path: str, meaning: Meaning) -> Read:
        """Return the read of ``source``, ``source.field``, ``source.name`` or of the subject of a source."""
        name = meaning.name
        origins = frozenset(
            number for number, each in enumerate(self.sources) if name and name in {each.name, each.address}
        )
        if origins:
            return of_source((), origins if len(origins) < len(self.sources) else None)
        return of_source(_dotted(name) if path.partition(".")[0] == _SOURCE else ())

    def _input(self, name: str) -> Read:
        head, _, path = name.partition(".")
        known = next((each for each in self.inputs if name == each or name.startswith(f"{each}.")), head)
        found = self.inputs.get(known, nowhere())
        path = name[len(known) + 1 :]
        return found if not path else _part(found, _dotted(path))

    def _used(self, meaning: Meaning) -> Read:
        inner = self.used.get(meaning.name)
        name = meaning.path.removeprefix("output").removeprefix(".")
        if inner is None or not inner.outputs:
            return nowhere()
        if not name:
            return merged(list(inner.outputs.items()))
        known = next((each for each in inner.outputs if name == each or name.startswith(f"{each}.")), None)
        if known is None:
            return _part(merged(list(inner.outputs.items())), _dotted(name))
        return _part(inner.outputs[known], _dotted(name[len(known) + 1 :]))

    def _entry(self, meaning: Meaning) -> Read:
        path = f"{meaning.name}.{meaning.path}" if meaning.path else meaning.name
        return constant(entry(self.sections, path, self.folder))


def _part(read: Read, path: tuple[str, ...]) -> Read:
    return read if not path else merged([("", read)], path)


def _is_hard(link: Link) -> bool:
    """Whether an agent cannot do without a value: there is one way to it, and no default."""
    return len(link.choices) == 1 and not link.choices[0].optional and link.default is None


def _labels(links: tuple[Link, ...]) -> list[str]:
    """Return the names of values: their own, or else what they are of."""
    found: list[str] = []
    for number, link in enumerate(links):
        label = link.name or _label(link) or f"input_{number + 1}"
        found.append(label if label not in found else f"{label}_{number + 1}")
    return found


def _label(link: Link) -> str:
    if not link.choices:
        return ""
    path = link.choices[0].path
    head, dot, rest = path.partition(".output")
    if dot:
        return rest.rpartition(".")[2] or re.sub(r"\W", "_", head)
    return re.sub(r"\W", "_", re.split(r"[./]", path)[-1])


def _dotted(path: str) -> tuple[str, ...]:
    return tuple(path.split(".")) if path else ()


def _slashed(path: str) -> tuple[str, ...]:
    return tuple(part for part in re.split(r"[./]", path) if part)
