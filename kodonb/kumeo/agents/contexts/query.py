"""An SQL text over the declared data: ``"SELECT * FROM read_parquet('data.risks') WHERE score > {{limit}}"``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from kodonb.kumeo.agents.contexts.duck import MOST, Duck
from kodonb.kumeo.agents.contexts.statement import statement
from kodonb.kumeo.agents.protocol import Site
from kodonb.kumeo.agents.saying import warn
from kodonb.kumeo.agents.sections import data_file, existing, section_of

_TABLE: Final = re.compile(r"\b(?:from|join)\s+data\.([A-Za-z_]\w*)", re.IGNORECASE)


class Query:
    """An SQL text as context; ``'data.name'`` stands for a declared file, ``FROM data.name`` for its rows.

    Args:
        text: The query.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._duck: Duck | None = None

    async def open(self, site: Site) -> None:
        """Compile the query.

        Raises:
            AgentError: It does something else than reading (KN810), or a file does not exist (KN804).
        """
        self._site = site
        self._told = False
        files = []

        def literal(said: str) -> str:
            if section_of(said) != "data":
                return said
            files.append(existing(data_file(site, said)).resolve())
            return str(files[-1])

        query = statement(self._text, literal)
        views = {
            name: existing(data_file(site, f"data.{name}")).resolve() for name in _TABLE.findall(self._text)
        }
        self._duck = Duck(query, files=[*files, *views.values()], views=views)

    async def look(self, fields: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return rows as objects, at most 10,000.

        Raises:
            AgentError: The query failed (KN810).
        """
        assert self._duck is not None
        rows, more = await self._duck.run(fields)
        if more and not self._told:
            self._told = True
            warn(self._site, f"a query has more than {MOST:,} rows: the others are left out")
        return rows

    async def close(self) -> None:
        """Close the database."""
        if self._duck is not None:
            await self._duck.close()
            self._duck = None
