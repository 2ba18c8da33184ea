"""A flow's card: what it does and what it asks for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from kodonb.display.format import brief, line
from kodonb.display.forms import Field, fields
from kodonb.display.markup import section, table
from kodonb.display.style import framed
from kodonb.display.svg import esc
from kodonb.model.flow import FlowMeta


def flow_html(meta: FlowMeta, schema: dict[str, Any], steps: Sequence[str] = ()) -> str:
    """Return a flow's card as one fragment of HTML.

    Args:
        meta: What the flow says of itself.
        schema: JSON Schema of its parameters.
        steps: Names of its steps, if known.
    """
    return framed(
        f'<header><span class="kn-title">{esc(line(meta.title or meta.name, 120))}</span>'
        f"<code>{esc(line(meta.name, 80))}</code></header>"
        f"{_small(' · '.join(_facts(meta)))}{_summary(meta)}"
        f"{_tags(meta)}{section('Parameters', _parameters(fields(schema)))}{section('Steps', _steps(steps))}"
    )


def flow_text(meta: FlowMeta, schema: dict[str, Any], steps: Sequence[str] = ()) -> str:
    """Return a flow's card as text; see `flow_html` for the arguments."""
    found = fields(schema)
    widths = [
        max((len(field.name) for field in found), default=0),
        max((len(field.type) for field in found), default=0),
    ]
    title = f"{line(meta.name, 80)}: {line(meta.title, 120)}" if meta.title else line(meta.name, 80)
    lines = [title, *(f"  {line(fact, 200)}" for fact in (meta.summary, " · ".join(_facts(meta))) if fact)]
    lines += ["  parameters"] if found else []
    lines += [f"    {_parameter(field, widths)}".rstrip() for field in found]
    return "\n".join([*lines, *([f"  steps {', '.join(line(step, 60) for step in steps)}"] if steps else [])])


def _facts(meta: FlowMeta) -> Iterator[str]:
    if meta.version:
        yield f"version {meta.version}"
    if by := ", ".join(filter(None, [meta.author, meta.organization])):
        yield f"by {by}"
    if meta.retries:
        yield f"{meta.retries} retries"
    if meta.timeout is not None:
        yield f"at most {brief(meta.timeout)}"


def _small(said: str) -> str:
    return f'<p class="kn-facts">{esc(said)}</p>' if said else ""


def _summary(meta: FlowMeta) -> str:
    return f'<p class="kn-text">{esc(line(meta.summary, 600))}</p>' if meta.summary else ""


def _tags(meta: FlowMeta) -> str:
    tags = "".join(f"<span>{esc(line(tag, 60))}</span>" for tag in meta.tags)
    return f'<div class="kn-tags">{tags}</div>' if tags else ""


def _parameters(found: Sequence[Field]) -> str:
    rows = [
        (
            f"<code>{esc(field.name)}</code>",
            esc(field.type),
            "required" if field.required else esc(field.default),
            esc(field.description),
        )
        for field in found
    ]
    return table(("name", "type", "default", "description"), rows)


def _parameter(field: Field, widths: Sequence[int]) -> str:
    default = "required" if field.required else f"= {field.default}"
    described = f"  {field.description}" if field.description else ""
    return f"{line(field.name, 80):<{widths[0]}}  {field.type:<{widths[1]}}  {default}{described}"


def _steps(steps: Sequence[str]) -> str:
    names = " ".join(f"<code>{esc(line(step, 60))}</code>" for step in steps)
    return f"<div>{names}</div>" if names else ""
