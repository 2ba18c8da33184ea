"""What exporting a notebook takes, and importing the service that comes of it; each in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from nbformat import v4

from kodonb.batch import files
from tests.bench.cluster import Clusters
from tests.bench.measure import Measure, medians, seconds

CELLS = 60


def measure(clusters: Clusters) -> list[Measure]:
    """Export a notebook and import the service, in turn with importing pandas."""
    with tempfile.TemporaryDirectory(prefix="kodonb-bench-") as name:
        folder = Path(name)
        files.write(folder / "book.ipynb", _notebook())
        export = [
            sys.executable,
            "-m",
            "kodonb.cli",
            "export",
            "book.ipynb:report",
            "-o",
            "out",
            "--unchecked",
        ]
        service = [sys.executable, "-c", "import report.app"]
        pandas = [sys.executable, "-c", "import pandas"]
        for command in (export, service, pandas):
            _run(command, folder)  # files are in the page cache from here on
        found = medians(
            *(
                lambda command=command: seconds(lambda: _run(command, folder))
                for command in (export, service, pandas)
            ),
            rounds=3 if clusters.quick else 9,
        )
    names = (
        (f"kodonb export of {CELLS} cells, without its checks", 2.0),
        ("import of an exported service", 1.5),
    )
    return [
        Measure(
            name=name,
            value=value,
            unit="s",
            beside="python -c 'import pandas'",
            baseline=found[2],
            at_most=bound,
        )
        for (name, bound), value in zip(names, found[:2], strict=True)
    ]


def _run(command: list[str], folder: Path) -> None:
    told = {
        "PYTHONPATH": str(folder / "out" / "src"),
        "KODONB_NO_AUTH": "1",
        "KODONB_HOME": str(folder / "home"),
    }
    subprocess.run(command, cwd=folder, env=os.environ | told, check=True, capture_output=True)


def _notebook() -> files.Notebook:
    """Return a notebook in which every other cell defines what the next one calls, and the rest looks at data."""
    cells = ["%load_ext kodonb\nimport kodonb as kb", "import json\nimport math\nimport pandas as pd"]
    for number in range((CELLS - 4) // 2):
        calls = f"part{number - 1}(x)" if number else "x"
        cells += [
            f"LIMIT{number} = {number}",
            f"def part{number}(x: float) -> float:\n    # One of many steps.\n    return math.sqrt({calls} + LIMIT{number})",
        ]
    cells += [
        f"%%flow report\ndef report(x: float = 2.0) -> float:\n    return part{(CELLS - 4) // 2 - 1}(x)",
        "%flow run report x=3",
    ]
    return v4.new_notebook(cells=[v4.new_code_cell(cell) for cell in cells])
