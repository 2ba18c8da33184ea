"""Makes sources and targets of files of their declarations."""

from __future__ import annotations

from pathlib import Path

from kodonb.kumeo.ports.declared import Declared
from kodonb.kumeo.ports.files.source import FileSource
from kodonb.kumeo.ports.files.target import FileTarget
from kodonb.kumeo.ports.reading import Reading


def source(declared: Declared) -> FileSource:
    """Return a source; its address is a path, a pattern, or a folder."""
    declared.known("durable", "follow")
    if declared.option("format"):
        declared.warn("`format` means nothing to files: their endings say how they are written")
    durable = declared.option("durable", "")
    name = declared.workflow if durable is True else str(durable or "")
    skip = int(declared.replay) if declared.replay.isdigit() else 0
    return FileSource(
        _path(declared),
        Reading(declared.options),
        durable="" if declared.replay else name,
        follow=bool(declared.option("follow", False)),
        skip=skip,
        warn=declared.warn,
    )


def target(declared: Declared) -> FileTarget:
    """Return a target; its address is a path."""
    declared.known("append")
    path, append = _path(declared), bool(declared.option("append", not declared.fresh))
    if declared.address.endswith("/") or path.is_dir():
        raise declared.wrong(
            "results go to a file, and this is a folder", "name a file, such as out/all.jsonl"
        )
    if append and path.suffix.lower() == ".json":
        raise declared.wrong("a JSON array cannot be added to", "take a file of JSON lines: .jsonl")
    return FileTarget(path, append=append, fresh=declared.fresh)


def _path(declared: Declared) -> Path:
    return declared.folder / Path(declared.address).expanduser()
