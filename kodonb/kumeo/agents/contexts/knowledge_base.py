"""KnowledgeBase: passages of the files of a folder that fit an event, found by their words."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import pydantic

from kodonb.kumeo.agents.contexts.index import Index
from kodonb.kumeo.agents.errors import AgentError
from kodonb.kumeo.agents.expressing import expression
from kodonb.kumeo.agents.parameters import Record
from kodonb.kumeo.agents.protocol import Site
from kodonb.kumeo.agents.saying import warn
from kodonb.kumeo.agents.sections import data_file, section_of
from kodonb.kumeo.expressions import Condition
from kodonb.kumeo.templates import Prompt, prompt

_DEEPEST = 20


class KnowledgeOptions(Record):
    """Options of a KnowledgeBase.

    Attributes:
        query: What is looked for: a template, or an expression; all texts of the event by default.
        limit: How many passages are found at most.
        index: File in which the index is kept; without one it is made anew each time.
    """

    query: str | None = None
    limit: int = pydantic.Field(
        5, ge=1, le=100, validation_alias=pydantic.AliasChoices("limit", "top_k", "k")
    )
    index: str | None = None


class KnowledgeBaseParameters(Record):
    """Arguments of a KnowledgeBase.

    Attributes:
        path: The folder, or a file, or a name of ``data``.
        options: Options.
    """

    positional: ClassVar[tuple[str, ...]] = ("path", "options")

    path: str
    options: KnowledgeOptions = KnowledgeOptions()


class KnowledgeBase:
    """Passages of files.

    Args:
        arguments: Its arguments.
    """

    parameters: ClassVar[type[Record]] = KnowledgeBaseParameters

    def __init__(self, arguments: KnowledgeBaseParameters) -> None:
        self.arguments = arguments
        self._index: Index | None = None

    async def open(self, site: Site) -> None:
        """Read the files.

        Raises:
            AgentError: There is no such folder (KN804), or the query is malformed (KN802).
        """
        path = self.arguments.path
        folder = data_file(site, path) if section_of(path) == "data" else site.folder / path
        if not folder.exists():
            raise AgentError(
                f"there is no folder {path!r}", code="KN804", where=str(folder), remedy="correct the path"
            )
        query = self.arguments.options.query
        self._query: Prompt | Condition | None = None
        if query is not None:
            self._query = prompt(query) if "{{" in query else expression(query, "KnowledgeBase")
        kept = self.arguments.options.index
        self._index = Index(folder, None if kept is None else site.folder / kept)
        for file in await asyncio.to_thread(self._index.update):
            warn(site, f"{file.name} is too large for the knowledge base, and left out")

    async def look(self, fields: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return passages ``{file, text, score}``, the best first."""
        assert self._index is not None
        return self._index.search(self._question(fields), self.arguments.options.limit)

    def _question(self, fields: Mapping[str, Any]) -> str:
        if isinstance(self._query, Prompt):
            return self._query.render(fields)
        said = fields.get("input", fields) if self._query is None else self._query.value(fields)
        return " ".join(_texts(said, 0))

    async def close(self) -> None:
        """Close the index."""
        if self._index is not None:
            self._index.close()
            self._index = None


def _texts(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list) and depth < _DEEPEST:
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(each, depth + 1)
