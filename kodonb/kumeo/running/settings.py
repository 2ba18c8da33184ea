"""Settings in the texts of a declaration, such as ``${env.REGION:-eu}``, filled in when a workflow is set going."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kodonb.kumeo.program.values import Value, plain
from kodonb.kumeo.templates import interpolated

Fill = Callable[[Value], Any]


def filling(environment: Mapping[str, str], sections: Mapping[str, Mapping[str, Any]]) -> Fill:
    """Return a function that gives a value of a declaration as JSON has it, with settings filled in.

    Args:
        environment: What ``env.NAME`` stands for.
        sections: What ``config.a.b`` and the like stand for.
    """

    def lookup(path: str) -> str | None:
        head, _, rest = path.replace("/", ".").partition(".")
        if head == "env":
            return environment.get(rest)
        value: Any = sections.get(head)
        for part in rest.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        return None if value is None else value if isinstance(value, str) else _said(value)

    def filled(value: Any) -> Any:
        if isinstance(value, str):
            return interpolated(value).render(lookup) if "${" in value else value
        if isinstance(value, list):
            return [filled(each) for each in value]
        if isinstance(value, dict):
            return {name: filled(each) for name, each in value.items()}
        return value

    return lambda value: filled(plain(value))


def _said(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
