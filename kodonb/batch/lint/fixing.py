"""Removes what can go without a change of what a notebook does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from kodonb.batch import files
from kodonb.batch.lint.finding import Finding, Fixed
from kodonb.batch.lint.rules.leaks import in_output, in_widgets

_VIEW: Final = "application/vnd.jupyter.widget-view+json"
_INDENT: Final = re.compile(r"\{\n( +)")


def fix(path: Path, findings: list[Finding]) -> list[Fixed]:
    """Remove outputs that show a secret, and the state of widgets that hold one or that no output shows.

    The rest of the file stays as it is: it is not brought to a newer format.

    Args:
        path: The notebook; it can be read.
        findings: What was found in it and is to go.

    Returns:
        What was removed.

    Raises:
        NotebookError: The file cannot be written (KN605).
    """
    text = path.read_text(encoding="utf-8")
    notebook = json.loads(text)
    cells = {finding.cell for finding in findings if finding.code == "KN116" and finding.fixable}
    removed = [*_outputs(notebook, cells), *_widgets(notebook, None in cells)]
    if removed:
        indent = _INDENT.match(text)
        files.put(
            path, json.dumps(notebook, ensure_ascii=False, indent=len(indent[1]) if indent else None) + "\n"
        )
    return [Fixed(path.as_posix(), cell, what) for cell, what in removed]


def _outputs(notebook: Any, cells: set[int | None]) -> Iterator[tuple[int | None, str]]:
    code = [cell for cell in notebook.get("cells", ()) if cell["cell_type"] == "code"]
    for number, cell in enumerate(code, 1):
        if number in cells:
            kept = [output for output in cell["outputs"] if in_output(output) is None]
            gone = len(cell["outputs"]) - len(kept)
            cell["outputs"] = kept
            yield number, f"removed {gone} {'output' if gone == 1 else 'outputs'} that showed a secret"


def _widgets(notebook: Any, told: bool) -> Iterator[tuple[int | None, str]]:
    metadata = notebook["metadata"]
    if told and in_widgets(metadata) is not None:
        del metadata["widgets"]
        yield None, "removed the state of widgets, which held a secret"
    elif "widgets" in metadata and not _shows_widget(notebook):
        del metadata["widgets"]
        yield None, "removed the state of widgets that no output shows"


def _shows_widget(notebook: Any) -> bool:
    outputs = [output for cell in notebook.get("cells", ()) for output in cell.get("outputs", ())]
    return any(_VIEW in output.get("data", {}) for output in outputs)
