"""Compares outputs of a cell with the saved ones, as nbval does.

Outputs of one kind keep their order, those of different kinds have none. Streams are joined and read as a terminal
would show them. Pictures, widgets, metadata and counts are not compared.
"""

from __future__ import annotations

import difflib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

Output = Any
"""An output as nbformat has it."""

_MOST: Final = 60  # lines of a difference that are shown
_ASIDE: Final = frozenset(
    {
        "application/vnd.jupyter.widget-view+json",  # ids of models are another each time
        "application/vnd.kodonb.view+json",
        "image/jpeg",
        "image/png",
    }
)
_OVERWRITTEN: Final = re.compile(r"^.*\r(?=[^\n])", re.MULTILINE)
_BACKSPACE: Final = re.compile(r"[^\n]\x08")


def differences(saved: Iterable[Output], new: Iterable[Output], clean: Callable[[str], str]) -> list[str]:
    """Return the lines that tell in what outputs differ; none if they do not.

    Args:
        saved: Outputs in the notebook.
        new: Outputs of this time.
        clean: Takes out of a text what differs each time.
    """
    before, after = _fields(saved, clean), _fields(new, clean)
    lines: list[str] = []
    for kind in sorted(before.keys() | after.keys()):
        if before.get(kind) != after.get(kind):
            lines += _difference(kind, before.get(kind, []), after.get(kind, []))
    return [*lines[:_MOST], f"… and {len(lines) - _MOST} more lines"] if len(lines) > _MOST else lines


def _fields(outputs: Iterable[Output], clean: Callable[[str], str]) -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    streams: defaultdict[str, str] = defaultdict(str)
    for output in outputs:
        if output["output_type"] == "stream":
            streams[output["name"]] += output["text"]
        else:
            for kind, value in _parts(output):
                found[kind].append(clean(value))
    for name, text in streams.items():
        found[name].append(clean(_shown(text)))
    return found


def _parts(output: Output) -> Iterator[tuple[str, str]]:
    if output["output_type"] == "error":
        yield "error", f"{output['ename']}: {output['evalue']}"
    for kind, value in output.get("data", {}).items():
        if kind not in _ASIDE:
            yield kind, value if isinstance(value, str) else json.dumps(value, indent=1, sort_keys=True)


def _shown(text: str) -> str:
    """Return what a terminal leaves of text with carriage returns and backspaces."""
    shorter = _BACKSPACE.sub("", text)
    while shorter != text:
        text, shorter = shorter, _BACKSPACE.sub("", shorter)
    return _OVERWRITTEN.sub("", text)


def _difference(kind: str, saved: list[str], new: list[str]) -> Iterator[str]:
    yield f"{kind}: {len(saved)} saved, {len(new)} now" if len(saved) != len(new) else kind
    before, after = ("\n".join(values).splitlines() for values in (saved, new))
    for line in difflib.unified_diff(before, after, "saved", "now", lineterm="", n=2):
        yield f"  {line[:200]}"
