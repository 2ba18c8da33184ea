"""What declared data say: JSON as it is, rows of tables, text."""

from __future__ import annotations

from typing import Any

from kodonb.kumeo.agents.contexts.query import Query
from kodonb.kumeo.agents.protocol import Site
from kodonb.kumeo.agents.sections import data_file, existing, file_of, found, read_json, read_text


async def content(site: Site, said: str) -> Any:
    """Return what ``"data.name"`` says.

    Raises:
        AgentError: There is no such name (KN802), or its file cannot be read (KN804).
    """
    if not isinstance(file_of(found(site, said)), str):
        return found(site, said)
    file = existing(data_file(site, said))
    ending = file.suffix.lower()
    if ending == ".json":
        return read_json(file)
    if ending not in {".parquet", ".csv", ".tsv", ".jsonl", ".ndjson"}:
        return read_text(file)
    query = Query(f"SELECT * FROM data.{said.partition('.')[2]}")  # noqa: S608 - a declared name
    await query.open(site)
    try:
        return await query.look({})
    finally:
        await query.close()
