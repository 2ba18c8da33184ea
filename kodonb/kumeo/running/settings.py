"""Settings in the texts of a declaration, such as ``${env.REGION:-eu}``, filled in when a workflow is set going."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kodonb.kumeo.program.values import Items, Reference, Table, Value, plain
from kodonb.kumeo.running.choosing import entry
from kodonb.kumeo.templates import interpolated

Fill = Callable[[Value], Any]


def filling(
    environment: Mapping[str, str], sections: Mapping[str, Mapping[str, Any]], folder: Path | None = None
) -> Fill:
    """Return a function that gives a value of a declaration as JSON has it, with settings filled in.

    Args:
        environment: What ``env.NAME`` stands for.
        sections: What ``config.a.b`` and the like stand for.
        folder: Folder of the program, where files of settings are; `None` to read none.
    """

    def lookup(path: str) -> str | None:
        head, _, rest = path.replace("/", ".").partition(".")
        if head == "env":
            return environment.get(rest)
        value = entry(sections, f"{head}.{rest}", folder)
        return None if value is None else value if isinstance(value, str) else _said(value)

    def filled(value: Any) -> Any:
        if isinstance(value, str):
            return interpolated(value).render(lookup) if "${" in value else value
        if isinstance(value, list):
            return [filled(each) for each in value]
        if isinstance(value, dict):
            return {name: filled(each) for name, each in value.items()}
        return value

    return lambda value: filled(_resolved(value, sections, folder))


def _resolved(value: Value, sections: Mapping[str, Mapping[str, Any]], folder: Path | None) -> Any:
    """Return a value as JSON has it, with what names of the kind ``config.x`` stand for."""
    if isinstance(value, Table):
        return {name: _resolved(each, sections, folder) for name, each in value.items.items()}
    if isinstance(value, Items):
        return [_resolved(each, sections, folder) for each in value.items]
    if isinstance(value, Reference) and value.meaning is not None and value.meaning.kind == "section":
        return plain(entry(sections, value.path, folder))
    return plain(value)


def _said(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
