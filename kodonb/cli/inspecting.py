"""`kodonb inspect`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from typing import Any

from kodonb.batch import inspection
from kodonb.cli import codes
from kodonb.cli.output import Output
from kodonb.display.format import line


def inspect(args: argparse.Namespace, out: Output) -> int:
    """List what a notebook asks for and holds."""
    found = inspection.inspect(args.notebook)
    out.say("\n".join(_lines(found)), found)
    return codes.OK


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    yield f"{found['notebook']}: {found['language']}, {found['cells']} code cells"
    yield from _table("parameters", [
        (each["name"], each["type"], "required" if each["required"] else f"= {line(each['default'], 40)}",
         "read by no later cell" if each["unread"] else each["help"])
        for each in found["parameters"]
    ])  # fmt: skip
    yield from _table("flows", [
        (each["name"], f"cell {each['cell']}", each["kind"]) for each in found["flows"]
    ])  # fmt: skip
    yield from _table("steps", [(each["name"], f"cell {each['cell']}") for each in found["steps"]])
    yield from _table("packages", list(found["packages"].items()))


def _table(title: str, rows: list[tuple[str, ...]]) -> Iterator[str]:
    if not rows:
        return
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    yield f"{title}:"
    for row in rows:
        yield "  " + "  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip()
