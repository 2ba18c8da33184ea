"""Reports of jobs: the notebook as a page, and JUnit XML as CI systems read it."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from kodonb.batch import files
from kodonb.batch.outcome import CellOutcome, Outcome

_UNFIT: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold."""


def write_html(notebook: files.Notebook, path: Path) -> None:
    """Write a notebook as a page that stands alone.

    Raises:
        NotebookError: The file cannot be written (KN605).
    """
    from nbconvert.exporters import HTMLExporter  # noqa: PLC0415 - takes half a second to load

    exporter = HTMLExporter(embed_images=True)  # type: ignore[no-untyped-call]
    text, _ = exporter.from_notebook_node(notebook)
    files.put(path, text)


def write_junit(outcomes: Sequence[Outcome], path: Path) -> None:
    """Write a test suite for each notebook, in which each code cell is a test.

    Raises:
        NotebookError: The file cannot be written (KN605).
    """
    root = ET.Element("testsuites", name="kodonb", time=f"{sum(each.seconds for each in outcomes):.3f}")
    for outcome in outcomes:
        root.append(_suite(outcome))
    ET.indent(root)
    files.put(path, ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n")


def _suite(outcome: Outcome) -> ET.Element:
    failed = [cell for cell in outcome.cells if cell.error]
    left = outcome.total - len(outcome.cells)
    whole = outcome.status != "ok" and not failed
    name = outcome.output or outcome.notebook
    suite = ET.Element(
        "testsuite",
        name=name,
        tests=str(outcome.total + whole),
        failures=str(len(failed)),
        errors=str(int(whole)),
        skipped=str(left),
        time=f"{outcome.seconds:.3f}",
    )
    for cell in outcome.cells:
        suite.append(_case(outcome, cell))
    for number in range(len(outcome.cells) + 1, outcome.total + 1):
        case = ET.SubElement(suite, "testcase", classname=name, name=f"cell {number}", time="0")
        ET.SubElement(case, "skipped", message="it was not executed to its end")
    if whole:
        case = ET.SubElement(suite, "testcase", classname=name, name="notebook", time="0")
        _explain(case, "error", outcome)
    return suite


def _case(outcome: Outcome, cell: CellOutcome) -> ET.Element:
    name = _fit(f"cell {cell.number}: {cell.title[:80]}")
    case = ET.Element(
        "testcase", classname=outcome.output or outcome.notebook, name=name, time=f"{cell.seconds:.3f}"
    )
    if cell.error:
        _explain(case, "failure", outcome)
    return case


def _explain(case: ET.Element, tag: str, outcome: Outcome) -> None:
    error = outcome.error or {"message": f"the job was {outcome.status}"}
    told = ET.SubElement(case, tag, type=error.get("code", ""), message=_fit(error.get("message", "")))
    places = (
        f"{word}: {error[name]}" for word, name in (("at", "where"), ("do", "remedy")) if error.get(name)
    )
    lines = (error.get("traceback"), *places)
    told.text = _fit("\n".join(filter(None, lines)))


def _fit(text: str) -> str:
    return _UNFIT.sub("�", text)
